"""What bad records cost: a million records, one in a hundred of them bad in every way there is."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle

from aiokafka import AIOKafkaProducer

from schemas import dead_letters, topics
from streams.partitioning import partition_of
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.bench.load import lines
from tests.bench.throughput import CatchUp, starting_cpu_s
from tests.kafka.cluster import Group, read
from tests.kafka.test_bad_input import BAD, WHO, changed
from tests.worker_process import OURS, environ, running

EVERY = 100
LARGE = 1 << 20
LARGE_EVERY = 500
"""One in so many of the bad ones is large, or little else would be measured."""

Bad = tuple[str, bytes | None, int]
"""(code, value, partition)"""


@dataclass(frozen=True, slots=True)
class Poisoned:
    """The run, the letters of each code, and what `simmer dead-letters replay` says of them."""

    run: CatchUp
    letters: Counter[str]
    wanted: Counter[str]
    replayed: str


def _bad(partitions: int) -> Iterator[Bad]:
    home = partition_of(WHO.encode(), partitions)
    small = [(code, value, home) for code, value in BAD.values() if len(value or b"") <= LARGE]
    large = [(code, value, home) for code, value in BAD.values() if len(value or b"") > LARGE]
    small.append(("wrong-partition", changed(event_id="elsewhere"), (home + 1) % partitions))
    smalls, larges = cycle(small), cycle(large)
    for i in cycle(range(LARGE_EVERY)):
        yield next(larges if i == 0 else smalls)


async def _fill(settings: Settings, customers: int, events: int) -> Counter[str]:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.broker, linger_ms=20, max_batch_size=1 << 18, max_request_size=4 << 20
    )
    await producer.start()
    sent: Counter[str] = Counter()
    bad, chat = _bad(settings.partitions), topic_name(settings, topics.CHAT)
    try:
        for i, (topic, key, value) in enumerate(lines(settings, customers, events)):
            if i % EVERY:
                await producer.send(topic, value, key=key)
            else:
                code, rubbish, partition = next(bad)
                await producer.send(chat, rubbish, key=WHO.encode(), partition=partition)
                sent[code] += 1
    finally:
        await producer.stop()
    return sent


def poisoned(settings: Settings, customers: int, events: int) -> Poisoned:
    """Measure as `catch_up` does, with one record in a hundred bad; then replay the letters."""
    settings = replace(settings, clock="wall")
    starting = starting_cpu_s(settings, OURS)
    wanted = asyncio.run(_fill(settings, customers, events))
    with Group(settings) as group, running(settings, OURS) as worker:
        worker.until(lambda: group.committed() >= events, 900, "lag 0")
        run = CatchUp(events, worker.cpu_s() - starting, 0.0, worker.peak_rss_mb())
    letters = Counter(
        dict(record.headers)[dead_letters.CODE].decode() for record in read(settings, topics.DEAD_LETTERS)
    )
    replay = subprocess.run(
        [*OURS[:-1], "dead-letters", "replay", "--on-error", "park"],
        env=environ(settings), capture_output=True, text=True, timeout=900, check=True,
    )  # fmt: skip
    return Poisoned(run, letters, wanted, replay.stdout.strip().splitlines()[-1])
