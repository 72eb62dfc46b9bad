"""Bad input gets a clear answer and nothing is lost: a dead letter with a code; the next record is taken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiokafka.partitioner import murmur2

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import DEFAULT
from schemas import topics
from schemas.codec import read_chat
from streams.settings import Settings
from tests.kafka.cluster import Group, Read, Sent, read, send
from tests.worker_process import running

WHO = "customer-1"
GOOD = {
    "type": "chat.message",
    "event_id": "e-1",
    "at": "2026-03-02T08:00:00Z",
    "customer_id": WHO,
    "conversation_id": "v-1",
    "actor": "customer",
    "text": "hello",
}


def partition_of(key: bytes, partitions: int) -> int:
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def changed(**fields: object) -> bytes:
    return orjson.dumps({name: value for name, value in (GOOD | fields).items() if value is not None})


BAD: dict[str, tuple[str, bytes | None]] = {
    "not JSON": ("not-json", b"{'single': quotes}"),
    "an array instead of an object": ("wrong-shape", b"[1, 2, 3]"),
    "a number for a text": ("wrong-shape", changed(text=5)),
    "an actor that there is not": ("wrong-shape", changed(actor="ghost")),
    "an unknown type": ("unknown-type", changed(type="chat.exploded")),
    "a type of another topic": ("unknown-type", changed(type="call.queued")),
    "no type": ("unknown-type", changed(type=None)),
    "no customer": ("missing-customer", changed(customer_id=None)),
    "an empty customer": ("missing-customer", changed(customer_id="")),
    "a key of another customer": ("key-mismatch", changed(customer_id="customer-2")),
    "no value": ("null-value", None),
    "bytes that are not UTF-8": ("not-utf8", changed(text="caf\u00e9").replace("\u00e9".encode(), b"\xe9")),
    "more than 1 MiB": ("too-large", changed(text="x" * (1 << 20))),
    "much more than 1 MiB": ("too-large", changed(text="x" * (3 << 20))),
    "nested 10,000 deep": ("too-deep", changed()[:-1] + b',"extra":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "a time that is none": ("bad-time", changed(at="yesterday")),
    "a time without zone": ("bad-time", changed(at="2026-03-02T08:00:00")),
    "a time two days ahead": (
        "future-time",
        changed(at=(datetime.now(UTC) + timedelta(days=2)).isoformat()),
    ),
}


def folded(values: list[bytes]) -> Customer:
    """The customer after these events and nothing else."""
    customer = state.new()
    for value in values:
        event = read_chat(value)
        customer, _ = step(customer, event, event.at.timestamp(), DEFAULT)
    return customer


def letters_after(settings: Settings, records: list[Sent]) -> list[Read]:
    """Send, let a worker reach lag 0; gives the dead letters."""
    with running(settings) as worker, Group(settings) as group:
        send(settings, records)
        worker.until(lambda: group.committed() == len(records), 60, "lag 0")
    return read(settings, topics.DEAD_LETTERS)


def test_every_kind_of_bad_input_becomes_a_dead_letter_with_its_code_and_bytes(deployment: Settings) -> None:
    """Each is followed by a good record, and all good ones arrive."""
    settings = replace(deployment, clock="wall", bad_ratio=1.0)
    key = WHO.encode()
    home = partition_of(key, settings.partitions)
    good = [changed(event_id=f"good-{i}") for i in range(len(BAD))]
    records = []
    for (_, value), next_one in zip(BAD.values(), good, strict=True):
        records.append(Sent(topics.CHAT, key, value, home))
        records.append(Sent(topics.CHAT, key, next_one, home))
    wrong = (home + 1) % settings.partitions
    records.append(Sent(topics.CHAT, key, changed(event_id="elsewhere"), wrong))
    letters = letters_after(settings, records)
    expected = [(code.encode(), value, str(2 * i).encode()) for i, (code, value) in enumerate(BAD.values())]
    found = [
        (headers["simmer.code"], letter.value, headers["__connect.errors.offset"])
        for letter in letters
        for headers in [dict(letter.headers)]
        if letter.partition == home
    ]
    assert found == expected
    rows = [r.value for r in read(settings, topics.changelog(settings.app_id)) if r.key == key]
    assert state.decode(rows[-1] or b"") == folded(good)
    strays = [dict(letter.headers) for letter in letters if letter.partition == wrong]
    assert [(h["simmer.code"], h["__connect.errors.partition"]) for h in strays] == [
        (b"wrong-partition", str(wrong).encode())
    ]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        pytest.param(lambda i: True, "500 bad records in a row", id="a run of 500"),
        pytest.param(lambda i: i % 3 != 0, "of the last 1000 records are bad", id="more than half of 1,000"),
    ],
)
def test_past_the_limit_the_worker_stops_with_one_line_because_then_it_is_not_the_data(
    deployment: Settings, bad: Callable[[int], bool], said: str
) -> None:
    key = WHO.encode()
    values = [b"rubbish" if bad(i) else changed(event_id=f"good-{i}") for i in range(1_200)]
    send(deployment, [Sent(topics.CHAT, key, value) for value in values])
    with running(deployment) as worker:
        assert worker.popen.wait(60) == 1
        lines = worker.said().splitlines()
    stopped = [line for line in lines if line.startswith("simmer worker: ") and said in line]
    assert len(stopped) == 1
    assert not any("Traceback" in line for line in lines)
