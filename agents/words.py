"""Finds our phrases in what was said: whole words, the longest first, none behind a negation."""

import string
from collections.abc import Iterator, Sequence
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


Found = tuple[int, int, int]
"""(number of the phrase, start, end) in plain words."""


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
_SPACE = ord(" ")
_APOSTROPHES = str.maketrans("\u2019\u2018\u02bc", "'''")
_NEGATIONS = frozenset(
    b"not never nor aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt shouldnt "
    b"wasnt werent wont wouldnt cannot".split()
)
_REACH_WORDS = 3
"""How many words before a phrase a negation may stand."""


def plain(text: str) -> bytes:
    """The words in lower case without apostrophes, each with one space behind it.

    >>> plain("It\u2019s LATE, again!")
    b'its late again . '
    """
    if not text.isascii():
        text = text.translate(_APOSTROPHES).casefold()
    words = text.encode("utf-8", "replace").translate(_PLAIN, b"'").replace(b".", b" . ") + b" "
    # Splitting and joining would cost three times as much, and this is done for every message.
    closer = words.replace(b"  ", b" ")
    while len(closer) < len(words):
        words, closer = closer, closer.replace(b"  ", b" ")
    return words


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
    for number, start, end in _whole(found, words, automaton):
        # A negation inside an earlier phrase ("can't believe") belongs to that phrase.
        if not _negated(words[behind:start]):
            kept.append(matches[number])
        behind = end
    return tuple(kept)


def _whole(found: list[Found], words: bytes, automaton: BytesAhoCorasick) -> Iterator[Found]:
    """Only what begins with a word; phrases end with a space, so that all end with one.

    What began inside a word may have taken the place of a phrase behind it: the search goes on from there.
    """
    offset = 0
    while found:
        again = 0
        for number, start, end in found:
            begin = offset + start
            if begin and words[begin - 1] != _SPACE:
                again = words.index(b" ", begin)
                break
            yield number, begin, offset + end
        if not again:
            return
        offset = again
        found = automaton.find_matches_as_indexes(words[offset:])


def _negated(before: bytes) -> bool:
    sentence = before[before.rfind(b".") + 1 :]
    return not _NEGATIONS.isdisjoint(sentence.split()[-_REACH_WORDS:])
