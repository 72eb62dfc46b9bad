"""What may be quoted of a customer's words: one line, cut, without anything that names or numbers a person.

A number too many that is taken out is a nuisance, one too few is a leak: so every run of seven digits or more
goes, but for dates and amounts of money.
"""

import re
import unicodedata

QUOTE_MOST = 200
"""Characters of a quote, the mark of the cut included."""

READ_MOST = 1_000
"""Characters that are looked at; nothing beyond them can be in the quote."""

CUT = "…"
CARD_DIGITS = range(13, 20)
PHONE_DIGITS = range(7, 16)
IBAN_CHARACTERS = range(15, 35)

_PERSONAL = re.compile(r"[\d@]|\(at\)|\[at\]", re.ASCII | re.IGNORECASE)
# Each begins where a word does or repeats a bounded number of times: nothing here can backtrack for long.
_AT = r"(?: ?(?:\(at\)|\[at\]) ?| ?@ ?)"
_DOT = r"(?:\.| ?\(dot\) ?| ?\[dot\] ?)"
_NAME = r"[^\s@()\[\]<>]"
_EMAIL = re.compile(
    rf"(?<!{_NAME}){_NAME}+(?:@{_NAME}+|{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,5}})", re.IGNORECASE
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[ -]?\d[ -]?\d(?:[ -]?[A-Z0-9]){11,30}", re.ASCII | re.IGNORECASE)
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)", re.ASCII)
_DATE = r"(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d)(?!\d)"
_MONEY = (
    r"(?:[$€£] ?\d{1,3}(?:[.,]\d{3}){1,3}(?:[.,]\d\d)?|\d{1,3}(?:[.,]\d{3}){1,3}(?:[.,]\d\d)? ?[$€£])(?![\d])"
)
_RUN = r"[+(]{0,2}\d(?:[ ().\-/]{0,3}\d){6,}"
_NUMBER = re.compile(rf"(?P<kept>(?<![\d.-])(?:{_DATE}|{_MONEY}))|(?P<run>{_RUN})", re.ASCII)


def quote(text: str) -> str:
    r"""The text on one line, redacted, then cut to `QUOTE_MOST` characters at the end of a word.

    >>> quote("Call me:  +49 30 1234567\nor ann@example.org")
    'Call me: [phone] or [email]'
    """
    cut = len(text) > READ_MOST
    if cut:
        # What the cut went through could be half a number.
        text = text[:READ_MOST].rpartition(" ")[0]
    if not text.isascii():
        text = "".join(map(_plain, text))
    line = " ".join(text.split())
    if _PERSONAL.search(line):
        line = _redacted(line)
    if len(line) > QUOTE_MOST or cut:
        line = _cut(line)
    return line


def _plain(character: str) -> str:
    """A character as the patterns know it: digits, signs, dashes and spaces of all scripts are one."""
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    kind = unicodedata.category(character)
    if kind == "Cf":
        return ""
    if kind in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    if kind == "Pd" or character == "−":
        return "-"
    folded = unicodedata.normalize("NFKC", character)
    return folded if folded in "@+().€£" else character


def _redacted(line: str) -> str:
    line = _EMAIL.sub("[email]", line)
    line = _IBAN.sub(_iban, line)
    line = _IP.sub("[ip]", line)
    return _NUMBER.sub(_number, line)


def _iban(found: re.Match[str]) -> str:
    """The longest beginning whose checksum is right goes; letters behind it may be the next word."""
    text = found.group()
    ends = [i + 1 for i, character in enumerate(text) if character.isalnum()]
    for n in reversed(IBAN_CHARACTERS):
        if n <= len(ends):
            head = re.sub(r"[ -]", "", text[: ends[n - 1]]).upper()
            whole = ends[n - 1] == len(text) or not text[ends[n - 1]].isalnum()
            if whole and int("".join(str(int(c, 36)) for c in head[4:] + head[:4])) % 97 == 1:
                return "[iban]" + text[ends[n - 1] :]
    return text


def _number(found: re.Match[str]) -> str:
    kept: str | None = found["kept"]
    if kept is not None:
        return kept
    run: str = found["run"]
    digits = re.sub(r"\D", "", run)
    if len(digits) in CARD_DIGITS and _luhn(digits):
        return "[card]"
    written_as_phone = run[0] in "+(0" or any(separator in run for separator in " -./)")
    if written_as_phone and len(digits) in PHONE_DIGITS:
        return "[phone]"
    return "[number]"


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _cut(line: str) -> str:
    room = QUOTE_MOST - len(CUT)
    if len(line) > room:
        head, _, _ = line[: room + 1].rpartition(" ")
        line = head or line[:room]
    return line + CUT
