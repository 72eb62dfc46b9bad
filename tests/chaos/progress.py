"""How far the group is in each partition: a lane that stands still does not hide behind the others."""

import asyncio

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from schemas import topics
from streams.settings import Settings
from streams.topic_check import topic_name

Offsets = dict[TopicPartition, int]


def ends(settings: Settings) -> Offsets:
    """Where the inputs end now."""
    return asyncio.run(_ask(settings, committed=False))


def reached(settings: Settings, goal: Offsets) -> bool:
    """Whether the group has committed every partition up to here."""
    committed = asyncio.run(_ask(settings, committed=True))
    return all(committed[tp] >= end for tp, end in goal.items())


async def _ask(settings: Settings, *, committed: bool) -> Offsets:
    # It bears the group's name and never joins it: nobody rebalances.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, group_id=settings.app_id, enable_auto_commit=False
    )
    tps = [
        TopicPartition(topic_name(settings, topic), n)
        for topic in topics.INPUTS
        for n in range(settings.partitions)
    ]
    consumer.assign(tps)
    await consumer.start()
    try:
        if not committed:
            found: Offsets = await consumer.end_offsets(tps)
            return found
        return dict(zip(tps, await asyncio.gather(*(_committed(consumer, tp) for tp in tps)), strict=True))
    finally:
        await consumer.stop()


async def _committed(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int:
    return await consumer.committed(tp) or 0
