"""What an intervention may quote: nothing that names or numbers a person, and all other words."""

import random
import string
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import quotes
from agents.quotes import CUT, IBAN_CHARACTERS, QUOTE_MOST, READ_MOST, quote

WORDS = st.lists(st.text(string.ascii_letters, min_size=1, max_size=9), max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("write to ann.lee+shop@mail.example.co.uk, please", "write to [email], please"),
        ("ann (at) example (dot) org is mine", "[email] is mine"),
        ("ann＠example.org", "[email]"),
        ("meet me @ noon", "meet me @ noon"),
        ("call +49 (0) 30 123-4567 now", "call [phone] now"),
        ("call 0171/2345678", "call [phone]"),
        ("555-0199-22", "[phone]"),
        ("it is 020\u00a07946\u00a00958", "it is [phone]"),
        ("my card 4111 1111 1111 1111 was charged", "my card [card] was charged"),
        ("4111-1111-1111-1111", "[card]"),
        ("٤١١١١١١١١١١١١١١١", "[card]"),
        ("4111\u200b1111\u200b1111\u200b1111", "[card]"),
        ("4111 1111 1111 1112 is not one", "[number] is not one"),
        ("DE89 3704 0044 0532 0130 00 please refund", "[iban] please refund"),
        ("gb82west12345698765432", "[iban]"),
        ("order 123456 is late", "order 123456 is late"),
        ("account 123456789", "account [number]"),
        ("AB1234567", "AB[number]"),
        ("from 192.168.10.14 it fails", "from [ip] it fails"),
        ("on 2026-11-23 at 08:30", "on 2026-11-23 at 08:30"),
        ("on 23.11.2026 and 3/11/2026", "on 23.11.2026 and 3/11/2026"),
        ("you took €1.250.000,00 from me", "you took €1.250.000,00 from me"),
        ("version 3.11.7, 2 of 10, 50%", "version 3.11.7, 2 of 10, 50%"),
        ("two\n\tlines \x07 he\x00re", "two lines here"),
        ("mailto:ann@example.org,bob@x.de!", "mailto:[email],[email]!"),
        ("ann dot lee at example dot com, or bob{at}x.de", "[email], or [email]"),
        ('"ann lee"@example.org or ann@x@y.de', "[email] or [email]"),
        ("ann@exa\u200dmple.org, ann%40x.de, ann&#64;x.de", "[email], [email], [email]"),
        ("4111, 1111_1111|1111", "[card]"),
        ("4\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e31 1111 1111 1111", "[card]"),
        ("①②③④⑤⑥⑦⑧⑨", "[number]"),
        ("call (0171) 2345678 (or 0171 2345679)", "call [phone] (or [phone])"),
        ("1-2-2026-4567", "[phone]"),
        ("on 23.11.2026 030 1234567", "on 23.11.2026 [phone]"),
        ("on 23.11.26 08:30, 8:00-9:00 0171 2345678", "on 23.11.26 08:30, 8:00-9:00 [phone]"),
        ("£10, £20, 1 250 000 EUR", "£10, £20, 1 250 000 EUR"),
        ("$4,111,111,111,111", "$[phone]"),
        ("version 10.0.19045.3570", "version 10.0.19045.3570"),
        ("from 2001:db8::1, at 10:30:15", "from [ip], at 10:30:15"),
        ("NO93 8601 1117 947 on 23 GB82 WEST 1234 5698 7654 32.", "[iban] on 23 [iban]."),
        ("myGB82WEST12345698765432", "my[iban]"),
        ("is24 I waited and none spoke yet", "is24 I waited and none spoke yet"),
        ("GB82 12345691 I waited forever", "GB[phone] I waited forever"),
        ("RU0204452560040702810412345678901.", "[iban]."),
        ("vL v mu 03713 6516 9458 5269 ccrdaIdHB woAPtKaLy", "vL v mu [number] ccrdaIdHB woAPtKaLy"),
        ("LI 4111 1111 1111 1111 FOB", "LI [card] FOB"),
        ("fk 3362-5353-0775-6594", "fk [card]"),
        ("back\u202ewards ann\ufe6bx.de", "backwards [email]"),
        ("1234567aa::1", "[number][ip]"),
        ("@support, m² — \U0001f468\u200d\U0001f469 here", "@support, m2 — \U0001f468\u200d\U0001f469 here"),
        ("", ""),
    ],
)
def test_it_says_what_was_said_but_for_what_is_personal(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def card(rng: random.Random) -> str:
    digits = [rng.randrange(10) for _ in range(15)]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    joined = "".join(map(str, [*digits, -total % 10]))
    return rng.choice(["", " ", "-", "."]).join(joined[i : i + 4] for i in range(0, 16, 4))


def iban(rng: random.Random) -> str:
    body = "".join(rng.choice(string.digits) for _ in range(18))
    check = 98 - int("".join(str(int(c, 36)) for c in body + "DE00")) % 97
    joined = f"DE{check:02}{body}"
    return rng.choice([joined, joined.lower(), " ".join(joined[i : i + 4] for i in range(0, 22, 4))])


def phone(rng: random.Random) -> str:
    parts = [str(rng.randrange(10, 10000)) for _ in range(4)]
    return rng.choice(["+", "0", "(0"]) + rng.choice([" ", "-", ".", ") "]).join(parts)


def email(rng: random.Random) -> str:
    names = ["".join(rng.choice(string.ascii_lowercase + "._-0") for _ in range(8)) for _ in range(2)]
    return f"x{names[0]}@{names[1]}z.example"


@given(WORDS, WORDS, st.sampled_from([card, iban, phone, email]), st.integers(0, 2**32))
def test_nothing_personal_survives_between_any_words(
    before: str, after: str, make: object, seed: int
) -> None:
    personal = make(random.Random(seed))  # type: ignore[operator]
    said = quote(f"{before} {personal} {after}")
    assert sum(character.isdigit() for character in said) == 0
    assert "@" not in said
    for word in f"{before} {after}".split()[:12]:
        assert word in said or said.endswith(CUT)


NEARLY = st.text('0169 .,-/:+()@"€…v\u200d\u0661½aDE', max_size=2 * QUOTE_MOST)
"""What is made of the signs that the patterns look for."""


@given(st.text(max_size=2 * READ_MOST) | NEARLY)
def test_it_is_short_on_one_line_and_quoting_a_quote_changes_nothing(text: str) -> None:
    said = quote(text)
    assert len(said) <= QUOTE_MOST
    assert "\n" not in said
    assert quote(said) == said


@given(WORDS)
def test_words_alone_come_back_word_for_word(text: str) -> None:
    assert quote(text) == " ".join(text.split())


def test_a_long_text_is_cut_behind_a_word() -> None:
    assert quote("word " * 100) == "word " * 39 + "word" + CUT


@pytest.mark.parametrize("shown", range(1, 20))
@pytest.mark.parametrize("personal", ["4111 1111 1111 1111", "+49 30 123 45 67", "ann.lee (at) example.org"])
def test_what_the_end_of_the_reading_halves_is_not_quoted(personal: str, shown: int) -> None:
    said = quote("word" + " " * (READ_MOST - 4 - shown) + personal + " and more")
    assert said == CUT


def test_a_long_text_without_spaces_is_cut_where_it_must_be() -> None:
    assert quote("字" * 2 * READ_MOST) == "字" * 199 + CUT


@pytest.mark.parametrize("land", sorted(IBAN_CHARACTERS))
def test_an_account_of_each_country_is_known(land: str) -> None:
    body = ("AB" + "1234567890" * 4)[: IBAN_CHARACTERS[land] - 4]
    check = 98 - int("".join(str(int(c, 36)) for c in body + land + "00")) % 97
    joined = f"{land}{check:02}{body}"
    spaced = " ".join(joined[i : i + 4] for i in range(0, len(joined), 4))
    assert quote(f"to {joined}, or {spaced.lower()} now") == "to [iban], or [iban] now"


HOSTILE = [
    "1",
    "1 ",
    "1 - ",
    "a@",
    "a @ ",
    "a(at)",
    "DE12",
    "DE12 ",
    "DE12 34 ",
    "(",
    "+",
    "1.",
    "a dot ",
    "€1,111",
    "ab:",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_work_grows_with_the_text_and_no_faster(part: str) -> None:
    """Ten times the text may cost ten times the work; what backtracks would cost a hundred times."""

    def cost_s(characters: int) -> float:
        text = (part * characters)[:characters]
        return min(timeit.repeat(lambda: quotes._redacted(text), number=1, repeat=5))

    assert cost_s(20_000) < 40 * cost_s(2_000)
