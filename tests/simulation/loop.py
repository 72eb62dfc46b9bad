"""An event loop without a clock of its own: time jumps to what is due next, and a seed says who runs.

Callbacks of one process keep asyncio's order; between processes a seed draws it.
A killed process never runs again, its `finally` blocks included; a stopped one runs again when it is told to.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from random import Random
from typing import Any


class Process:
    """What is killed or stopped as one; the callbacks of its tasks wait in its own queue."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.queue: deque[asyncio.Handle] = deque()
        self.stopped = False
        self.fuse = -1
        self.burnt: Callable[[], None] = lambda: None


CURRENT: ContextVar[Process] = ContextVar("CURRENT")
"""The process that a task belongs to; tasks inherit it from the one that makes them."""


class Stuck(Exception):  # noqa: N818 - a finding about the story
    """Nobody can run and nothing is due."""


class Loop(asyncio.BaseEventLoop):
    """Runs processes by turns, in virtual seconds since the story's beginning."""

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self.world = Process("world")
        self.strays: list[str] = []
        self._now = 0.0
        self._draw = rng.random
        self._processes = [self.world]
        self._killed: list[Process] = []
        self._ending = False
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers = 0
        self.set_exception_handler(self._stray)

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Queue a callback behind the others of its process."""
        handle = asyncio.Handle(callback, args, self, context)
        handle._context.get(CURRENT, self.world).queue.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Queue a callback at a time; `call_later` ends here too."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers += 1
        heappush(self._due, (when, self._timers, timer))
        return timer

    def begin(self, process: Process, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let a process run, from this coroutine on."""
        if process not in self._processes:
            self._processes.append(process)
        context = copy_context()
        context.run(CURRENT.set, process)
        return self.create_task(coroutine, context=context)

    def kill(self, process: Process) -> None:
        """As `kill -9`: what it had in mind is never done."""
        if self._ending:
            return
        self._processes.remove(process)
        self._killed.append(process)

    def light(self, process: Process, steps: int, burnt: Callable[[], None]) -> None:
        """Call `burnt` between two steps of a process, so many of them from now: at any await point."""
        process.fuse, process.burnt = steps, burnt

    def _run_once(self) -> None:
        while not self._stopping:
            able = [p for p in self._processes if p.queue and not p.stopped]
            if not able:
                self._jump()
                continue
            process = able[int(self._draw() * len(able))] if len(able) > 1 else able[0]
            if process.fuse >= 0:
                process.fuse -= 1
                if process.fuse < 0:
                    process.burnt()
                    continue
            handle = process.queue.popleft()
            if not handle._cancelled:
                handle._run()

    def _jump(self) -> None:
        due = self._due
        if self._ending:
            due.clear()
            self.stop()
            return
        if not due:
            raise Stuck
        self._now = max(self._now, due[0][0])
        while due and due[0][0] <= self._now:
            timer = heappop(due)[2]
            if not timer._cancelled:
                timer._context.get(CURRENT, self.world).queue.append(timer)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing to do: a cancelled timer is passed over when its time comes."""

    def _stray(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "exception" in context:
            self.strays.append(f"{context['message']}: {context['exception']!r}")

    def over(self) -> None:
        """Cancel everything that still waits, the dead included, so that nothing is left of a story."""
        self._ending = True
        self._processes += self._killed
        for process in self._processes:
            process.stopped, process.fuse = False, -1
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            self.run_forever()
        self.close()
