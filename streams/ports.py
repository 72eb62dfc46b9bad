"""The few shapes through which a lane touches the world, so that another world can take its place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from agents.customer import Customer, Glance
from schemas.control import ClockTicked
from schemas.event import Event
from schemas.outputs import Output

Header = tuple[str, bytes]

Row = tuple[bytes, bytes | None]
"""A customer's key and value in the table; without a value the row is deleted."""


class Arrival(Protocol):
    """A record as it was fetched; `timestamp` is in milliseconds."""

    @property
    def key(self) -> bytes | None:
        """The customer, where the producer did as it should."""

    @property
    def value(self) -> bytes | None:
        """An event, or what was taken for one."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""

    @property
    def timestamp(self) -> int:
        """Kafka's own time of it."""

    @property
    def headers(self) -> Sequence[Header]:
        """As the producer gave them."""


class Record(NamedTuple):
    """One record to be published on the lane's own partition number."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]


class DeadLetter(NamedTuple):
    """A record that could not be taken, ready to be published with its code."""

    code: str
    record: Record


What = Event | DeadLetter | ClockTicked
"""What came of a record."""

Taken = tuple[float | None, int, What]
"""(`at` in epoch seconds, offset, what came of it); a dead letter has no `at`."""


class Mark(NamedTuple):
    """How far a source has been folded: the next offset, and the running maximum of `at` up to there."""

    next_offset: int
    newest: float


@dataclass(slots=True)
class Flush:
    """What one transaction makes durable: changed rows, what they caused, and the offsets they cover.

    A flush is filled by the fold that makes it and handed on once; that is why it is not frozen.
    """

    rows: list[Row]
    records: list[Record]
    marks: dict[str, Mark]
    outputs: list[Output]
    letters: list[str]
    events: dict[str, int]
    ages_ms: list[tuple[str, int]]
    rungs: list[tuple[int | None, int | None]]
    repeated: int = 0
    erased: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to make durable."""
        return not (self.rows or self.records or self.marks)


class LaneLost(Exception):  # noqa: N818 - a fact: this lane now belongs to somebody else
    """The broker says that another owner has taken this lane."""


class Outlet(Protocol):
    """The broker's side of one lane: all of a flush becomes visible, or none of it."""

    async def commit(self, flush: Flush) -> int:
        """Make the flush durable; gives the offset of its last row's batch. Raises `LaneLost`."""

    async def close(self) -> None:
        """Let go; an open transaction is given up."""


class Rows(Protocol):
    """The worker's copy of its lanes' rows; written only after the broker has them."""

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The row of a customer, or nothing."""

    def put(self, partition: int, rows: Sequence[Row], offset: int) -> None:
        """Keep these rows; `offset` is that of the newest changelog batch they came with."""


class Facts(Protocol):
    """Who is told what happened; one place turns it into metrics and log lines."""

    def lane_started(self, lane: int, rungs: Iterable[int]) -> None:
        """A lane begins, with customers on these rungs."""

    def lanes_closed(self) -> None:
        """Every lane was given up: a rebalance, or the end."""

    def flushed(self, lane: int, flush: Flush, seconds: float) -> None:
        """A flush became durable, this long after it was begun."""

    def lane_lost(self, lane: int) -> None:
        """The broker has given this lane to somebody else."""

    def lane_failed(self, lane: int, error: BaseException) -> None:
        """A flush failed; the lane is dead until the worker starts anew."""


Step = Callable[[Customer, Event, float], tuple[Customer, tuple[Output, ...]]]
"""(customer, event, now) to (customer after it, outputs)."""

Tick = Callable[[str, Customer, float], tuple[Customer, tuple[Output, ...]]]
"""(customer's id, customer, now) to (customer at `now`, outputs of what was due by then)."""


class Heart(Protocol):
    """What a lane folds with: the pure step and how its state becomes a row."""

    @property
    def step(self) -> Step:
        """One event of one customer; the last argument is its time in epoch seconds."""

    @property
    def tick(self) -> Tick:
        """One customer's deadlines up to now, in epoch seconds."""

    def load(self, row: bytes | None) -> Customer:
        """The customer of a row; a new one where there is none."""

    def dump(self, customer: Customer) -> bytes | None:
        """The customer as a row; none where nothing is known of them."""

    def glance(self, row: bytes) -> Glance:
        """Rung and next deadline in a row, without decoding the rest."""

    def publish(self, output: Output) -> Record:
        """The output as a record."""
