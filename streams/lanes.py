"""The lanes that this worker owns: opened when they are assigned, closed when they are taken away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from faust.types import TP

from agents.customer import NEVER
from streams.lane import Lane
from streams.ledger import Ledger, World
from streams.ports import Facts, Heart, Mark, Outlet
from streams.rows import LocalRows

Ends = Callable[[Sequence[TP]], Awaitable[Mapping[TP, int] | None]]
"""Asks the broker where these partitions end now; nothing where it cannot be asked."""

CHUNKS_ASIDE = 2
"""Chunks of one partition that may be on their way to the agent: one being read, one waiting."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every lane is made of."""

    topics: Sequence[str]
    heart: Heart
    rows: LocalRows
    facts: Facts
    open_outlet: Callable[[int], Awaitable[Outlet]]
    ends: Ends
    interval_s: float


class Lanes:
    """All owned lanes; `epoch` grows with each change of ownership, and what bears an older one is void."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.epoch = 0
        self.ledgers: dict[int, Ledger] = {}
        self.on_room: Callable[[TP], None] = lambda _tp: None
        self._aside: dict[TP, int] = {}
        self._topics = frozenset(wiring.topics)

    def is_source(self, tp: TP) -> bool:
        """Whether this partition feeds a lane."""
        return tp.topic in self._topics

    async def close(self) -> None:
        """Give up every lane; what is not durable by then will be read again by the next owner."""
        self.epoch += 1
        ledgers, self.ledgers = self.ledgers, {}
        self._aside = {}
        await asyncio.gather(*(ledger.close() for ledger in ledgers.values()))
        if ledgers:
            self.wiring.facts.lanes_closed()

    async def open(self, assigned: Iterable[TP]) -> None:
        """Own the lanes of these partitions; former owners are fenced before anything of theirs is read."""
        await self.close()
        wiring = self.wiring
        numbers = sorted({tp.partition for tp in assigned if self.is_source(tp)})
        outlets = await asyncio.gather(*(wiring.open_outlet(n) for n in numbers))
        # Those of standbys too: their changelogs are assigned, their topics are not.
        wiring.rows.keep({tp.partition for tp in assigned})
        world = World(wiring.rows, wiring.facts, self._ends, wiring.interval_s)
        self.ledgers = {
            n: Ledger(Lane(n, wiring.topics, wiring.heart, wiring.rows), outlet, world)
            for n, outlet in zip(numbers, outlets, strict=True)
        }

    async def _ends(self, number: int) -> list[int] | None:
        tps = [TP(topic, number) for topic in self.wiring.topics]
        ends = await self.wiring.ends(tps)
        return None if ends is None else [ends[tp] for tp in tps]

    def unstarted(self) -> list[TP]:
        """Partitions of lanes that do not know yet where to begin."""
        return [
            TP(topic, n)
            for n, ledger in self.ledgers.items()
            if not ledger.lane.sources
            for topic in self.wiring.topics
        ]

    def start(self, marks: Mapping[TP, Mark], ends: Mapping[TP, int]) -> None:
        """Let the lanes fold from these marks on."""
        for n, ledger in self.ledgers.items():
            tps = [TP(topic, n) for topic in self.wiring.topics]
            if not ledger.lane.sources and all(tp in marks for tp in tps):
                ledger.lane.start([marks[tp] for tp in tps], [ends[tp] for tp in tps])
                ledger.start()
                self.wiring.facts.lane_started(n, self._remember(ledger.lane))

    def _remember(self, lane: Lane) -> list[int]:
        """Tell a lane of its customers' deadlines, from their rows; gives the rungs they stand on."""
        rungs = []
        for key, row in self.wiring.rows.every(lane.number):
            glance = self.wiring.heart.glance(row)
            rungs.append(glance.rung)
            if glance.due_s != NEVER:
                lane.remember(key.decode(), glance.due_s)
        return rungs

    def room(self, tp: TP) -> bool:
        """Whether a chunk of this partition may be fetched."""
        ledger = self.ledgers.get(tp.partition)
        return (
            ledger is not None
            and ledger.open
            and self._aside.get(tp, 0) < CHUNKS_ASIDE
            and ledger.lane.room(tp.topic)
        )

    def sent(self, tp: TP) -> None:
        """A chunk went to the agent."""
        self._aside[tp] = self._aside.get(tp, 0) + 1

    def known(self, tp: TP, position: int, end: int) -> None:
        """The fetcher stands here and the partition ends there."""
        ledger = self.ledgers.get(tp.partition)
        if ledger is not None and ledger.open:
            # With a chunk on its way the fetcher is ahead of what the lane was offered.
            ledger.lane.known(tp.topic, None if self._aside.get(tp) else position, end)
            ledger.poke()

    def position(self, tp: TP) -> int | None:
        """Where the lane wants this partition to be read from, if it knows."""
        ledger = self.ledgers.get(tp.partition)
        if ledger is None or not ledger.lane.sources or not self.is_source(tp):
            return None
        return ledger.lane.sources[ledger.lane.index[tp.topic]].position

    def accepts(self, tp: TP, epoch: int) -> bool:
        """Whether a chunk of that epoch still counts."""
        ledger = self.ledgers.get(tp.partition)
        return epoch == self.epoch and ledger is not None and ledger.open

    def offered(self, tp: TP) -> None:
        """The lane was offered a chunk: there may be room for the next."""
        ledger = self.ledgers[tp.partition]
        self._aside[tp] -= 1
        ledger.poke()
        self.on_room(tp)
