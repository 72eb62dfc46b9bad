"""Replay: good lines go out as they are, in order and on time; bad ones are named with their place."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from aiokafka.errors import MessageSizeTooLargeError
from click.testing import CliRunner

from streams.commands.replay import noticed, replay
from streams.records import Bad, Record, Tally, read
from streams.replay import due, good, send
from streams.settings import Settings

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def text(event_id: str, kind: str = "chat.queued", seconds: float = 0, **more: object) -> bytes:
    at = (START + timedelta(seconds=seconds)).isoformat()
    return orjson.dumps(
        {"type": kind, "event_id": event_id, "at": at, "customer_id": "c-1", "conversation_id": "v-1", **more}
    )


def record(event_id: str, seconds: float, channel: str = "chat") -> Record:
    return Record(channel, "c-1", event_id, START + timedelta(seconds=seconds), event_id.encode())


def write(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


class FakeProducer:
    """Acknowledges what it is given, but for the one value that it refuses."""

    def __init__(self, refused: bytes = b"") -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.refused = refused

    async def send(self, topic: str, value: bytes, *, key: bytes) -> "asyncio.Future[None]":
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if value == self.refused:
            acknowledged.set_exception(MessageSizeTooLargeError())
        else:
            acknowledged.set_result(None)
        self.sent.append((topic, value, key))
        return acknowledged


async def chunks(*records: Record) -> AsyncIterator[list[Record]]:
    yield list(records)


def test_a_good_line_is_read_with_its_own_bytes(tmp_path: Path) -> None:
    line = (
        '  {"conversation_id":"v", "unknown":[1, 2],"type" : "call.queued","customer_id":"é",'
        '"at":"2026-01-05T09:00:00+01:00","event_id":"e"} '
    ).encode()

    (item,) = read([write(tmp_path / "a", line)], Tally())

    assert item == Record("call", "é", "e", START, line.strip())


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{not json", "not-json"),
        (b'"a text"', "wrong-shape"),
        (b'{"no":"type"}', "unknown-type"),
        (text("e", "chat.unheard-of"), "unknown-type"),
        (text("e", "survey.answered"), "unknown-type"),
        (text("e", customer_id=""), "missing-customer"),
        (text("e", at="yesterday"), "bad-time"),
        (text("e", "chat.ended"), "wrong-shape"),
        (b'{"type":"chat.queued","customer_id":"\xff"}', "not-utf8"),
        (b'{"a":' + b"[" * 10_000, "too-deep"),
        (text("e", issue="x" * (1 << 20)), "too-large"),
    ],
)
def test_a_bad_line_is_told_by_place_and_code_and_the_next_is_read(
    tmp_path: Path, line: bytes, code: str
) -> None:
    name = write(tmp_path / "events.jsonl", text("first"), b"", line, text("last"))

    first, bad, last = read([name], Tally())

    assert isinstance(first, Record)
    assert isinstance(bad, Bad)
    assert (first.event_id, bad.place, bad.code) == ("first", f"{name}:3", code)
    assert isinstance(last, Record)
    assert last.event_id == "last"


def test_several_files_are_merged_by_event_time_and_may_be_packed(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", text("a1", seconds=1), b"bad", text("a3", seconds=3))
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(text("b2", "ticket.closed", seconds=2) + b"\n"))
    tally = Tally()

    items = list(read([plain, str(packed)], tally))

    assert [i.event_id if isinstance(i, Record) else i.code for i in items] == ["a1", "not-json", "b2", "a3"]
    assert tally.lines == 4


def test_bad_items_are_told_in_their_turn_and_not_passed_on() -> None:
    told: list[Bad] = []
    bad = Bad("f:2", "not-json", "")

    passed = list(good([record("a", 0), bad, record("b", 1)], told.append))

    assert [r.event_id for r in passed] == ["a", "b"]
    assert told == [bad]


async def test_without_a_speed_records_go_out_at_once_in_large_chunks() -> None:
    records = [record(str(i), i * 3600) for i in range(2500)]

    found = [chunk async for chunk in due(records, None)]

    assert [len(chunk) for chunk in found] == [1000, 1000, 500]
    assert [r for chunk in found for r in chunk] == records


async def test_at_a_speed_no_record_is_early_and_late_ones_are_due_at_once() -> None:
    """20 s at 100 times real time take 0.2 s; one that is behind the one before it does not wait."""
    records = [record("a", 0), record("b", 0), record("c", 10), record("late", 4), record("d", 20)]
    begun = time.monotonic()

    found = [([r.event_id for r in chunk], time.monotonic() - begun) async for chunk in due(records, 100)]

    assert [ids for ids, _ in found] == [["a", "b"], ["c", "late"], ["d"]]
    # A chunk is given when the next record is not due yet, so the last one tells the pace.
    assert found[-1][1] >= 0.19


async def test_each_channel_has_its_topic_and_the_customer_is_the_key() -> None:
    producer, tally = FakeProducer(), Tally()
    sent = [record("a", 0, "chat"), record("b", 1, "call"), record("c", 2, "ticket")]

    await send(producer, Settings(topic_prefix="eu."), chunks(*sent), tally)

    assert producer.sent == [
        ("eu.support.chat", b"a", b"c-1"),
        ("eu.support.call", b"b", b"c-1"),
        ("eu.support.ticket", b"c", b"c-1"),
    ]
    assert (tally.sent, tally.at) == (3, START + timedelta(seconds=2))


async def test_an_event_that_the_broker_refuses_is_not_passed_over() -> None:
    producer = FakeProducer(refused=b"b")

    with pytest.raises(MessageSizeTooLargeError):
        await send(producer, Settings(), chunks(record("a", 0), record("b", 1), record("c", 2)), Tally())


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(replay, [str(tmp_path / "none.jsonl")])

    assert (result.exit_code, result.output) == (
        1,
        f"Error: {tmp_path / 'none.jsonl'}: No such file or directory\n",
    )


def test_an_unreachable_broker_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    name = write(tmp_path / "a.jsonl", text("a"))

    result = CliRunner().invoke(replay, [name], env={"SIMMER_BROKER": "127.0.0.1:1"})

    assert result.exit_code == 1
    assert result.output.splitlines() == ["Error: SIMMER_BROKER=127.0.0.1:1: no broker answers there"]


@pytest.mark.parametrize(
    ("clock", "at", "told"),
    [("wall", START, 1), ("stream", START, 0), ("wall", datetime.now(UTC), 0)],
)
def test_history_for_workers_of_today_is_told_of_once(
    clock: str, at: datetime, told: int, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [record("e", 0)._replace(at=at), record("f", 1)]
    assert list(noticed(iter(records), Settings(clock=clock))) == records
    assert capsys.readouterr().err.count("SIMMER_CLOCK=wall") == told


def test_nothing_to_replay_is_nothing_to_tell() -> None:
    assert list(noticed(iter(()), Settings())) == []
