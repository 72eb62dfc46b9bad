"""What a seed decides beforehand: the size of the world, what is sent, and which faults come when."""

from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple, get_args

from msgspec import structs

from agents.rules import DEFAULT, Rules, Waits
from streams.settings import Settings
from tests.simulation.outside import Order, Sending, sendings

Kind = Literal["kill", "stop", "term", "leave", "join", "rebalance", "fence", "lose"]

OFTEN = {"kill": 3, "stop": 2, "lose": 3}
"""Weights of the faults that find most; the others weigh one."""


SETTLE_S = 1.5
"""A fact takes up to a second to the broker."""

IMPATIENT = Rules(waits=Waits(**dict.fromkeys(structs.asdict(Waits()), 0.4)), lateness_s=DEFAULT.lateness_s)
"""Waits that are overdue within seconds, so that they are in a story."""


class Fault(NamedTuple):
    """Something done to one machine or lane, so many steps after a moment, for so long.

    Amid a flush: the steps count from the worker's first request of a transaction after that moment.
    """

    at_s: float
    kind: Kind
    whom: int
    amid: bool
    steps: int
    for_s: float


@dataclass(frozen=True)
class Plan:
    """Everything but the order in which it then happens."""

    seed: int
    settings: Settings
    machines: int
    order: Order
    delay_s: float
    """A request's usual way to the broker."""
    slow: float
    """Share of answers that take a hundred times as long."""
    lossy: float
    """Share of a flush's requests that fail."""
    room: int
    """Records in a full batch."""
    faults_end_s: float
    sendings: list[Sending]
    faults: list[Fault]
    after_the_fact: bool
    """Whether workers start when all was sent."""

    @property
    def rules(self) -> Rules:
        """The numbers of its heart: nobody in a live story has minutes to wait."""
        return IMPATIENT if self.order == "live" else DEFAULT

    def line(self) -> str:
        """The plan in one line."""
        settings = self.settings
        return (
            f"seed {self.seed}: {self.machines} workers, {settings.partitions} lanes, {settings.store} store,"
            f" {settings.clock} clock, {self.order}, {len(self.sendings)} records, {len(self.faults)} faults"
        )


def plan(seed: int) -> Plan:
    """The plan of a seed; always the same one."""
    rng = Random(f"plan {seed}")
    order: Order = rng.choice(get_args(Order))
    settings = Settings(
        app_id="sim",
        partitions=rng.randint(1, 3),
        store=rng.choice(("memory", "rocksdb")),
        flush_interval_ms=rng.choice((0.0, 25.0, 150.0)),
        # A tick of the stream concerns every channel: its place among their records must be known.
        clock="wall" if order in ("one channel", "live") else rng.choice(("wall", "stream")),
        settle_s=SETTLE_S,
    )
    machines = rng.randint(1, 3)
    faults_end_s = rng.uniform(2, 9)
    return Plan(
        seed=seed,
        settings=settings,
        machines=machines,
        order=order,
        delay_s=rng.choice((0.002, 0.01, 0.03)),
        slow=rng.choice((0.0, 0.02)),
        lossy=rng.choice((0.0, 0.0, 0.03)),
        room=rng.choice((1, 2, 5)),
        faults_end_s=faults_end_s,
        sendings=sendings(rng, settings, order, faults_end_s * rng.uniform(0.3, 1)),
        faults=_faults(rng, machines, faults_end_s),
        after_the_fact=order == "live" and rng.random() < 0.25,
    )


def _faults(rng: Random, machines: int, until_s: float) -> list[Fault]:
    kinds = get_args(Kind)
    drawn = rng.choices(kinds, [OFTEN.get(kind, 1) for kind in kinds], k=rng.randint(2, 6))
    found = []
    for kind in drawn:
        amid = rng.random() < 0.5
        found.append(
            Fault(
                at_s=rng.uniform(0.1, until_s),
                kind=kind,
                whom=rng.randrange(machines),
                amid=amid,
                steps=rng.randrange(12 if amid else 60),
                for_s=rng.uniform(0.1, 12),
            )
        )
    return found
