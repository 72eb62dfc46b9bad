"""A worker whose files know more than its changelog: it says so in a line, and takes nothing."""

import asyncio
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient

from schemas import topics
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.kafka.cluster import Group, send, sent, with_topics
from tests.kafka.crowd import crowd
from tests.worker_process import running

EVENTS = 1_000


async def _delete(settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.broker)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.05)
    finally:
        await admin.close()


def test_a_worker_refuses_files_of_a_changelog_that_is_gone(deployment: Settings) -> None:
    deployment = replace(deployment, store="rocksdb")
    changelog = topic_name(deployment, topics.changelog(deployment.app_id))
    events = list(crowd(2 * EVENTS, customers=50, seed=6))
    with Group(deployment) as group:
        send(deployment, map(sent, events[:EVENTS]))
        with running(deployment) as worker:
            worker.until(lambda: group.committed() == EVENTS, 60, "lag 0")
            assert worker.stop() == 0
        asyncio.run(_delete(deployment, changelog))
        with_topics(deployment)
        send(deployment, map(sent, events[EVENTS:]))
        with running(deployment, name="again") as worker:
            assert worker.popen.wait(60) == 1
            said = worker.said()
        assert group.committed() == EVENTS
    assert said.splitlines()[-1].startswith(f"simmer worker: {changelog} ")
    assert "can be read up to -1, and rows up to " in said
    assert "Traceback" not in said
