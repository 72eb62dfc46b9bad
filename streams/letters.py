"""Reads dead letters, committed only, up to where their topic ended when it was opened."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from schemas import dead_letters
from schemas.dead_letters import Header
from schemas.topics import Topic
from streams import topic_check
from streams.connection import client_options
from streams.handled import Handled
from streams.settings import Settings
from streams.topic_check import topic_name

WAIT_MS = 200
CHUNK = 500
"""Letters of a chunk, and so of a transaction."""

ASK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: the original record, and `ours`, the headers that say what was wrong with it."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    original: list[Header]
    ours: list[Header]
    said: Mapping[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Decode ours once; nobody else's text is among them."""
        said = {name: (text or b"").decode(errors="replace") for name, text in self.ours}
        object.__setattr__(self, "said", said)

    @property
    def place(self) -> str:
        """Partition and offset, as `simmer dead-letters show` takes them."""
        return f"{self.partition}:{self.offset}"

    @property
    def code(self) -> str:
        """Why it could not be taken; empty where it is no letter of ours."""
        return self.said.get(dead_letters.CODE, "")

    @property
    def source(self) -> str:
        """The topic it came from, by its name on the broker; empty where it is no letter of ours."""
        return self.said.get(dead_letters.TOPIC, "")


class Letters:
    """The letters of one topic, as far as they were there when it was opened."""

    def __init__(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._ends = ends

    async def chunks(self, partition: int, begin: int) -> AsyncGenerator[list[Letter], None]:
        """The letters of a partition from an offset on, in their order, at most `CHUNK` at once."""
        tp, end = next((tp, end) for tp, end in self._ends.items() if tp.partition == partition)
        if begin >= end:
            return
        self._consumer.assign([tp])
        self._consumer.seek(tp, begin)
        # A position also passes the markers of transactions, which are never delivered.
        while await self._consumer.position(tp) < end:
            batches = await self._consumer.getmany(tp, timeout_ms=WAIT_MS, max_records=CHUNK)
            if found := [_letter(record) for record in batches.get(tp, ()) if record.offset < end]:
                yield found

    async def from_offset(self, partition: int, begin: int) -> AsyncGenerator[Letter, None]:
        """The same, one by one."""
        async with aclosing(self.chunks(partition, begin)) as chunks:
            async for chunk in chunks:
                for letter in chunk:
                    yield letter


@asynccontextmanager
async def opened(settings: Settings, topic: Topic) -> AsyncIterator[Letters]:
    """The letters of this topic, read by nobody's consumer group; raises aiokafka's errors."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        # Where retention has taken the first of them, the oldest that is left comes first.
        auto_offset_reset="earliest",
    )
    tps = [TopicPartition(topic_name(settings, topic), p) for p in range(settings.partitions)]
    try:
        # Interrupted while it starts, it must be closed too.
        await consumer.start()
        consumer.assign(tps)
        yield Letters(consumer, await consumer.end_offsets(tps))
    finally:
        await consumer.stop()


def group(settings: Settings) -> str:
    """The group whose offsets say which letters are handled; nobody ever joins it."""
    return f"{settings.app_id}-dead-letters"


async def handled(settings: Settings, topic: Topic) -> dict[int, Handled]:
    """What was handled of each partition; raises `BrokerUnreachable`."""
    tps = [TopicPartition(topic_name(settings, topic), p) for p in range(settings.partitions)]
    async with topic_check.admin(settings) as client, asyncio.timeout(topic_check.ANSWER_WITHIN_S * 3):
        found = await _offsets(client, group(settings), tps)
    return {tp.partition: Handled.of(found.get(tp)) for tp in tps}


async def _offsets(client: Any, name: str, tps: list[TopicPartition]) -> Any:
    while True:
        try:
            return await client.list_consumer_group_offsets(name, partitions=tps)
        except KafkaError as exc:
            # A broker that has just started makes the topic of the offsets when the first group comes.
            if not exc.retriable:
                raise
            await asyncio.sleep(ASK_AGAIN_S)


def _letter(record: Any) -> Letter:
    original, ours = dead_letters.parted(record.headers)
    return Letter(record.partition, record.offset, record.timestamp, record.key, record.value, original, ours)
