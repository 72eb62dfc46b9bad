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


def catch_up(settings: Settings, command: tuple[str, ...], customers: int, events: int) -> CatchUp:
    """Fill the topics, then start a worker and measure from its first commit to its last."""
    total = asyncio.run(fill(settings, customers, events))
    with Group(settings) as group, running(settings, command) as worker:
        worker.until(lambda: group.committed() > 0, 120, "progress")
        first, cpu, begun = group.committed(), worker.cpu_s(), time.monotonic()
        worker.until(lambda: group.committed() >= total, 900, "lag 0")
        return CatchUp(total - first, worker.cpu_s() - cpu, time.monotonic() - begun, worker.peak_rss_mb())
