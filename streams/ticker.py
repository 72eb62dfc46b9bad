"""The clock of a deployment: from time to time silence is judged, as far as everything is read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from streams.lanes import Lanes

EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Wall:
    """What time it is, in epoch seconds, and for how long a fact may be on its way to the broker."""

    now: Callable[[], float]
    settle_s: float

    def settled(self) -> float:
        """Up to when everything has reached the broker."""
        return self.now() - self.settle_s


class Ticker:
    """Lets lanes judge silence by the wall clock; without one, ticks are on record and need nobody."""

    def __init__(self, lanes: Lanes, wall: Wall | None) -> None:
        self._lanes = lanes
        self._wall = wall

    async def run(self) -> None:
        """Tick for ever, if there is a clock."""
        while self._wall is not None:
            await asyncio.sleep(EVERY_S)
            self.tick()

    def tick(self) -> None:
        """Tick once, for lanes in which something is due."""
        if self._wall is None:
            return
        # What is not there when the lane asks for the ends was on its way for longer than is waited for.
        now = self._wall.settled()
        for ledger in self._lanes.ledgers.values():
            if ledger.open and ledger.lane.first_due() <= now:
                ledger.judge(now)

    def overdue_s(self) -> float:
        """By how many seconds the earliest deadline is past and was not judged yet."""
        if self._wall is None:
            return 0.0
        now = self._wall.settled()
        first = (ledger.lane.first_due() for ledger in self._lanes.ledgers.values())
        return max(0.0, now - min(first, default=now))
