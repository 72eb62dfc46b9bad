"""From an event handed to the producer to its intervention at a consumer that reads committed."""

import asyncio
import time
from dataclasses import dataclass, replace
from statistics import quantiles
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from schemas import topics
from schemas.outputs import InterveneNow
from streams.free_port import free_port
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.bench.load import pace
from tests.worker_process import OURS, Process, running

WARM_S = 5.0
"""Seconds at the beginning that do not count."""

decode = msgspec.json.Decoder(InterveneNow).decode


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from event to intervention, and the worker's share of a core meanwhile."""

    interventions: int
    p50_ms: float
    p99_ms: float
    cpu_share: float


def ready(settings: Settings) -> bool:
    """Whether the worker says that it folds events as they come."""
    try:
        with urlopen(f"http://{settings.web_host}:{settings.web_port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


async def _receive(settings: Settings, got: dict[str, float]) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, isolation_level="read_committed", fetch_max_wait_ms=100,
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    name = topic_name(settings, topics.INTERVENTIONS)
    consumer.assign([TopicPartition(name, p) for p in range(settings.partitions)])
    await consumer.start()
    try:
        async for record in consumer:
            got[decode(record.value).event_id] = time.time()
    finally:
        await consumer.stop()


async def _run(settings: Settings, worker: Process, rate: int, seconds: float) -> Latency:
    got: dict[str, float] = {}
    receiving = asyncio.create_task(_receive(settings, got))
    begun, cpu = time.time(), worker.cpu_s()
    sent_at = await pace(settings, 4_000, rate, seconds)
    share = (worker.cpu_s() - cpu) / (time.time() - begun)
    await asyncio.sleep(2)
    receiving.cancel()
    late = [(got[i] - sent_at[i]) * 1000 for i in got if i in sent_at and sent_at[i] > begun + WARM_S]
    cuts = quantiles(late, n=100)
    return Latency(len(late), cuts[49], cuts[98], share)


def latency(settings: Settings, rate: int, seconds: float) -> Latency:
    """Start a worker, send at the rate for so long, and compare the two clocks (they are one machine's)."""
    settings = replace(settings, web_port=free_port(settings.web_host))
    with running(settings, OURS) as worker:
        worker.until(lambda: ready(settings), 60, "readiness")
        return asyncio.run(_run(settings, worker, rate, seconds))
