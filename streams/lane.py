"""One lane: what was read of every topic's partition N, merged into the order of time and folded.

What is due without any event passes before the customer's next one, or at a tick: a record where history is
replayed, else asked for by the worker. Neither acts before all was folded that could break the silence.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from sys import maxsize as everybody

from agents.customer import Customer
from schemas.control import ClockTicked
from schemas.outputs import Output
from streams import order
from streams.dues import Dues
from streams.order import Answer, Source, Waiting
from streams.ports import DeadLetter, Flush, Heart, Mark, Rows, Taken, What

ROOM = 5_000
"""Records that one source may hold before its partition is no longer asked for; each takes about 1 kB."""

LIVE_MOST = 12_000
"""Customers of a lane kept decoded between flushes, about 3 kB each; fewer cost decoding them again."""

TICK_MOST = 20_000
"""Customers of one flush whose deadlines a tick lets pass."""

NO_EVENTS = frozenset({DeadLetter, ClockTicked})


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
        self._dues = Dues()
        self._asked: tuple[float, Sequence[int]] | None = None
        self._answers: deque[Answer] = deque()

    def start(self, marks: Sequence[Mark], ends: Sequence[int]) -> None:
        """Begin at these marks, one for each topic, with the partitions' end offsets of now."""
        self.sources = [
            Source(mark.next_offset, end, mark.newest) for mark, end in zip(marks, ends, strict=True)
        ]

    def remember(self, name: str, due_s: float) -> None:
        """A customer of this lane has a deadline, as their row says."""
        self._dues.put(name, due_s)

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

    def offered(self) -> list[int]:
        """The offset up to which each source was offered, in the order of topics."""
        return [source.position for source in self.sources]

    def surveyed(self, offered: Sequence[int], ends: Sequence[int]) -> None:
        """Learn where the topics ended when the broker was asked and this much had been offered before."""
        self._answers.append(Answer(offered, ends))
        for source, end in zip(self.sources, ends, strict=True):
            source.end = max(source.end, end)

    def able(self) -> bool:
        """Whether any record that waits may turn out to be the next; only then it is worth a question."""
        return order.able(self.sources)

    def take(self, most: int) -> list[Waiting]:
        """The next records in order, at most this many; each was offered before a question was answered."""
        if not self.sources:
            return []
        counts = order.following(self.sources, self._answers)
        taken = [
            waiting for n, source in zip(counts, self.sources, strict=True) for waiting in source.waiting[:n]
        ]
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
        while self._answers and order.exhausted(self.sources, self._answers[0]):
            self._answers.popleft()
        return taken

    def fold(self, taken: Sequence[Waiting], flush: Flush) -> None:
        """Apply records in order; what they cause goes into the flush, rows come with `seal`."""
        live, touch, dues, step = self._live, self._touch, self._dues, self._heart.step
        for waiting in taken:
            what = waiting[4]
            if type(what) in NO_EVENTS:
                self._aside(what, waiting[3], flush)
                continue
            name = what.customer_id  # type: ignore[union-attr]
            customer = touch(name)
            after, outputs = step(customer, what, waiting[3])  # type: ignore[arg-type]
            live[name] = after
            if after is customer:
                if customer.erased_s is not None and waiting[3] <= customer.erased_s:
                    flush.erased += 1
                else:
                    flush.repeated += 1
            elif after.due_s != customer.due_s:
                dues.put(name, after.due_s)
            if outputs:
                self._say(outputs, flush)

    def _aside(self, what: What, at: float, flush: Flush) -> None:
        if isinstance(what, DeadLetter):
            flush.records.append(what.record)
            flush.letters.append(what.code)
        else:
            self._pass(at, flush, everybody)

    def _touch(self, name: str) -> Customer:
        """The customer as of now, noted as changed by this flush, with the rung of their row."""
        customer = self._live.get(name)
        if customer is None:
            row = self._rows.get(self.number, name.encode())
            customer = self._heart.load(row)
            self._touched[name] = None if row is None else customer.rung
        elif name not in self._touched:
            self._touched[name] = customer.rung
        return customer

    def first_due(self) -> float:
        """When the earliest deadline of its customers is due, in epoch seconds."""
        return self._dues.first()

    def ask(self, now: float, ends: Sequence[int]) -> None:
        """A tick: silence may be judged up to `now`, once all before these end offsets was folded.

        The ends are those of the topics in their order, asked for at `now` or later. A tick that still waits
        is kept: one that comes later would wait for more.
        """
        if self._asked is None:
            self._asked = (now, ends)

    def ripe(self) -> bool:
        """Whether a tick was asked for and nothing unread can break the silence any more."""
        return self._asked is not None and all(
            source.folded() >= end for source, end in zip(self.sources, self._asked[1], strict=True)
        )

    def tick(self, flush: Flush) -> None:
        """Let deadlines pass if a tick is ripe; what is too much for one flush stays for the next."""
        if self._asked is not None and self.ripe():
            now = self._asked[0]
            self._pass(now, flush, TICK_MOST)
            if self.first_due() > now:
                self._asked = None

    def _pass(self, now: float, flush: Flush, most: int) -> None:
        for name in self._dues.taken(now, most):
            after, outputs = self._heart.tick(name, self._touch(name), now)
            self._live[name] = after
            self._dues.put(name, after.due_s)
            self._say(outputs, flush)

    def _say(self, outputs: Sequence[Output], flush: Flush) -> None:
        flush.outputs += outputs
        flush.records += map(self._heart.publish, outputs)

    def seal(self, flush: Flush) -> None:
        """Complete the flush of what was taken: one row for each customer it touched, and the marks."""
        flush.marks, self._marks = self._marks, {}
        flush.events, self._counts = self._counts, {}
        live, dump = self._live, self._heart.dump
        for name, rung in self._touched.items():
            customer = live[name]
            row = dump(customer)
            flush.rows.append((name.encode(), row))
            flush.rungs.append((rung, None if row is None else customer.rung))
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
        self._dues = Dues()
        self._asked = None
        self._answers.clear()
