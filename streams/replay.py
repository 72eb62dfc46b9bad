"""Sends records to the input topics, by event time or as fast as it goes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.codec import encode
from schemas.control import ClockTicked
from schemas.topics import Topic
from streams import topic_check
from streams.connection import client_options
from streams.records import Bad, Record, Tally
from streams.settings import Settings
from streams.topic_check import topic_name

CHUNK = 1000
NOT_EARLY_S = 0.002
"""What is due sooner is sent now: sleeping for less costs more than it paces."""
UNCONFIRMED = 20_000
LARGEST_BYTES = topics.CHAT.max_message_bytes

TICK_EVERY_S = 1.0
"""How often the event time is told to workers that have no clock of their own, in seconds of ours."""

CHANNELS: dict[str, Topic] = {
    "chat": topics.CHAT,
    "call": topics.CALL,
    "ticket": topics.TICKET,
    "care": topics.CARE,
}


class Producer(Protocol):
    """What sends: gives something to await until the broker has acknowledged the record."""

    async def send(
        self, topic: str, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> Awaitable[object]:
        """Hand over one record; without a partition its key says which."""
        ...


class NotSent(Exception):  # noqa: N818 - says what happened, in one line
    """The broker did not take an event: one line that says why."""


async def missing(settings: Settings, wanted: Iterable[Topic]) -> list[str]:
    """A line for each of these topics that is not as it should be; raises `BrokerUnreachable`."""
    names = {topic_name(settings, topic) for topic in wanted}
    shapes = {name: shape for name, shape in topic_check.wanted(settings).items() if name in names}
    return topic_check.problems(shapes, await topic_check.found(settings))


def good(items: Iterable[Record | Bad], tell: Callable[[Bad], None]) -> Iterator[Record]:
    """The records among the items; the others are told of when their turn comes."""
    for item in items:
        if isinstance(item, Bad):
            tell(item)
        else:
            yield item


async def due(records: Iterable[Record], speed: float | None) -> AsyncIterator[list[Record]]:
    """The records in their order, in chunks, each no earlier than its time at `speed` times real time.

    The first sets the clock. One that is late, or that is behind the one before it, is due at once.
    """
    chunk: list[Record] = []
    begun = None
    for record in records:
        if speed is not None:
            begun = begun or (time.monotonic(), record.at)
            wait_s = begun[0] + (record.at - begun[1]).total_seconds() / speed - time.monotonic()
            if wait_s > NOT_EARLY_S:
                if chunk:
                    yield chunk
                    chunk = []
                await asyncio.sleep(wait_s)
        chunk.append(record)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that keeps the order and repeats nothing; on leaving, all it was given is on the broker.

    Raises `NotSent` where the broker took something not, whenever that shows.
    """
    # aiokafka's own partitioner is murmur2 of the key, the one that the worker checks.
    producer = AIOKafkaProducer(
        **client_options(settings),
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        max_batch_size=1 << 18,
        max_request_size=LARGEST_BYTES,
    )
    try:
        try:
            # Interrupted while it starts, it must be closed too.
            await producer.start()
            yield producer
        finally:
            await producer.stop()
    except KafkaError as exc:
        raise NotSent(
            f"SIMMER_BROKER={settings.broker}: an event was not taken ({type(exc).__name__})"
        ) from None


async def send(
    producer: Producer, settings: Settings, chunks: AsyncIterator[list[Record]], tally: Tally
) -> None:
    """Send every record to the topic of its channel, keyed by its customer, its bytes as they are.

    On the stream clock the newest `at` follows now and then, and at the end, as a tick: never before the
    broker has all that is older. Returns when the broker has acknowledged everything, and raises what the
    producer raises.
    """
    names = {channel: topic_name(settings, topic) for channel, topic in CHANNELS.items()}
    unconfirmed: list[Awaitable[object]] = []
    newest: datetime | None = None
    ticked = time.monotonic()
    async for chunk in chunks:
        unconfirmed += [
            await producer.send(names[r.channel], r.value, key=r.customer_id.encode()) for r in chunk
        ]
        tally.sent, tally.at = tally.sent + len(chunk), chunk[-1].at
        newest = max(*(record.at for record in chunk), newest or chunk[0].at)
        late = time.monotonic() - ticked >= TICK_EVERY_S
        if late or len(unconfirmed) >= UNCONFIRMED:
            await asyncio.gather(*unconfirmed)
            unconfirmed.clear()
        if late:
            await _tick(producer, settings, newest)
            ticked = time.monotonic()
        # The producer's own task gets its turn even where nothing made us wait.
        await asyncio.sleep(0)
    await asyncio.gather(*unconfirmed)
    await _tick(producer, settings, newest)


async def _tick(producer: Producer, settings: Settings, at: datetime | None) -> None:
    """Tell every partition that all up to `at` is there; workers with a clock of their own need no tick."""
    if at is None or settings.clock == "wall":
        return
    name, value = topic_name(settings, topics.CONTROL), encode(ClockTicked(at=at))
    told = [await producer.send(name, value, partition=n) for n in range(settings.partitions)]
    await asyncio.gather(*told)
