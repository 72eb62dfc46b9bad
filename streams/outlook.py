"""Reads what Simmer says, committed only, by nobody's consumer group."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from schemas.outputs import Output
from streams.connection import client_options
from streams.settings import Settings
from streams.topic_check import topic_name

WATCHED = (topics.MOODS, topics.INTERVENTIONS)
WAIT_MS = 200

_decode: Callable[[bytes], Output] = msgspec.json.Decoder(Output).decode


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last time, and whether all that was there at the start has been read by now."""

    outputs: tuple[Output, ...]
    caught_up: bool


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of moods and interventions, from their beginning."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        # Interrupted while it starts, it must be closed too.
        await consumer.start()
        consumer.assign(
            [TopicPartition(topic_name(settings, t), p) for t in WATCHED for p in range(settings.partitions)]
        )
        await consumer.seek_to_beginning()
        yield consumer
    finally:
        await consumer.stop()


async def heard(consumer: AIOKafkaConsumer) -> AsyncGenerator[Heard, None]:
    """What is said, for ever, in each partition's order; something is given every 0.2 s, if only silence."""
    ends = await consumer.end_offsets(consumer.assignment())
    caught_up = False
    while True:
        batches = await consumer.getmany(timeout_ms=WAIT_MS)
        # A position also passes the markers of transactions, which are never delivered.
        caught_up = caught_up or await _past(consumer, ends.items())
        yield Heard(tuple(_decode(r.value) for records in batches.values() for r in records), caught_up)


async def _past(consumer: AIOKafkaConsumer, ends: Iterable[tuple[TopicPartition, int]]) -> bool:
    for tp, end in ends:
        if await consumer.position(tp) < end:
            return False
    return True
