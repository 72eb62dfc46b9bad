"""The wall clock of a deployment: from time to time silence is judged, as far as everything is read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.lanes import Lanes

log = logging.getLogger(__name__)

EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Wall:
    """What time it is, in epoch seconds, and for how long a fact may be on its way to the broker."""

    now: Callable[[], float]
    settle_s: float


Ends = Callable[[Sequence[TP]], Awaitable[Mapping[TP, int]]]
"""Asks the broker where these partitions end now."""


class Ticker:
    """Asks every lane with something due to judge it; without a wall it asks none, records do."""

    def __init__(self, lanes: Lanes, wall: Wall | None, ends: Ends) -> None:
        self._lanes = lanes
        self._wall = wall
        self._ends = ends

    async def run(self) -> None:
        """Tick for ever."""
        while self._wall is not None:
            await asyncio.sleep(EVERY_S)
            try:
                await self.tick()
            except KafkaError as exc:
                # The broker is away; the next tick asks again.
                log.info("no tick: %s", exc)

    async def tick(self) -> None:
        """Ask once.

        The ends are asked for after the time was read: what is not there by then was sent later, or has been
        on its way for longer than is waited for.
        """
        if self._wall is None:
            return
        now, epoch = self._wall.now() - self._wall.settle_s, self._lanes.epoch
        ledgers = self._lanes.ledgers.items()
        numbers = [n for n, ledger in ledgers if ledger.open and ledger.lane.first_due() <= now]
        if not numbers:
            return
        topics = self._lanes.wiring.topics
        ends = await self._ends([TP(topic, n) for n in numbers for topic in topics])
        if epoch != self._lanes.epoch:
            return
        for n in numbers:
            ledger = self._lanes.ledgers[n]
            if ledger.open:
                ledger.lane.ask(now, [ends[TP(topic, n)] for topic in topics])
                ledger.poke()

    def overdue_s(self) -> float:
        """By how many seconds the earliest deadline is past and was not judged yet."""
        if self._wall is None:
            return 0.0
        now = self._wall.now() - self._wall.settle_s
        first = (ledger.lane.first_due() for ledger in self._lanes.ledgers.values())
        return max(0.0, now - min(first, default=now))
