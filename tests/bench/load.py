"""Fills the input topics with generated journeys, and paces them where time matters."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import msgspec
from aiokafka import AIOKafkaProducer

from schemas import topics
from streams.journeys import raw
from streams.settings import Settings
from streams.topic_check import topic_name

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NAMES = {"chat": topics.CHAT, "call": topics.CALL, "ticket": topics.TICKET}

Line = tuple[str, bytes, bytes]
"""(topic, key, value)"""


class _Id(msgspec.Struct):
    event_id: str


event_id = msgspec.json.Decoder(_Id).decode


def lines(settings: Settings, customers: int, events: int) -> Iterator[Line]:
    """The first so many events of so many customers' journeys, in the order of time."""
    for channel, customer_id, value in islice(raw(customers, 7, START), events):
        yield topic_name(settings, NAMES[channel]), customer_id.encode(), value


def _producer(settings: Settings, linger_ms: int) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=settings.broker, linger_ms=linger_ms, max_batch_size=1 << 18)


async def fill(settings: Settings, customers: int, events: int) -> int:
    """Send them all, as fast as it goes; gives how many there were."""
    producer = _producer(settings, 20)
    await producer.start()
    n = 0
    try:
        for topic, key, value in lines(settings, customers, events):
            await producer.send(topic, value, key=key)
            n += 1
    finally:
        await producer.stop()
    return n


async def pace(settings: Settings, customers: int, rate: int, seconds: float) -> dict[str, float]:
    """Send at a rate in events/s; gives each event's id with the wall time at which it was handed over."""
    # What a client that cares would set; with 0 each event is a request, and the broker is what is measured.
    producer = _producer(settings, 5)
    await producer.start()
    sent_at: dict[str, float] = {}
    begun = time.time()
    try:
        for i, (topic, key, value) in enumerate(lines(settings, customers, int(rate * seconds))):
            early = begun + i / rate - time.time()
            if early > 0.002:
                await asyncio.sleep(early)
            sent_at[event_id(value).event_id] = time.time()
            await producer.send(topic, value, key=key)
    finally:
        await producer.stop()
    return sent_at
