"""Stand-ins for what a lane touches: a heart that remembers the order, rows in a dict, a listing outlet."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from agents.customer import NEVER, Glance
from schemas.chat import ChatEnded
from schemas.event import Event
from streams.ports import DeadLetter, Flush, Record, Row


class Seen(NamedTuple):
    """A customer who is nothing but the ids of the events so far, and what is due next."""

    ids: tuple[str, ...]
    rung: int = 1
    due_s: float = NEVER
    erased_s: float | None = None


class Said(NamedTuple):
    """An output of the fake heart."""

    id: str
    customer_id: str


class FakeHeart:
    """Appends ids it does not have yet; says something at every event whose id ends in `!`.

    An id that ends in `?` is due after ten seconds, unless another event comes first: then it says `due`.
    """

    def load(self, row: bytes | None) -> Seen:
        ids = tuple(row.decode().split()) if row else ()
        return Seen(ids, due_s=self.glance(row).due_s if row else NEVER)

    def step(self, customer: Seen, event: Event, now: float) -> tuple[Seen, tuple[Said, ...]]:
        if event.event_id in customer.ids:
            return customer, ()
        customer, said = self.tick(event.customer_id, customer, now)
        if event.event_id.endswith("!"):
            said = (*said, Said(event.event_id, event.customer_id))
        name = f"{event.event_id}{now:g}" if event.event_id.endswith("?") else event.event_id
        return Seen((*customer.ids, name), due_s=now + 10 if "?" in name else NEVER), said

    def tick(self, name: str, customer: Seen, now: float) -> tuple[Seen, tuple[Said, ...]]:
        if customer.due_s > now:
            return customer, ()
        due = f"due@{customer.due_s:g}"
        return Seen((*customer.ids, due)), (Said(due, name),)

    def dump(self, customer: Seen) -> bytes | None:
        return " ".join(customer.ids).encode() if customer.ids else None

    def glance(self, row: bytes) -> Glance:
        newest = row.decode().split()[-1]
        return Glance(1, float(newest.partition("?")[2]) + 10 if "?" in newest else NEVER)

    def publish(self, output: Said) -> Record:
        return Record("out", output.customer_id.encode(), output.id.encode(), [])


class FakeRows:
    """Rows by key; remembers the offset of the last write."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes | None] = {}
        self.offset = -1

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self.rows.get(key)

    def put(self, partition: int, rows: Sequence[Row], offset: int) -> None:
        self.rows.update(rows)
        self.offset = offset

    def every(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        return [(key, row) for key, row in self.rows.items() if row is not None]


class FakeOutlet:
    """Keeps the flushes; `fail` is raised by the next commit, `hold` keeps it waiting."""

    def __init__(self) -> None:
        self.flushes: list[Flush] = []
        self.fail: BaseException | None = None
        self.hold = asyncio.Event()
        self.hold.set()
        self.closed = False

    async def commit(self, flush: Flush) -> int:
        await self.hold.wait()
        if self.fail is not None:
            raise self.fail
        self.flushes.append(flush)
        return 100 + len(self.flushes)

    async def close(self) -> None:
        self.closed = True


class FakeFacts:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.news = asyncio.Event()

    def _tell(self, what: str, value: Any) -> None:
        self.told.append((what, value))
        self.news.set()

    def flushed(self, lane: int, flush: Flush, seconds: float) -> None:
        self._tell("flushed", sum(flush.events.values()))

    def lane_started(self, lane: int, rungs: Iterable[int]) -> None:
        self._tell("started", lane)

    def lanes_closed(self) -> None:
        self._tell("closed", None)

    def lane_lost(self, lane: int) -> None:
        self._tell("lost", lane)

    def lane_failed(self, lane: int, error: BaseException) -> None:
        self._tell("failed", type(error))


def event(event_id: str, customer_id: str = "ann", at: float = 0.0) -> Event:
    """Any event; the lane looks at nothing but the customer."""
    moment = datetime.fromtimestamp(at, UTC)
    return ChatEnded(event_id=event_id, at=moment, customer_id=customer_id, conversation_id="v", by="agent")


def letter(code: str = "not-json") -> DeadLetter:
    """A dead letter."""
    return DeadLetter(code, Record("letters", None, b"rubbish", []))
