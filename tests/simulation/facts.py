"""What a worker says happened becomes a line of the story; what a lane cannot survive stops the worker."""

import asyncio
from collections.abc import Callable, Iterable

from streams.ports import Flush


class Stopping:
    """Asked for the end of a worker; in production the process then signals itself."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.asked = asyncio.Event()
        self._tell = tell

    def ask(self, line: str) -> None:
        """Stop as on SIGTERM."""
        if not self.asked.is_set():
            self._tell(f"stops: {line}")
            self.asked.set()


class Facts:
    """The lanes' facts of one worker."""

    def __init__(self, tell: Callable[[str], None], stopping: Stopping) -> None:
        self.tell = tell
        self._stopping = stopping

    def lane_started(self, lane: int, rungs: Iterable[int]) -> None:
        self.tell(f"lane {lane} starts with {len(list(rungs))} customers")

    def lanes_closed(self) -> None:
        self.tell("lanes closed")

    def flushed(self, lane: int, flush: Flush, seconds: float) -> None:
        upto = " ".join(f"{topic}:{mark.next_offset}" for topic, mark in flush.marks.items())
        said = f" says {len(flush.outputs)}" if flush.outputs else ""
        self.tell(f"lane {lane} flushed {upto} rows {len(flush.rows)}{said} in {seconds:.3f} s")

    def lane_lost(self, lane: int) -> None:
        self.tell(f"lane {lane} was fenced")

    def lane_failed(self, lane: int, error: BaseException) -> None:
        self._stopping.ask(f"lane {lane}: a flush failed ({type(error).__name__}: {error})")
