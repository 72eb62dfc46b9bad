"""The order of a lane's records, and which of them are next.

The order is (newest `at` so far in the source's partition, source, offset). It does not depend on where
chunks end, because a late event takes the place of the newest before it; and it survives a restart, because
that newest travels with the committed offset.

What a reader knows of two topics is of different age, by a long poll or by as long as the worker stood still.
So a record is next only when the broker was asked, after it was offered, where all topics end, and when all
that was there then and is older was taken.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from math import inf
from operator import itemgetter
from typing import NamedTuple

from streams.ports import What

Waiting = tuple[float, int, int, float, What]
"""(newest, source, offset, at, what); comparing stops at `offset`, which is unique in its source.

A plain tuple and not a named one: one is made per event, and this is four times cheaper.
"""

Place = tuple[float, int, float]
"""A place in the order, (newest, source, offset); no record has it where the offset is no whole number."""

END: Place = (inf, 0, inf)
"""Behind every record."""

_offset = itemgetter(2)


class Answer(NamedTuple):
    """How much each source had been offered when the broker was asked, and where it said that they end."""

    offered: Sequence[int]
    ends: Sequence[int]


class Source:
    """One topic's partition of the lane: what is unread, what waits, and how far time has come."""

    __slots__ = ("chunks", "end", "newest", "position", "waiting")

    def __init__(self, position: int, end: int, newest: float) -> None:
        self.position = position
        self.end = end
        self.newest = newest
        self.waiting: list[Waiting] = []
        self.chunks: deque[tuple[int, int]] = deque()

    def unread(self) -> int:
        """Records that the broker has and this lane was not offered yet."""
        return self.end - self.position

    def folded(self) -> int:
        """The offset up to which everything was folded."""
        return self.waiting[0][2] if self.waiting else self.position


def unread_from(sources: Sequence[Source], ends: Iterable[int]) -> Place:
    """Nothing that lies before these ends and was not offered yet precedes this place."""
    return min(
        (
            (s.newest, i, inf)
            for i, (s, end) in enumerate(zip(sources, ends, strict=True))
            if s.position < end
        ),
        default=END,
    )


def able(sources: Sequence[Source]) -> bool:
    """Whether any record that waits may turn out to be the next; only then it is worth a question."""
    unread = unread_from(sources, (source.end for source in sources))
    return any(source.waiting and source.waiting[0] <= unread for source in sources)


def following(sources: Sequence[Source], answers: Sequence[Answer]) -> list[int]:
    """How many records of each source are next.

    A record waits for all that was there at the first question after it was offered, read by now or not,
    and for nothing that came later: else a source that is ahead in time would wait for as long as another
    one is busy.
    """
    counts = [0] * len(sources)
    for offered, ends in reversed(answers):
        sure = [bisect_left(s.waiting, upto, key=_offset) for s, upto in zip(sources, offered, strict=True)]
        bound = unread_from(sources, ends)
        for i, source in enumerate(sources):
            n = max(sure[i], counts[i])
            if n < len(source.waiting) and source.waiting[n][2] < ends[i]:
                newest, _, offset = source.waiting[n][:3]
                bound = min(bound, (newest, i, offset - 0.5))
        for i, source in enumerate(sources):
            counts[i] = max(counts[i], min(sure[i], bisect_right(source.waiting, bound)))
    return counts


def exhausted(sources: Sequence[Source], answer: Answer) -> bool:
    """Whether all that had been offered before a question was taken."""
    return all(s.folded() >= upto for s, upto in zip(sources, answer.offered, strict=True))
