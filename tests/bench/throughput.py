"""Events per CPU second of a worker that catches up, and the memory it takes."""

import asyncio
import time
from dataclasses import dataclass

from streams.settings import Settings
from tests.bench.load import fill
from tests.kafka.cluster import Group
from tests.worker_process import running


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What catching up took; the rate counts user and system time of all the worker's threads."""

    events: int
    cpu_s: float
    wall_s: float
    peak_rss_mb: float

    @property
    def per_cpu_s(self) -> float:
        """Events per CPU second."""
        return self.events / self.cpu_s


def starting_cpu_s(settings: Settings, command: tuple[str, ...]) -> float:
    """What a worker costs that finds nothing to do: imports, joining, recovery, a second of idling."""
    with Group(settings) as group, running(settings, command) as worker:
        worker.until(group.joined, 60, "membership")
        time.sleep(1)
        return worker.cpu_s()


def catch_up(settings: Settings, command: tuple[str, ...], customers: int, events: int) -> CatchUp:
    """Measure a start on empty topics, fill them, start again and measure until lag 0; the difference counts.

    Counting from the first commit on would leave out what was read and decoded before it.
    """
    starting = starting_cpu_s(settings, command)
    total = asyncio.run(fill(settings, customers, events))
    with Group(settings) as group, running(settings, command) as worker:
        begun = time.monotonic()
        worker.until(lambda: group.committed() >= total, 900, "lag 0")
        return CatchUp(total, worker.cpu_s() - starting, time.monotonic() - begun, worker.peak_rss_mb())
