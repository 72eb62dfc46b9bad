"""Rows per CPU second of a worker that comes back to a full changelog, while it says that it is not ready."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from aiokafka import AIOKafkaProducer

from agents import customer as state
from agents.heart import step
from agents.rules import DEFAULT
from schemas import codec, topics
from streams.free_port import free_port
from streams.journeys import raw
from streams.partitioning import partition_of
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.bench.latency import ready
from tests.bench.load import START
from tests.bench.throughput import starting_cpu_s
from tests.worker_process import OURS, running

READ = {"chat": codec.read_chat, "call": codec.read_call, "ticket": codec.read_ticket}
BATCH_BYTES = 1 << 19


@dataclass(frozen=True, slots=True)
class Recovered:
    """What reading a changelog took, all threads, without the start of a worker that finds none."""

    rows: int
    cpu_s: float
    peak_rss_mb: float

    @property
    def per_cpu_s(self) -> float:
        """Rows per CPU second."""
        return self.rows / self.cpu_s


def _lived(customers: int, events: int) -> list[bytes]:
    """The rows of customers in the middle of their journeys."""
    lives: dict[str, state.Customer] = {}
    for channel, name, value in islice(raw(customers, 7, START), events):
        event = READ[channel](value)  # type: ignore[operator]
        lives[name], _ = step(lives.get(name) or state.new(), event, event.at.timestamp(), DEFAULT)
    return [state.encode(customer) for customer in lives.values()]


def _rows(partitions: int, rows: int) -> Iterator[tuple[int, bytes, bytes]]:
    values = _lived(2_000, 20_000)
    for i in range(rows):
        key = f"customer-{i:07}".encode()
        yield partition_of(key, partitions), key, values[i % len(values)]


async def fill(settings: Settings, rows: int) -> None:
    """Put so many customers' rows into the changelog, as if a worker had."""
    changelog = topic_name(settings, topics.changelog(settings.app_id))
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker, max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        batches = {n: producer.create_batch() for n in range(settings.partitions)}
        for partition, key, value in _rows(settings.partitions, rows):
            if batches[partition].append(key=key, value=value, timestamp=None) is None:
                await producer.send_batch(batches[partition], changelog, partition=partition)
                batches[partition] = producer.create_batch()
                batches[partition].append(key=key, value=value, timestamp=None)
        for partition, batch in batches.items():
            await producer.send_batch(batch, changelog, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


def recover(settings: Settings, rows: int) -> Recovered:
    """Measure a start on an empty changelog, fill it, start again and measure until the worker is ready."""
    starting = starting_cpu_s(settings, OURS)
    asyncio.run(fill(settings, rows))
    # What the first start has put on disk would be all there is to read.
    settings = replace(settings, data_dir=settings.data_dir / "again", web_port=free_port(settings.web_host))
    with running(settings, OURS) as worker:
        worker.until(lambda: ready(settings), 300, "readiness")
        return Recovered(rows, worker.cpu_s() - starting, worker.peak_rss_mb())
