"""What a seed decides beforehand: the size of the world, what is sent, and which faults come when."""

from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple, get_args

from agents.rules import Rules, Waits
from streams.settings import Settings
from tests.simulation.outside import Sending, sendings

Kind = Literal["kill", "stop", "term", "leave", "join", "rebalance", "fence", "lose"]

OFTEN = {"kill": 3, "stop": 2, "lose": 3}
"""Weights of the faults that find most; the others weigh one."""

HASTY = Rules(
    waits=Waits(
        chat_queue=0.5, chat_first_response=0.3, chat_silence=0.5, call_queue=0.5, call_hold=0.3,
        call_silence=0.3, ticket_first_response=0.6, ticket_silence=1.0,
    ),
    lateness_s=8.0,
)  # fmt: skip
"""Customers of little patience: deadlines pass while workers fall and rise."""


QUIET_WITHIN_S = 180.0


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
    rules: Rules
    machines: int
    starts_s: float
    """When the first workers start; what was sent by then waits for them."""
    nodes: int
    """Of the broker; each is read for itself."""
    delay_s: float
    """A request's usual way to the broker."""
    slow: float
    """Share of ways that take a hundred times as long."""
    lossy: float
    """Share of a flush's requests that fail."""
    room: int
    """Records in a full batch."""
    calm_s: float
    """When nothing goes wrong any more."""
    quiet_within_s: float
    """How long after that all must be done: deadlines, sessions and transactions may have to pass."""
    sendings: list[Sending]
    faults: list[Fault]

    def line(self) -> str:
        """The plan in one line."""
        settings = self.settings
        return (
            f"seed {self.seed}: {self.machines} workers from {self.starts_s:.0f} s on,"
            f" {settings.partitions} lanes, {settings.store} store, {settings.clock} clock,"
            f" {settings.settle_s:g} s to settle, {len(self.sendings)} records, {len(self.faults)} faults"
        )


def plan(seed: int) -> Plan:
    """The plan of a seed; always the same one."""
    rng = Random(f"plan {seed}")
    settings = Settings(
        app_id="sim",
        partitions=rng.randint(1, 3),
        store=rng.choice(("memory", "rocksdb")),
        flush_interval_ms=rng.choice((0.0, 25.0, 150.0)),
        clock=rng.choice(("wall", "wall", "stream")),
        settle_s=rng.choice((0.3, 1.0, 2.0)),
    )
    machines = rng.randint(1, 3)
    until_s = rng.uniform(4, 14)
    starts_s = rng.choice((0.0, 0.0, 0.0, until_s + settings.settle_s))
    calm_s = starts_s + rng.uniform(2, until_s)
    return Plan(
        seed=seed,
        settings=settings,
        rules=HASTY,
        machines=machines,
        starts_s=starts_s,
        nodes=rng.randint(1, 2),
        delay_s=rng.choice((0.002, 0.01, 0.03)),
        slow=rng.choice((0.0, 0.02)),
        lossy=rng.choice((0.0, 0.0, 0.03)),
        room=rng.choice((1, 2, 5)),
        calm_s=calm_s,
        quiet_within_s=QUIET_WITHIN_S,
        sendings=sendings(rng, settings, until_s, rng.choice((0.1, 0.5, 1.5))),
        faults=_faults(rng, machines, starts_s, calm_s),
    )


def _faults(rng: Random, machines: int, from_s: float, until_s: float) -> list[Fault]:
    kinds = get_args(Kind)
    drawn = rng.choices(kinds, [OFTEN.get(kind, 1) for kind in kinds], k=rng.randint(2, 6))
    found = []
    for kind in drawn:
        amid = rng.random() < 0.5
        found.append(
            Fault(
                at_s=rng.uniform(from_s + 0.1, until_s),
                kind=kind,
                whom=rng.randrange(machines),
                amid=amid,
                steps=rng.randrange(12 if amid else 60),
                for_s=rng.uniform(0.1, 12),
            )
        )
    return found
