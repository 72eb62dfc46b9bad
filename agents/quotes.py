"""What may be quoted of a customer's words: one line, cut, without what names, numbers or locates a person.

A number too many that is taken out is a nuisance, one too few is a leak: seven digits or more with at most
three signs that are no letters between them go, unless they are dates, times, versions or amounts of money.
IP addresses go too: they lead to a person. Numbers in words ("four one one one") and names stay.
"""

import re
import unicodedata
from functools import lru_cache

QUOTE_MOST = 200
"""Characters of a quote, the mark of the cut included."""

READ_MOST = 1_000
"""Characters that are looked at; nothing beyond them can be in the quote."""

UNSURE = 140
"""Characters before the end of what is looked at that are not quoted: half a number may stand there."""

CUT = "…"
CARD_DIGITS = range(13, 20)
PHONE_DIGITS = range(7, 16)
KEPT_DIGITS_MOST = 12
"""A date, version or amount with more digits could be a card."""

IBAN_DIGITS_LEAST = 8
"""Fewer are words that happen to begin like one ("is 24 hours")."""

IBAN_CHARACTERS = {
    land: n
    for n, lands in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for land in lands.split()
}
"""How long each country of the registry makes them."""

# No pattern backtracks for long: what repeats without a bound begins only where such characters begin, and is
# followed by what it cannot match itself, or stands once in its pattern; all other repetitions are bounded.
_LABEL = r"[^\s@,;:!…\"()<>\[\]{}/?=&#|.']"
_NAME = r"[^\s@,;:!…\"()<>\[\]{}/?=&#|]"
_AT = r"(?:@|&#64;|%40|[(\[{<] ?at ?[)\]}>])"
_DOT = r"(?:\.| ?[(\[{<] ?dot ?[)\]}>] ?| dot )"
_PERSONAL = re.compile(rf"\d|{_AT}| dot ", re.IGNORECASE)
_EMAIL = re.compile(
    rf"(?:\"[^\"@]{{1,64}}\"|(?<!{_NAME}){_NAME}+(?: dot {_NAME}+){{0,3}})"
    rf"(?:(?:@\.*{_LABEL}+(?:\.+{_LABEL}+)*)+"
    rf"| ?{_AT} ?{_LABEL}+(?:{_DOT}{_LABEL}+){{1,5}}"
    rf"| at {_LABEL}+(?: dot {_LABEL}+){{0,3}} dot (?:com|org|net|info|edu|gov|biz|[a-z]{{2}})\b)",
    re.IGNORECASE,
)

_BETWEEN = r"[\W_]{0,3}"
# Letters and check digits touch: two letters and a space before a number ("at 41") are a word.
_IBAN = re.compile(rf"([A-Za-z]{{2}})[0-9](?={_BETWEEN}[0-9])")
_IBAN_WHOLE = {
    n: re.compile(rf"[A-Za-z0-9](?:{_BETWEEN}[A-Za-z0-9]){{{n - 1}}}") for n in set(IBAN_CHARACTERS.values())
}
_OTHER = re.compile(r"[\W_]+")

_MONTH, _DAY, _YEAR = "(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])", r"(?:19|20)\d\d"
_DAY_AND_MONTH = rf"(?:{_DAY}[-./] ?{_MONTH}|{_MONTH}[-./] ?{_DAY})[-./]"
_TIME = r"(?:2[0-3]|[01]?\d):[0-5]\d(?::[0-5]\d)?"
_SIGN = r"(?:[$€£¥₹]|\b(?:EUR|USD|GBP|CHF)\b)"
_SUM = r"(?:\d{1,3}(?:[., ’']\d{3}){1,2}|\d{1,7})(?:[.,]\d\d?)?"
_KEPT = (
    rf"(?<!\d)(?:{_YEAR}(?P<mark>[-./]){_MONTH}(?P=mark){_DAY}|{_DAY_AND_MONTH} ?{_YEAR})(?![-.:,/]?\d)"
    rf"|(?<!\d){_DAY_AND_MONTH}\d\d(?![-.:,/]?\d)(?! \d(?!\d?:))"
    rf"|(?<!\d){_TIME}(?: ?- ?{_TIME})?(?![.:]?\d)"
    rf"|{_SIGN} ?{_SUM}(?![-., ’'/]?\d)|(?<!\d){_SUM} ?{_SIGN}(?!\d)"
    r"|\b[vV](?:ersion ?)?\d{1,5}(?:\.\d{1,5}){1,3}(?![\W_]?\d)"
)
_HEX = "[0-9A-Fa-f]{1,4}"
_IP = (
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
    rf"|(?<![\w:])(?:(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}|(?:{_HEX}:){{5,7}}{_HEX})(?!\w)"
)
_RUN = rf"\+?(?:\((?=\+?\d{{1,5}}\)))?\+?\d(?:{_BETWEEN}\d){{6,}}"
_NUMBER = re.compile(rf"(?P<kept>{_KEPT})|(?P<ip>{_IP})|(?P<run>{_RUN})")


def quote(text: str) -> str:
    r"""The text on one line, redacted, then cut to `QUOTE_MOST` characters at the end of a word.

    >>> quote("Call me:  +49 30 1234567\nor ann@example.org")
    'Call me: [phone] or [email]'
    """
    line = text[:READ_MOST]
    if not (line.isascii() and line.isprintable()):
        line = "".join(map(_plain, line))
    line = " ".join(line.split())
    if _PERSONAL.search(line):
        line = _redacted(line)
    most = QUOTE_MOST
    if len(text) > READ_MOST:
        most = max(min(most, len(line) - UNSURE), len(CUT))
    line = _cut(line, most)
    # A cut, or what stands in another's place, can make a date or an address of what was none.
    while _PERSONAL.search(line) and (again := _cut(_redacted(line), QUOTE_MOST)) != line:
        line = again
    return line


@lru_cache(4096)
def _plain(character: str) -> str:
    """A character as the patterns know it: digits, letters and at-signs of all widths are one."""
    if character.isspace():
        return " "
    if character in "\u200c\u200d":
        # Scripts and emoji need them; the patterns look past them.
        return character
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return ""
    if character.isascii():
        return character
    if character.isdigit():
        return str(unicodedata.digit(character))
    folded = unicodedata.normalize("NFKC", character)
    return folded if folded == "@" or (folded.isascii() and "\uff01" <= character <= "\uff5e") else character


def _redacted(line: str) -> str:
    return _NUMBER.sub(_number, _without_ibans(_EMAIL.sub("[email]", line)))


def _without_ibans(line: str) -> str:
    kept, behind, start = [], 0, 0
    while found := _IBAN.search(line, start):
        start = found.start() + 1
        characters = IBAN_CHARACTERS.get(found[1].upper())
        whole = characters and _IBAN_WHOLE[characters].match(line, found.start())
        if whole and _stands_alone(whole) and _is_iban(_OTHER.sub("", whole[0])):
            kept += [line[behind : whole.start()], "[iban]"]
            behind = start = whole.end()
    return "".join(kept) + line[behind:]


def _stands_alone(found: re.Match[str]) -> bool:
    """Only what is written in one piece may touch other letters; else half a word could belong to it."""
    before, behind = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found[0].isalnum() or not (before.isalnum() or behind.isalnum())


def _is_iban(text: str) -> bool:
    if sum(character.isdigit() for character in text) < IBAN_DIGITS_LEAST:
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def _number(found: re.Match[str]) -> str:
    if found["ip"]:
        return "[ip]"
    text = found[0]
    digits = "".join(filter(str.isdigit, text))
    if found["kept"] and len(digits) <= KEPT_DIGITS_MOST:
        return text
    if len(digits) in CARD_DIGITS and _luhn(digits):
        return "[card]"
    written_as_phone = text[0] in "+(0" or not text.isdigit()
    return "[phone]" if written_as_phone and len(digits) in PHONE_DIGITS else "[number]"


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _cut(line: str, most: int) -> str:
    """At a word's end, unless that word is longer than half of the room."""
    if len(line) <= most:
        return line
    room = most - len(CUT)
    head, _, _ = line[: room + 1].rpartition(" ")
    return (head if 2 * len(head) >= room else line[:room]) + CUT
