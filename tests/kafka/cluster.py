"""What the tests do to a cluster: send, read back, and ask how far a group is."""

import asyncio
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import TopicPartition

from schemas import codec, topics
from schemas.control import ClockTicked
from schemas.event import Event
from streams.broker import kafka, parts
from streams.commands.topics import create_missing
from streams.free_port import free_port
from streams.records import record
from streams.replay import CHANNELS
from streams.settings import Settings
from streams.topic_check import topic_name

JARS = Path(__file__).resolve().parents[2] / ".simmer" / "kafka"
"""Kept between runs, in the folder where `simmer broker` looks for them too."""


def kafka_parts() -> tuple[str, Path]:
    """Java and the folder of jars, fetched where they are not kept yet; raises `PartMissing`."""
    return parts.java(), parts.jars(JARS, print)


@contextmanager
def real_kafka(folder: Path, extra: kafka.Extra = kafka.PLAIN) -> Iterator[str]:
    """The address of a real Kafka that lives as long as the block; raises `PartMissing`."""
    java, jars = kafka_parts()
    address = ("127.0.0.1", free_port("127.0.0.1"))
    node = kafka.start(address, folder / "kafka", jars, java, extra)
    try:
        yield "{}:{}".format(*address)
    finally:
        node.stop()


def named_anew(base: Settings) -> Settings:
    """These settings for a deployment of its own, none of whose topics exist yet."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    return replace(base, app_id=name, topic_prefix=f"{name}.")


def with_topics(settings: Settings) -> Settings:
    """These settings, once all their topics are there."""
    asyncio.run(create_missing(settings))
    return settings


def deployed(base: Settings) -> Settings:
    """These settings for a deployment of its own, with all its topics."""
    return with_topics(named_anew(base))


class Read(NamedTuple):
    """A record read back."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Sent(NamedTuple):
    """A record to be sent; without a partition the key decides, by murmur2."""

    topic: topics.Topic
    key: bytes | None
    value: bytes | None
    partition: int | None = None


def sent(event: Event) -> Sent:
    """An event as an adapter would send it."""
    value = codec.encode(event)
    return Sent(CHANNELS[record(value).channel], event.customer_id.encode(), value)


def ticks(settings: Settings, at: datetime) -> list[Sent]:
    """A tick for every partition, as a replay sends it."""
    value = codec.encode(ClockTicked(at=at))
    return [Sent(topics.CONTROL, None, value, n) for n in range(settings.partitions)]


def send(settings: Settings, records: Iterable[Sent]) -> None:
    """Send in this order and await every acknowledgement."""
    asyncio.run(_send(settings, list(records)))


async def _send(settings: Settings, records: Sequence[Sent]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.broker, linger_ms=5, max_batch_size=1 << 18, max_request_size=9 << 20
    )
    await producer.start()
    try:
        acks = [
            await producer.send(
                topic_name(settings, record.topic), record.value, key=record.key, partition=record.partition
            )
            for record in records
        ]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


def read(settings: Settings, topic: topics.Topic, *, committed: bool = True) -> list[Read]:
    """Everything in a topic, in the order of its partitions."""
    return asyncio.run(_read(settings, topic_name(settings, topic), committed))


async def _read(settings: Settings, name: str, committed: bool) -> list[Read]:  # noqa: FBT001 - private
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker,
        isolation_level="read_committed" if committed else "read_uncommitted",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=16 << 20,
        fetch_max_wait_ms=50,
    )
    tps = [TopicPartition(name, p) for p in range(settings.partitions)]
    consumer.assign(tps)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(tps)
        found: list[Read] = []
        # Positions pass the markers at a topic's end, which are never delivered; counting records would wait.
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += [Read(r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records]
    finally:
        await consumer.stop()
    return sorted(found, key=lambda r: (r.partition, r.offset))


class Group:
    """A consumer group's progress on the inputs, asked over one connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = {topic_name(settings, topic) for topic in topics.INPUTS}
        self._runner = asyncio.Runner()
        self._admin = self._runner.run(self._connect())

    async def _connect(self) -> AIOKafkaAdminClient:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._settings.broker)
        await admin.start()
        return admin

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._runner.run(self._admin.close())
        self._runner.close()

    def joined(self) -> bool:
        """Whether somebody is in the group and its partitions are assigned."""
        try:
            answers = self._runner.run(self._admin.describe_consumer_groups([self._settings.app_id]))
        except GroupCoordinatorNotAvailableError:
            return False
        return any(group[2] == "Stable" for answer in answers for group in answer.groups)

    def committed(self) -> int:
        """Records that the group has committed, over all inputs."""
        try:
            found = self._runner.run(self._admin.list_consumer_group_offsets(self._settings.app_id))
        except GroupCoordinatorNotAvailableError:
            # A broker that has just started makes the topic of the offsets when the first group comes.
            return 0
        return sum(max(0, o.offset) for tp, o in found.items() if tp.topic in self._names)
