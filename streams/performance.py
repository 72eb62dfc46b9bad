"""A demo's performance: the sample journeys replayed at a pace for people, and everything said about them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from schemas.outputs import Output
from streams import topic_check
from streams.board import Board
from streams.outlook import heard, listening
from streams.records import Record, Tally
from streams.replay import due, send, sending
from streams.settings import Settings
from streams.topic_check import topic_name

CONSUMED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.3


@dataclass(slots=True)
class Performance:
    """What has happened so far; `sent_at` and `said` keep wall times for the summary."""

    board: Board
    tally: Tally = field(default_factory=Tally)
    sent_at: dict[str, float] = field(default_factory=dict)
    said: list[tuple[float, Output]] = field(default_factory=list)
    took_s: float = 0.0
    left: int = 0
    dead_letters: int = 0


async def perform(
    settings: Settings, records: Sequence[Record], seconds: float, tell: Callable[[Output], None],
    performance: Performance,
) -> None:  # fmt: skip
    """Replay the records in about so many seconds and listen until all of them are consumed, or 60 s more.

    Afterwards `left` says how many were not consumed.
    """
    span_s = (records[-1].at - records[0].at).total_seconds()
    async with listening(settings) as consumer:
        ears = asyncio.ensure_future(_listen(consumer, tell, performance))
        begun = time.monotonic()
        try:
            chunks = _noted(due(records, max(span_s, 1.0) / seconds), performance.sent_at)
            async with sending(settings) as producer:
                await send(producer, settings, chunks, performance.tally)
            performance.left = await _until_consumed(settings, consumer)
            performance.took_s = time.monotonic() - begun
            await _until_heard(consumer)
        finally:
            ears.cancel()
            await asyncio.wait([ears])
        letters = await consumer.end_offsets(_partitions(settings, [topics.DEAD_LETTERS]))
        performance.dead_letters = sum(letters.values())


async def _noted(
    chunks: AsyncIterator[list[Record]], sent_at: dict[str, float]
) -> AsyncIterator[list[Record]]:
    async for chunk in chunks:
        now = time.monotonic()
        for record in chunk:
            sent_at[record.event_id] = now
        yield chunk


async def _listen(
    consumer: AIOKafkaConsumer, tell: Callable[[Output], None], performance: Performance
) -> None:
    async with aclosing(heard(consumer)) as news:
        async for new in news:
            now = time.monotonic()
            for output in new.outputs:
                performance.said.append((now, output))
                performance.board.see(output)
                tell(output)


def _partitions(settings: Settings, wanted: Sequence[topics.Topic]) -> list[TopicPartition]:
    return [
        TopicPartition(topic_name(settings, topic), p) for topic in wanted for p in range(settings.partitions)
    ]


async def _until_consumed(settings: Settings, consumer: AIOKafkaConsumer) -> int:
    """How many records the worker's committed offsets still lack: 0, or what is left after 60 s."""
    ends = await consumer.end_offsets(_partitions(settings, topics.INPUTS))
    deadline = time.monotonic() + CONSUMED_WITHIN_S
    async with topic_check.admin(settings) as client:
        while True:
            committed = await client.list_consumer_group_offsets(settings.app_id)
            done = {tp: max(offset.offset, 0) for tp, offset in committed.items()}
            lag: int = sum(end - done.get(tp, 0) for tp, end in ends.items())
            if not lag or time.monotonic() > deadline:
                return lag
            await asyncio.sleep(LOOK_EVERY_S)


async def _until_heard(consumer: AIOKafkaConsumer) -> None:
    """Outputs are committed with the offsets that caused them: what is there now is all there will be."""
    ends = await consumer.end_offsets(consumer.assignment())
    for tp, end in ends.items():
        while await consumer.position(tp) < end:  # noqa: ASYNC110 - the broker rings no bell
            await asyncio.sleep(LOOK_EVERY_S / 10)
