"""A lane's life: gather what is offered, ask what else is there, fold, make durable as one, keep the rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from streams.lane import Lane, new_flush
from streams.order import Waiting
from streams.ports import Facts, Flush, LaneLost, Outlet, Rows

FULL = 500
"""Records that end the gathering early: from here on waiting saves nothing."""

SLICE = 500
"""Records folded before others on the event loop have their turn (about 5 ms)."""

MOST = 20_000
"""Records of one flush at the most, so that a transaction stays far inside its timeout."""

LAST_FLUSH_S = 3.0
"""How long closing waits for the flush under way."""

AGAIN_S = 0.1
"""How long a broker that could not be asked is left alone."""

LOST_FOR_S = 15.0
"""A lost lane that is not taken from this worker within this time means that it is not in its group."""

Ends = Callable[[int], Awaitable[Sequence[int] | None]]
"""Asks the broker where the topics of a lane end now, in their order; nothing where it cannot be asked."""


@dataclass(frozen=True, slots=True)
class World:
    """What a ledger needs around it."""

    rows: Rows
    facts: Facts
    ends: Ends
    interval_s: float


class Ledger:
    """Drives one lane; from `open` until `close` it is the only one that takes from it."""

    def __init__(self, lane: Lane, outlet: Outlet, world: World) -> None:
        self.lane = lane
        self.dead = False
        self._waiting_since: float | None = None
        self._flushing = False
        self._outlet = outlet
        self._world = world
        self._closing = False
        self._ripe = False
        self._judging: float | None = None
        self._go = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """Whether it takes offers."""
        return self._task is not None and not self._closing and not self.dead

    def start(self) -> None:
        """Begin to fold; the lane knows its marks by now."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def judge(self, now: float) -> None:
        """A tick: let silence be judged up to `now`, in epoch seconds, by what the broker has from now on."""
        self._judging = now
        self._go.set()

    def poke(self) -> None:
        """Something was offered or learnt: fold when enough was gathered, or for long enough."""
        if self._waiting_since is None:
            if self.lane.waits():
                self._waiting_since = time.monotonic()
        elif not (self._flushing or self.lane.waits()):
            # All that was unread was the marker of somebody's transaction, and the reader has passed it.
            self._waiting_since = None
        if not self.open:
            return
        if self.lane.ripe():
            self._go.set()
        if not self.lane.buffered:
            return
        if self._ripe or not self._world.interval_s or self.lane.buffered >= FULL:
            self._go.set()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._world.interval_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._ripe = True
        self._go.set()

    async def _run(self) -> None:
        try:
            while not self._closing:
                await self._go.wait()
                self._go.clear()
                if self._judging is not None or self.lane.able():
                    await self._survey()
                taken = self.lane.take(MOST)
                if taken or self.lane.ripe():
                    self._ripe = False
                    self._flushing = True
                    await self._flush(taken)
                    self._flushing = False
                    self.poke()
        except LaneLost as exc:
            self._die()
            self._world.facts.lane_lost(self.lane.number)
            await self._await_rebalance(exc)
        except Exception as exc:  # noqa: BLE001 - any error in a flush leaves its outcome unknown: the lane is dead
            self._die()
            self._world.facts.lane_failed(self.lane.number, exc)

    async def _survey(self) -> None:
        """Ask where the topics end: what was offered before is next if nothing before those ends is older."""
        offered, now = self.lane.offered(), self._judging
        ends = await self._world.ends(self.lane.number)
        if ends is None:
            await asyncio.sleep(AGAIN_S)
            self._go.set()
            return
        self.lane.surveyed(offered, ends)
        if now is not None:
            self.lane.ask(now, ends)
            if self._judging == now:
                self._judging = None

    async def _await_rebalance(self, lost: LaneLost) -> None:
        while not self._closing:
            self._go.clear()
            try:
                await asyncio.wait_for(self._go.wait(), LOST_FOR_S)
            except TimeoutError:
                self._world.facts.lane_failed(self.lane.number, lost)
                return

    def _die(self) -> None:
        self.dead = True
        self._flushing = False
        self.lane.drop()

    async def _flush(self, taken: list[Waiting]) -> None:
        begun = time.monotonic()
        flush: Flush = new_flush()
        for i in range(0, len(taken), SLICE):
            self.lane.fold(taken[i : i + SLICE], flush)
            await asyncio.sleep(0)
        self.lane.tick(flush)
        self.lane.seal(flush)
        if flush.empty:
            return
        offset = await self._outlet.commit(flush)
        # Only now: had the store been first, it would be ahead of its changelog after a crash.
        self._world.rows.put(self.lane.number, flush.rows, offset)
        self.lane.durable()
        now = time.monotonic()
        self._waiting_since = now if self.lane.waits() else None
        self._world.facts.flushed(self.lane.number, flush, now - begun)

    def waiting_s(self, now: float) -> float:
        """How long records have waited without any being folded, in seconds; 0 where none wait."""
        return 0.0 if self._waiting_since is None else now - self._waiting_since

    async def close(self) -> None:
        """Finish the flush under way and drop the rest; nothing half done becomes visible."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            done = self._flushing and (await asyncio.wait({self._task}, timeout=LAST_FLUSH_S))[0]
            if not done:
                self._task.cancel()
        self.lane.drop()
        await self._outlet.close()
