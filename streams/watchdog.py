"""Ends a worker that stands still, with a line, so that whoever runs it starts it anew."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from faust.types import TP

from streams.ending import end_anyway

if TYPE_CHECKING:
    from concurrent.futures import Future

LOOKS = 4
"""Looks within the time that a worker may stand still."""


class Standing(NamedTuple):
    """How a worker stands at one look."""

    waiting_s: Mapping[int, float]
    """For how long records of each lane have waited without any becoming durable; 0 where none wait."""
    recovered: Mapping[TP, int | None] | None
    """How far each changelog was read, while it is; none when recovery is over."""


class Patience:
    """Judges one look after the other; it lasts for `stall_s` seconds."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._recovered: Mapping[TP, int | None] | None = None
        self._since = 0.0

    def judge(self, standing: Standing, now: float) -> str | None:
        """Why this worker should end, if it should; `now` is in seconds of any clock that never goes back."""
        if standing.recovered is None or standing.recovered != self._recovered:
            self._recovered, self._since = standing.recovered, now
        elif now - self._since > self._stall_s:
            return f"recovery has not come forward for {now - self._since:.0f} s"
        for lane, waiting_s in sorted(standing.waiting_s.items()):
            if waiting_s > self._stall_s:
                return f"lane {lane}: records wait and none became durable for {waiting_s:.0f} s"
        return None


async def standing(app: Any) -> Standing:
    """Ask the broker where the lanes' partitions end now, then look; no answer in time: as was known."""
    lanes, recovery = app.lanes, app.tables.recovery
    if recovery.in_recovery:
        return Standing({}, dict(recovery.active_offsets))
    tps = [
        TP(topic, n) for n, ledger in lanes.ledgers.items() if ledger.open for topic in lanes.wiring.topics
    ]
    # A reader that stands still learns of no new end, and would look as if nothing waited.
    with suppress(Exception):
        ends = await asyncio.wait_for(app.consumer.highwaters(*tps), app.settings.stall_s / LOOKS)
        for tp, end in ends.items():
            lanes.known(tp, -1, end)
    now = time.monotonic()
    return Standing({n: ledger.waiting_s(now) for n, ledger in lanes.ledgers.items()}, None)


class Watchdog(Thread):
    """Looks from a thread of its own, for the event loop may be what stands still."""

    def __init__(
        self, look: Callable[[], "Future[Standing]"], ask: Callable[[str], None], stall_s: float
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._look = look
        self._ask = ask
        self._stall_s = stall_s

    def run(self) -> None:
        """Look until there is a reason to end; a daemon thread, it goes when the process does."""
        line = self._reason()
        if line is None:
            return
        self._ask(line)
        # Asking is a signal, and a loop that does not turn will not notice it.
        end_anyway(line)

    def _reason(self) -> str | None:
        patience = Patience(self._stall_s)
        while True:
            time.sleep(self._stall_s / LOOKS)
            try:
                found = self._look().result(self._stall_s)
            except TimeoutError:
                return f"the event loop has not turned for {self._stall_s:g} s"
            except (CancelledError, RuntimeError):
                # The loop is closed: the worker is ending already.
                return None
            line = patience.judge(found, time.monotonic())
            if line is not None:
                return line
