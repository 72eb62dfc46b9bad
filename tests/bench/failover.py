"""How long customers are without a worker when one of two is killed."""

import asyncio
import time
from contextlib import ExitStack
from dataclasses import replace

from streams.settings import Settings
from tests.bench.recovery import fill
from tests.kafka.asking import metric, on_a_free_port, ready
from tests.worker_process import running

SESSION_S = 6.0


def fail_over(settings: Settings, customers: int) -> float:
    """Seconds from kill -9 of one of two workers until the other is ready with every lane and customer."""
    asyncio.run(fill(settings, customers))
    one, two = (
        on_a_free_port(replace(settings, data_dir=settings.data_dir / name, session_timeout_s=SESSION_S))
        for name in ("one", "two")
    )
    with ExitStack() as stack:
        leaving, staying = (stack.enter_context(running(each)) for each in (one, two))

        def shared() -> bool:
            lanes = metric(one, "simmer_lanes"), metric(two, "simmer_lanes")
            return all(lanes) and sum(lanes) == settings.partitions and ready(one)() and ready(two)()

        staying.until(shared, 120, "two ready workers")
        leaving.kill()
        begun = time.monotonic()
        staying.until(lambda: metric(two, "simmer_customers") == customers and ready(two)(), 120, "takeover")
        return time.monotonic() - begun
