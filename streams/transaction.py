"""A lane's Kafka transaction: rows, outputs and offsets become visible together, or not at all."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    ProducerFenced,
    kafka_errors,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from streams.ports import Flush, Header, LaneLost, Mark, Record

# Kafka answers a fenced producer with error 90, which aiokafka 0.14 does not know and would call "unknown".
kafka_errors.setdefault(90, ProducerFenced)

FENCED = (ProducerFenced, InvalidProducerEpoch, InvalidProducerIdMapping)

TRANSACTION_TIMEOUT_MS = 30_000
"""A transaction left open for longer is ended by the broker; a flush takes well under a second."""

Item = tuple[bytes | None, bytes | None, list[Header]]
"""A record's key, value and headers."""

NO_HEADERS: list[Header] = []

RETRY_MS = 10
"""Kafka writes a transaction's markers after it answered the commit, and asks whoever begins the next one too
early to try again; aiokafka's 100 ms would be the slowest part of a flush."""

CLOSE_S = 2.0
"""With the last flush and Faust's own pauses this stays inside what stopping may take."""

BATCH_BYTES = 1 << 19
REQUEST_BYTES = 9 << 20
"""A dead letter of 4 MiB and its headers must fit: Faust's default of 1 MB would stop the worker for ever."""


def metadata_of(mark: Mark) -> str:
    """The committed offset's metadata: the newest `at` so far, so that a restart sorts as before."""
    return repr(mark.newest)


def mark_of(offset: OffsetAndMetadata | None) -> Mark | None:
    """The mark that was committed; none where nothing was."""
    if offset is None or offset.offset < 0:
        return None
    try:
        newest = float(offset.metadata)
    except (TypeError, ValueError):
        # Offsets that somebody reset by hand carry no mark: begin as at the topic's start.
        newest = float("-inf")
    return Mark(offset.offset, newest)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a lane's transaction goes: its number, its changelog and its consumer group."""

    lane: int
    changelog: str
    group: str


class Transaction:
    """The outlet of one lane; opening it fences every earlier owner of the lane."""

    def __init__(self, producer: AIOKafkaProducer, destination: Destination) -> None:
        self._producer = producer
        self._to = destination

    async def commit(self, flush: Flush) -> int:
        """One transaction; gives the base offset of the last batch of rows, or raises `LaneLost`."""
        try:
            return await self._commit(flush)
        except FENCED as exc:
            raise LaneLost(f"lane {self._to.lane}") from exc

    async def _commit(self, flush: Flush) -> int:
        producer, to = self._producer, self._to
        await producer.begin_transaction()
        rows = [(key, value, NO_HEADERS) for key, value in flush.rows]
        row_acks = await send_all(producer, to.changelog, to.lane, rows)
        acks = [
            ack
            for topic, items in _by_topic(flush.records)
            for ack in await send_all(producer, topic, to.lane, items)
        ]
        # A tick's flush covers none, and the broker refuses to be told of none.
        if flush.marks:
            await producer.send_offsets_to_transaction(
                {
                    TopicPartition(topic, to.lane): OffsetAndMetadata(mark.next_offset, metadata_of(mark))
                    for topic, mark in flush.marks.items()
                },
                to.group,
            )
        # aiokafka commits although a batch has failed (producer/sender.py): look at every one of them first.
        for ack in (*row_acks, *acks):
            await ack
        await producer.commit_transaction()
        return (await row_acks[-1]).offset if row_acks else -1

    async def close(self) -> None:
        """Stop the producer; what is open is given up by the broker or by the next owner."""
        # A fenced or unreachable producer cannot say goodbye, and need not.
        with suppress(Exception):
            await asyncio.wait_for(self._producer.stop(), CLOSE_S)


async def send_all(
    producer: AIOKafkaProducer, topic: str, partition: int, items: Sequence[Item]
) -> list[Awaitable[Any]]:
    """Hand these records over in batches; gives for each batch what to await until it is acknowledged."""
    acks = []
    i = 0
    while i < len(items):
        batch = producer.create_batch()
        append = batch.append
        while i < len(items):
            key, value, headers = items[i]
            if append(key=key, value=value, timestamp=None, headers=headers) is None:
                break
            i += 1
        batch.close()
        ack = await producer.send_batch(batch, topic, partition=partition)
        ack.add_done_callback(_heard)
        acks.append(ack)
    return acks


def _heard(ack: "asyncio.Future[Any]") -> None:
    """Of the batches of a flush that has failed already nobody asks; asyncio would print a trace for each."""
    if not ack.cancelled():
        ack.exception()


def _by_topic(records: Sequence[Record]) -> list[tuple[str, list[Item]]]:
    topics: dict[str, list[Item]] = {}
    for topic, key, value, headers in records:
        topics.setdefault(topic, []).append((key, value, headers))
    return list(topics.items())


def transactional_id(app_id: str, lane: int | str) -> str:
    """The name under which a lane's owner is known to the broker, which fences the former one by it."""
    return f"{app_id}-lane-{lane}"


def transactional(connection: Mapping[str, Any], name: str) -> AIOKafkaProducer:
    """A producer whose starting initialises this transactional id."""
    return AIOKafkaProducer(
        **connection,
        transactional_id=name,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        acks="all",
        linger_ms=0,
        retry_backoff_ms=RETRY_MS,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )


async def open_transaction(
    connection: Mapping[str, Any], app_id: str, changelog: str, lane: int
) -> Transaction:
    """Initialise the lane's transactional id: the former owner is fenced, its open transaction ended."""
    producer = transactional(connection, transactional_id(app_id, lane))
    transaction = Transaction(producer, Destination(lane, changelog, app_id))
    try:
        await producer.start()
    except BaseException:
        await transaction.close()
        raise
    return transaction
