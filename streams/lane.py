"""One lane: what was read of every topic's partition N, merged into the order of time and folded.

The order is (newest `at` so far in the source's partition, source, offset). It does not depend on where
chunks end, because a late event takes the place of the newest before it; and it survives a restart, because
that newest travels with the committed offset.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from math import inf

from agents.customer import Customer
from schemas.event import Event
from streams.ports import DeadLetter, Flush, Heart, Mark, Rows, Taken

ROOM = 5_000
"""Records that one source may hold before its partition is no longer asked for; each takes about 1 kB."""

LIVE_MOST = 12_000
"""Customers of a lane kept decoded between flushes, about 3 kB each; fewer cost decoding them again."""


Waiting = tuple[float, int, int, float, Event | DeadLetter]
"""(newest, source, offset, at, what); comparing stops at `offset`, which is unique in its source.

A plain tuple and not a named one: one is made per event, and this is four times cheaper.
"""


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


def new_flush() -> Flush:
    """A flush with nothing in it."""
    return Flush(rows=[], records=[], marks={}, outputs=[], letters=[], events={}, ages_ms=[], rungs=[])


class Lane:
    """The sources of one partition number, and the customers that live there."""

    def __init__(self, number: int, topics: Sequence[str], heart: Heart, rows: Rows) -> None:
        self.number = number
        self.topics = topics
        self.index = {topic: i for i, topic in enumerate(topics)}
        self.sources: list[Source] = []
        self.buffered = 0
        self._heart = heart
        self._rows = rows
        self._live: dict[str, Customer] = {}
        self._touched: dict[str, int | None] = {}
        self._marks: dict[str, Mark] = {}
        self._counts: dict[str, int] = {}

    def start(self, marks: Sequence[Mark], ends: Sequence[int]) -> None:
        """Begin at these marks, one for each topic, with the partitions' end offsets of now."""
        self.sources = [
            Source(mark.next_offset, end, mark.newest) for mark, end in zip(marks, ends, strict=True)
        ]

    def known(self, topic: str, position: int | None, end: int | None) -> None:
        """Learn how far the reader is (past control records too) and where the partition ends now."""
        source = self.sources[self.index[topic]]
        if position is not None and position > source.position:
            source.position = position
        if end is not None and end > source.end:
            source.end = end

    def room(self, topic: str) -> bool:
        """Whether this source may be offered more."""
        return bool(self.sources) and len(self.sources[self.index[topic]].waiting) < ROOM

    def offer(self, topic: str, taken: Iterable[Taken], next_offset: int, first_timestamp_ms: int) -> None:
        """Take in a chunk, in offset order; `next_offset` is where the reader goes on."""
        i = self.index[topic]
        source = self.sources[i]
        newest = source.newest
        append = source.waiting.append
        before = len(source.waiting)
        for at, offset, what in taken:
            if at is None:
                at = newest  # noqa: PLW2901 - a dead letter has no time of its own
            elif at > newest:
                newest = at
            append((newest, i, offset, at, what))
        source.newest = newest
        source.position = next_offset
        source.end = max(source.end, next_offset)
        source.chunks.append((next_offset, first_timestamp_ms))
        self.buffered += len(source.waiting) - before

    def horizon(self) -> tuple[float, int, float]:
        """Records up to here cannot be preceded by anything that is unread."""
        return min(
            ((s.newest, i, inf) for i, s in enumerate(self.sources) if s.unread() > 0),
            default=(inf, 0, inf),
        )

    def take(self, most: int) -> list[Waiting]:
        """The next records in order, at most this many, none beyond the horizon."""
        if not self.sources:
            return []
        horizon = self.horizon()
        taken: list[Waiting] = []
        counts = []
        for source in self.sources:
            n = bisect_right(source.waiting, horizon)
            counts.append(n)
            taken += source.waiting[:n]
        taken.sort()
        if len(taken) > most:
            del taken[most:]
            counts = [0] * len(self.sources)
            for waiting in taken:
                counts[waiting[1]] += 1
        for topic, source, n in zip(self.topics, self.sources, counts, strict=True):
            if n:
                last = source.waiting[n - 1]
                self._marks[topic] = Mark(last[2] + 1, last[0])
                self._counts[topic] = n
                del source.waiting[:n]
        self.buffered -= len(taken)
        return taken

    def fold(self, taken: Sequence[Waiting], flush: Flush) -> None:
        """Apply records in order; what they cause goes into the flush, rows come with `seal`."""
        live, touched, heart = self._live, self._touched, self._heart
        step, publish = heart.step, heart.publish
        for waiting in taken:
            what = waiting[4]
            if type(what) is DeadLetter:
                flush.records.append(what.record)
                flush.letters.append(what.code)
                continue
            name = what.customer_id  # type: ignore[union-attr]
            customer = live.get(name)
            if customer is None:
                customer = self._load(name)
            elif name not in touched:
                touched[name] = customer.rung
            after, outputs = step(customer, what, waiting[3])  # type: ignore[arg-type]
            live[name] = after
            if after is customer:
                flush.repeats += 1
            if outputs:
                flush.outputs += outputs
                flush.records += map(publish, outputs)

    def _load(self, name: str) -> Customer:
        row = self._rows.get(self.number, name.encode())
        customer = self._heart.load(row)
        self._touched[name] = None if row is None else customer.rung
        return customer

    def seal(self, flush: Flush) -> None:
        """Complete the flush of what was taken: one row for each customer it touched, and the marks."""
        flush.marks, self._marks = self._marks, {}
        flush.events, self._counts = self._counts, {}
        live, dump = self._live, self._heart.dump
        for name, rung in self._touched.items():
            customer = live[name]
            flush.rows.append((name.encode(), dump(customer)))
            flush.rungs.append((rung, customer.rung))
        for topic, mark in flush.marks.items():
            chunks = self.sources[self.index[topic]].chunks
            while chunks and chunks[0][0] <= mark.next_offset:
                flush.ages_ms.append((topic, chunks.popleft()[1]))
        self._touched = {}

    def durable(self) -> None:
        """The last flush is safe: customers beyond the bound may leave memory."""
        live = self._live
        if len(live) > LIVE_MOST:
            for name in list(live)[: len(live) - LIVE_MOST // 2]:
                del live[name]

    def waits(self) -> bool:
        """Whether there is anything that was not folded yet, offered or unread."""
        return bool(self.buffered) or any(source.unread() > 0 for source in self.sources)

    def drop(self) -> None:
        """Forget everything that was not made durable."""
        self.sources = []
        self.buffered = 0
        self._live = {}
        self._touched = {}
