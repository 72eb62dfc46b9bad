"""What the outside world sends: events as they happen, late, twice, in transactions; ticks; and poison."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import NamedTuple

from msgspec import structs

from agents.duplicates import SEEN_MOST
from schemas import codec, topics
from schemas.control import ClockTicked
from schemas.event import Event
from streams.partitioning import partition_of
from streams.settings import Settings
from tests.kafka.cluster import sent
from tests.simulation.broker import MARKER_MOST_S
from tests.simulation.clock import wall
from tests.simulation.lives import SOON_S, life

CUSTOMERS_MOST = 5

AGAIN_WITHIN_S = 5.0
"""How much later an event may be told a second time, unless too much of its customer comes in between."""

CLOSING = timedelta(days=30)
"""How long after the beginning everything is due that ever will be."""


class Sending(NamedTuple):
    """A record of the outside world: when it is sent, whether in a transaction and how that ends."""

    at_s: float
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    event: Event | None = None
    """What happened; nothing where it is a tick or poison."""
    code: str = ""
    """Of the dead letter that it must become; empty for what is good."""
    committed: bool | None = None
    """None where it is sent without a transaction."""
    lasts_s: float = 0.0
    """How long its transaction stays open."""
    again: bool = False
    """Whether it was sent before."""
    late: bool = False
    """Whether something newer is before it in its partition."""

    def oddities(self) -> list[str]:
        """What is not as it should be, in words."""
        found = {
            "sent twice": self.again,
            "overtaken": self.late,
            "in a transaction": self.committed,
            "sender's transaction aborted": self.committed is False,
            "poison": self.code,
        }
        return [what for what, so in found.items() if so]

    def remark(self) -> str:
        """The oddities behind a colon, if there are any."""
        return ": " + ", ".join([*self.oddities(), self.code]).removesuffix(", ") if self.oddities() else ""


def sendings(rng: Random, settings: Settings, until_s: float, pace_s: float) -> list[Sending]:
    """All that is sent of what happens within so many seconds, something to each customer at this pace.

    Every event is there, and readable, within `settle_s` of its own time, and before anything happens to its
    customer in another channel.
    """
    twice, transactional = rng.choice((0.0, 0.2)), rng.choice((0.0, 0.0, 0.2))
    way_s = settings.settle_s / 2 * rng.choice((0.01, 1.0))
    # In a transaction of its own, or behind somebody else's, until its marker is written.
    open_s = settings.settle_s / 4
    apart_s = way_s + (open_s + MARKER_MOST_S if transactional else 0.0)
    found = []
    for i in range(rng.randint(1, CUSTOMERS_MOST)):
        happens = life(rng, f"customer-{i}", until_s, apart_s, pace_s)
        delivered = list(_delivered(rng, settings, happens, way_s))
        for n, one in enumerate(delivered):
            sending = one
            if rng.random() < transactional:
                lasts_s = rng.uniform(0, open_s)
                sending = one._replace(committed=rng.random() < 0.5, lasts_s=lasts_s)
            found.append(sending)
            if sending.committed is not False and rng.random() < twice:
                forgotten = delivered[min(n + SEEN_MOST, len(delivered)) - 1]
                again_s = min(one.at_s + rng.uniform(0, AGAIN_WITHIN_S), forgotten.at_s)
                found.append(one._replace(at_s=again_s, again=True))
    found += [_poison(rng, settings, rng.uniform(0, until_s)) for _ in range(rng.choice((0, 0, 1, 3)))]
    if settings.clock == "stream":
        found += _ticks(rng, settings, until_s)
    return _marked(sorted(found, key=lambda sending: sending.at_s))


def _delivered(
    rng: Random, settings: Settings, happens: Iterable[tuple[float, Event]], way_s: float
) -> Iterator[Sending]:
    """Whoever tells of a channel keeps a customer's order; different customers overtake each other."""
    reached = 0.0
    for happened_s, event in happens:
        # On the stream's clock a tick stands in the order of time: nothing there may be out of it.
        took_s = way_s / 2 if settings.clock == "stream" else rng.uniform(0, way_s)
        reached = max(happened_s + took_s, reached + SOON_S / 2)
        topic, key, value, _ = sent(event)
        assert key is not None
        yield Sending(reached, topic.name, partition_of(key, settings.partitions), key, value, event)


def _ticks(rng: Random, settings: Settings, until_s: float) -> Iterator[Sending]:
    """Ticks of the stream: up to so long ago everything is there; the last one when all is."""
    # What was sent a quarter of this after it happened was readable, in a transaction, a quarter later.
    behind_s = settings.settle_s / 2 + MARKER_MOST_S
    times = [rng.uniform(behind_s, until_s) for _ in range(rng.choice((0, 3, 15)))]
    all_there_s = until_s + settings.settle_s + AGAIN_WITHIN_S
    ticks = [(at_s, wall(at_s - behind_s)) for at_s in sorted(times)]
    for at_s, told in [*ticks, (all_there_s, wall(0) + CLOSING)]:
        for partition in range(settings.partitions):
            yield Sending(at_s, topics.CONTROL.name, partition, None, codec.encode(ClockTicked(at=told)))


def _poison(rng: Random, settings: Settings, at_s: float) -> Sending:
    _, event = next(life(rng, "customer-0", 1.0, 0.0, 1.0))
    (good,) = _delivered(rng, settings, [(at_s, event)], 0.0)
    good = good._replace(event=None)
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


def _marked(found: list[Sending]) -> list[Sending]:
    newest: dict[tuple[str, int], float] = {}
    marked = []
    for one in found:
        late = False
        if one.event is not None and not one.again:
            place, at = (one.topic, one.partition), one.event.at.timestamp()
            late = at < newest.get(place, at)
            newest[place] = max(at, newest.get(place, at))
        marked.append(one._replace(late=late))
    return marked
