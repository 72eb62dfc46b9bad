"""Finds our phrases in what was said: whole words, the longest first, none behind a negation."""

import string
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Literal, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

Side = Literal["customer", "company"]


class Match(NamedTuple):
    """A family of phrases and the phrase of it that was found."""

    family: str
    phrase: str


class Lexicon(NamedTuple):
    """The phrases of one side and the automaton that finds them, in the same order."""

    automaton: BytesAhoCorasick
    matches: Sequence[Match]


# Letters in lower case; sentences end with a full stop, all other punctuation separates words.
_SEPARATORS = bytes(i for i in range(128) if not chr(i).isalnum() and chr(i) not in "'.!?")
_PLAIN = bytes.maketrans(
    string.ascii_uppercase.encode() + b"!?" + _SEPARATORS,
    string.ascii_lowercase.encode() + b".." + b" " * len(_SEPARATORS),
)
_APOSTROPHES = str.maketrans("\u2019\u2018\u02bc", "'''")
_NEGATIONS = frozenset(
    b"not never nor aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt shouldnt "
    b"wasnt werent wont wouldnt cannot".split()
)
_REACH_WORDS = 3
"""How many words before a phrase a negation may stand."""


def plain(text: str) -> bytes:
    """The words in lower case without apostrophes, two spaces apart, so that neighbours share none.

    >>> plain("It\u2019s LATE, again!")
    b' its  late  again  . '
    """
    if not text.isascii():
        text = text.translate(_APOSTROPHES).casefold()
    words = text.encode("utf-8", "replace").translate(_PLAIN, b"'").replace(b".", b" . ").split()
    return b" " + b"  ".join(words) + b" "


@cache
def lexicon(side: Side) -> Lexicon:
    """The phrases that count when this side says them."""
    families = loads(files("agents").joinpath("phrases.toml").read_text("utf-8"))[side]
    matches = [Match(family, phrase) for family, phrases in families.items() for phrase in phrases]
    patterns = [plain(match.phrase) for match in matches]
    automaton = BytesAhoCorasick(
        patterns, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
    )
    return Lexicon(automaton, matches)


def find(text: str, side: Side) -> tuple[Match, ...]:
    """What is found in the text, in its order; other languages match nothing.

    >>> find("My hands aren't tied. Sorry, my hands are tied!", "company")
    (Match(family='stymie', phrase='my hands are tied'),)
    """
    words = plain(text)
    automaton, matches = lexicon(side)
    found = automaton.find_matches_as_indexes(words)
    if not found:
        return ()
    kept, behind = [], 0
    for number, start, end in found:
        # A negation inside an earlier phrase ("can't believe") belongs to that phrase.
        if not _negated(words[behind:start]):
            kept.append(matches[number])
        behind = end
    return tuple(kept)


def _negated(before: bytes) -> bool:
    sentence = before[before.rfind(b".") + 1 :]
    return not _NEGATIONS.isdisjoint(sentence.split()[-_REACH_WORDS:])
