"""What the outside world sends: events of a small crowd, some twice, late or in transactions, and poison."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal, NamedTuple

from msgspec import structs

from schemas import codec, topics
from schemas.care import CustomerErased
from schemas.control import ClockTicked
from schemas.event import Event
from streams.partitioning import partition_of
from streams.settings import Settings
from tests.kafka.cluster import sent, ticks
from tests.kafka.crowd import START, crowd
from tests.simulation.broker import EPOCH_MS

Order = Literal["backlog", "one channel", "many channels", "live"]
"""Backlog: all is there before a worker starts, so that the order across channels is known beforehand.
One channel: sent while workers run, each customer on one channel. Many channels: any, while they run.
Live: as one channel, and events happen as they are sent or just before: the wall clock judges silence."""

CUSTOMERS_MOST = 5

STEP = timedelta(seconds=2)
"""Between two events of the crowd as it is made."""

NOW = datetime.fromtimestamp(EPOCH_MS / 1000, UTC)
"""When a story begins, by the wall clock."""

CLOSE = timedelta(minutes=1)
"""Events nearer to each other than this are all in the heart's window for duplicates."""


class Sending(NamedTuple):
    """A record of the outside world: when it is sent, whether in a transaction and how that ends."""

    at_s: float
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    code: str = ""
    """Of the dead letter that it must become; empty for an event."""
    committed: bool | None = None
    """None where it is sent without a transaction."""
    again: bool = False
    """Whether it was sent before, or will be."""
    late: bool = False
    """Whether it may be overtaken by what comes after it."""

    def oddities(self) -> list[str]:
        """What is not as it should be, in words."""
        found = {
            "sent twice": self.again,
            "sent late": self.late,
            "sender's transaction aborted": self.committed is False,
            "poison": self.code,
        }
        return [what for what, so in found.items() if so]

    def remark(self) -> str:
        """The oddities behind a colon, if there are any."""
        return ": " + ", ".join([*self.oddities(), self.code]).removesuffix(", ") if self.oddities() else ""


def sendings(rng: Random, settings: Settings, order: Order, until_s: float) -> list[Sending]:
    """Everything that is sent within so many seconds, in the order of time."""
    n = rng.randint(12, 40)
    # Far apart, an event that is folded twice is no duplicate that the heart knows; close, it is.
    gap = timedelta(seconds=rng.choice((20, 4_000, 40_000)))
    live = order == "live"
    # An open transaction keeps a fact from being seen for longer than a clock would wait.
    transactional = 0.0 if live else rng.choice((0.0, 0.0, 0.1))
    # What is told again after the window counts again, under the same name: only what is close is.
    twice = rng.choice((0.0, 0.1, 0.2)) if gap < CLOSE else 0.0
    found = []
    for share, event in _events(rng, n, gap, order):
        # Events go out in the order of time, by and large: what overtakes is late.
        late_s = rng.choice((0.0, 0.0, 0.0, rng.random()))
        at_s = until_s * share + late_s
        if live:
            event = structs.replace(event, at=NOW + timedelta(seconds=until_s * share))  # noqa: PLW2901
        one = _sending(event, settings, at_s)._replace(late=late_s > 0)
        if rng.random() < twice:
            found.append(one._replace(at_s=at_s + rng.choice((0.0, 0.1)) * until_s, again=True))
        if rng.random() < transactional:
            one = one._replace(committed=rng.random() < 0.5)
        found.append(one)
        if settings.clock == "stream" and rng.random() < 0.1:
            found += [
                Sending(at_s, topic.name, partition, key, value)
                for topic, key, value, partition in ticks(settings, event.at)
                if partition is not None
            ]
    found += [_poison(rng, settings, rng.uniform(0, until_s)) for _ in range(rng.choice((0, 0, 1, 3)))]
    return sorted(found, key=lambda sending: sending.at_s)


def _events(rng: Random, n: int, gap: timedelta, order: Order) -> Iterator[tuple[float, Event]]:
    """Events, each with its place between the first (0) and the last (1)."""
    customers = rng.randint(1, CUSTOMERS_MOST)
    single = order in ("one channel", "live")
    erasing = 0.0 if single else rng.choice((0.0, 0.05))
    homes = {f"customer-{i}": rng.choice((topics.CHAT, topics.CALL, topics.TICKET)) for i in range(customers)}
    made = 3 * n
    for i, event in enumerate(crowd(made, customers, rng.randrange(1 << 30))):
        if single and sent(event).topic != homes[event.customer_id]:
            continue
        if not single and rng.random() < 2 / 3:
            continue
        # All of it before the story begins, so that nothing is in the future.
        at = START + (event.at - START) / STEP * gap - made * gap
        if rng.random() < erasing:
            yield i / made, CustomerErased(event_id=event.event_id, at=at, customer_id=event.customer_id)
        else:
            yield i / made, structs.replace(event, at=at)


def _sending(event: Event, settings: Settings, at_s: float) -> Sending:
    topic, key, value, _ = sent(event)
    assert key is not None
    return Sending(at_s, topic.name, partition_of(key, settings.partitions), key, value)


def _poison(rng: Random, settings: Settings, at_s: float) -> Sending:
    event = next(crowd(1, CUSTOMERS_MOST, rng.randrange(1 << 30)))
    good = _sending(event, settings, at_s)
    assert good.value is not None
    kinds = [
        good._replace(value=good.value[:-3], code="not-json"),
        good._replace(value=None, code="null-value"),
        good._replace(key=b"nobody", code="key-mismatch"),
    ]
    if settings.partitions > 1:
        elsewhere = (good.partition + 1) % settings.partitions
        kinds.append(good._replace(partition=elsewhere, code="wrong-partition"))
    if settings.clock == "wall":
        future = codec.encode(structs.replace(event, at=event.at + timedelta(days=3)))
        tick = codec.encode(ClockTicked(at=event.at))
        control = topics.CONTROL.name
        kinds += [
            good._replace(value=future, code="future-time"),
            Sending(at_s, control, good.partition, None, tick, code="unexpected-tick"),
        ]
    return rng.choice(kinds)
