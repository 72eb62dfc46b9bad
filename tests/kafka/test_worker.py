"""The worker as its users meet it: events in, interventions out, answers over HTTP, refusals in one line."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from schemas import chat, topics
from schemas.event import Event
from streams.free_port import free_port
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.kafka.asking import get, on_a_free_port, ready
from tests.kafka.cluster import Group, read, send, sent
from tests.kafka.crowd import crowd
from tests.worker_process import OURS, ROOT, environ, running

WHO = "customer-7"


def boiling(who: str) -> list[Event]:
    """A customer who goes from a calm question to fury in one long chat."""
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    lines = (
        "hello, my parcel has not come",
        "I have told you this three times already, this is ridiculous",
        "nobody is helping me, I am fed up with this",
        "this is the worst service I have ever had",
        "absolutely disgusting, you are useless and I am furious",
        "I want to cancel everything, this is unacceptable",
        "you have ruined my week, I am done with you",
        "DISGUSTING! I AM FURIOUS! WORST COMPANY EVER!",
    )
    common = {"customer_id": who, "conversation_id": "v-1"}
    events: list[Event] = [chat.ChatQueued(event_id=f"{who}-q", at=start, **common)]
    events.append(chat.ChatAccepted(event_id=f"{who}-a", at=start + timedelta(minutes=20), **common))
    for i, text in enumerate(lines):
        at = start + timedelta(minutes=21 + 2 * i)
        events.append(chat.ChatMessage(event_id=f"{who}-{i}", at=at, actor="customer", text=text, **common))
    return events


def test_events_go_in_and_one_intervention_with_reasons_comes_out(deployment: Settings) -> None:
    events = boiling(WHO)
    with running(deployment) as worker, Group(deployment) as group:
        send(deployment, map(sent, events))
        worker.until(lambda: group.committed() == len(events), 60, "lag 0")
    records = read(deployment, topics.INTERVENTIONS)
    said = [orjson.loads(record.value or b"") for record in records]
    assert [(s["type"], s["customer_id"], records[0].key) for s in said] == [
        ("intervene-now", WHO, WHO.encode())
    ]
    known = {event.event_id for event in events}
    assert said[0]["reasons"]
    proofs = {proof for reason in said[0]["reasons"] for proof in reason["event_ids"]}
    assert all(proof in known or "-wait@" in proof for proof in proofs)
    assert all(reason["points"] for reason in said[0]["reasons"])
    headers = dict(records[0].headers)
    assert (headers["ce_specversion"], headers["ce_id"]) == (b"1.0", said[0]["id"].encode())


def test_a_customer_can_be_asked_for_and_a_stranger_is_404(deployment: Settings) -> None:
    settings = on_a_free_port(deployment)
    events = boiling(WHO)
    with running(settings) as worker, Group(settings) as group:
        send(settings, map(sent, events))
        worker.until(lambda: group.committed() == len(events), 60, "lag 0")
        status, body, _ = get(settings, f"/customers/{WHO}")
        stranger = get(settings, "/customers/nobody")
        metrics = get(settings, "/metrics")[1].decode()
    assert status == 200
    assert orjson.loads(body)["rung"] in {"annoyed", "furious"}
    assert (stranger[0], orjson.loads(stranger[1])) == (404, {"error": "no such customer"})
    assert f'simmer_events_total{{channel="chat"}} {len(events)}.0' in metrics
    assert WHO not in metrics


def test_of_two_workers_the_one_that_does_not_own_a_customer_names_the_one_that_does(
    deployment: Settings,
) -> None:
    one, two = on_a_free_port(deployment), on_a_free_port(deployment)
    send(deployment, map(sent, crowd(200, customers=40, seed=3)))
    with running(one, name="one") as a, running(two, name="two") as b, Group(deployment) as group:
        a.until(ready(one), 60, "readiness of one")
        b.until(ready(two), 60, "readiness of two")
        a.until(lambda: group.committed() == 200, 60, "lag 0")
        a.until(lambda: ready(one)() and ready(two)(), 60, "readiness of both")
        paths = [f"/customers/customer-{i}" for i in range(40)]
        answers = [(get(one, path), get(two, path), path) for path in paths]
    kinds = {(x[0], y[0]) for x, y, _ in answers}
    assert kinds == {(200, 307), (307, 200)}
    for x, y, path in answers:
        away, owner = (x, two) if x[0] == 307 else (y, one)
        assert away[2]["Location"] == f"http://{owner.web_host}:{owner.web_port}{path}"


def start(settings: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        OURS, cwd=ROOT, env=environ(settings), capture_output=True, text=True, timeout=60, check=False
    )


def refused(settings: Settings, *words: str) -> None:
    ended = start(settings)
    lines = ended.stderr.strip().splitlines()
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert any(all(word in line for word in words) for line in lines), ended.stderr


def test_the_worker_refuses_to_start_where_a_topic_is_missing_and_names_it(deployment: Settings) -> None:
    settings = replace(deployment, topic_prefix=deployment.topic_prefix + "other-", web_port=0)
    refused(settings, settings.topic_prefix + "support.chat", "missing")


def test_the_worker_refuses_to_start_where_partitions_are_unequal_and_names_the_topic(
    deployment: Settings,
) -> None:
    name = topic_name(deployment, topics.CALL)

    async def widen() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=deployment.broker)
        await admin.start()
        await admin.create_partitions({name: NewPartitions(total_count=deployment.partitions + 1)})
        await admin.close()

    asyncio.run(widen())
    refused(replace(deployment, web_port=0), name, str(deployment.partitions + 1), str(deployment.partitions))


def test_a_port_in_use_is_a_line_that_names_the_setting(deployment: Settings) -> None:
    settings = on_a_free_port(deployment)
    with running(settings) as worker:
        worker.until(ready(settings), 60, "readiness")
        refused(settings, "SIMMER_WEB_PORT", str(settings.web_port))


def test_a_broker_that_does_not_answer_is_a_line_that_names_the_setting(deployment: Settings) -> None:
    nobody = f"127.0.0.1:{free_port('127.0.0.1')}"
    refused(replace(deployment, broker=nobody, web_port=0), "SIMMER_BROKER", nobody)


def test_readiness_is_refused_until_recovery_is_over_and_sigterm_exits_with_0(deployment: Settings) -> None:
    settings = on_a_free_port(deployment)
    with running(settings) as worker:
        seen: list[tuple[int, bytes]] = []

        def ready_at_last() -> bool:
            seen.append(get(settings, "/readyz")[:2])
            return seen[-1][0] == 200

        worker.until(ready_at_last, 60, "readiness")
        assert get(settings, "/healthz")[0] == 200
        assert worker.stop() == 0
    assert {status for status, _ in seen} <= {0, 503, 200}
