"""What an intervention may quote: nothing that names or numbers a person, and all other words."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.quotes import CUT, QUOTE_MOST, READ_MOST, quote

WORDS = st.lists(st.text(string.ascii_letters, min_size=1, max_size=9), max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("write to ann.lee+shop@mail.example.co.uk, please", "write to [email] please"),
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
        ("two\n\tlines \x07 here", "two lines \x07 here"),
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


@given(st.text(max_size=2 * READ_MOST))
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


def test_a_number_at_the_end_of_what_is_looked_at_is_not_halved_into_view() -> None:
    said = quote("x" * 150 + " " * (READ_MOST - 160) + "4111 1111 1111 1111 and more")
    assert "4111" not in said


@pytest.mark.parametrize(
    "hostile",
    ["1" * 900, "1 " * 480, "a@" * 480, "DE12" * 240, "(" * 900, "1." * 480, "a(at)" * 190, "- " * 400 + "1"],
)
def test_text_made_to_keep_patterns_busy_is_quoted_like_any(hostile: str) -> None:
    assert len(quote(hostile)) <= QUOTE_MOST
