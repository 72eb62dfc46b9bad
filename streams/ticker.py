"""The clock of a deployment: from time to time silence is judged, as far as everything is read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.lanes import Lanes
from streams.ledger import Ledger

log = logging.getLogger(__name__)

EVERY_S = 1.0

CONFIRM_EVERY_S = 0.05
"""How long a tick on record may hold up its lane before the ends are asked for."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What time it is, in epoch seconds, and for how long a fact may be on its way to the broker."""

    now: Callable[[], float]
    settle_s: float


Ends = Callable[[Sequence[TP]], Awaitable[Mapping[TP, int]]]
"""Asks the broker where these partitions end now."""


class Ticker:
    """Lets lanes judge silence: by the wall clock, or else where ticks are on record.

    Either way the broker is asked where the lane's topics end *now*: the last known ends are stale, and what
    is not known of could break the silence.
    """

    def __init__(self, lanes: Lanes, wall: Wall | None, ends: Ends) -> None:
        self._lanes = lanes
        self._wall = wall
        self._ends = ends

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            await asyncio.sleep(EVERY_S if self._wall else CONFIRM_EVERY_S)
            try:
                await self.tick()
            except KafkaError as exc:
                # The broker is away; the next tick asks again.
                log.info("no tick: %s", exc)

    async def tick(self) -> None:
        """Ask once, if there is anything to ask for."""
        if self._wall is not None:
            await self._judge(self._wall.now() - self._wall.settle_s)
        else:
            await self._confirm()

    async def _judge(self, now: float) -> None:
        """What is not there when the ends are asked for was on its way for longer than is waited for."""
        due = {n: ledger for n, ledger in self._open() if ledger.lane.first_due() <= now}
        for n, ends in (await self._asked(due)).items():
            due[n].lane.ask(now, ends)
            due[n].poke()

    async def _confirm(self) -> None:
        """Ticks on record were sent when all that is older was there: it is before the ends of now."""
        ticks = {n: ledger.lane.unconfirmed() for n, ledger in self._open() if ledger.lane.unconfirmed()}
        for n, ends in (await self._asked(ticks)).items():
            ledger = self._lanes.ledgers[n]
            ledger.lane.confirm(ticks[n], ends)
            ledger.poke()

    def _open(self) -> list[tuple[int, Ledger]]:
        return [(n, ledger) for n, ledger in self._lanes.ledgers.items() if ledger.open]

    async def _asked(self, numbers: Collection[int]) -> dict[int, list[int]]:
        """Where the topics of these lanes end now; of none that was given up or died meanwhile."""
        if not numbers:
            return {}
        epoch, topics = self._lanes.epoch, self._lanes.wiring.topics
        ends = await self._ends([TP(topic, n) for n in numbers for topic in topics])
        if epoch != self._lanes.epoch:
            return {}
        return {n: [ends[TP(topic, n)] for topic in topics] for n, _ in self._open() if n in numbers}

    def overdue_s(self) -> float:
        """By how many seconds the earliest deadline is past and was not judged yet."""
        if self._wall is None:
            return 0.0
        now = self._wall.now() - self._wall.settle_s
        first = (ledger.lane.first_due() for ledger in self._lanes.ledgers.values())
        return max(0.0, now - min(first, default=now))
