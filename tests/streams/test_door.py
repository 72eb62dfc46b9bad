"""What the door lets in, what it refuses and with which code, and when it has had enough."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import pytest
from aiokafka.partitioner import murmur2

from schemas.codec import read_chat, read_control
from schemas.control import ClockTicked
from streams.door import WINDOW, ControlDoor, Door, Limit, TooManyBad
from streams.partitioning import Homes
from streams.ports import Arrival, DeadLetter, Header

AT = "2026-03-02T08:00:00Z"
AT_MS = 1_772_438_400_000
DAY_S = 86_400.0
HOME = (murmur2(b"ann") & 0x7FFFFFFF) % 4


class Arrived(NamedTuple):
    """A record that arrived when its event happened."""

    value: bytes | None
    key: bytes | None = b"ann"
    offset: int = 0
    timestamp: int = AT_MS
    headers: Sequence[Header] = ()


def chat(at: str = AT, customer: str = "ann") -> bytes:
    return (
        f'{{"type":"chat.queued","event_id":"e","at":"{at}","customer_id":"{customer}","conversation_id":"v"}}'
    ).encode()


def door(max_ahead_s: float = DAY_S) -> Door:
    return Door("support.chat", read_chat, "letters", Homes(4), max_ahead_s)


def limit() -> Limit:
    return Limit("support.chat partition 0", 0.5, 500)


def code(record: Arrival, partition: int = HOME, max_ahead_s: float = DAY_S) -> str | None:
    [(_, _, what)] = door(max_ahead_s).admit(partition, [record], limit())
    return what.code if isinstance(what, DeadLetter) else None


@pytest.mark.parametrize(
    ("record", "partition", "expected"),
    [
        (Arrived(chat()), HOME, None),
        (Arrived(chat(customer="bob")), HOME, "key-mismatch"),
        (Arrived(chat(), key=None), HOME, "key-mismatch"),
        (Arrived(chat()), (HOME + 1) % 4, "wrong-partition"),
        (Arrived(chat("2026-03-03T08:00:01Z")), HOME, "future-time"),
        (Arrived(chat("2026-03-03T08:00:00Z")), HOME, None),
        (Arrived(b"{"), HOME, "not-json"),
        (Arrived(None), HOME, "null-value"),
    ],
)
def test_a_record_is_let_in_or_gets_its_code(record: Arrival, partition: int, expected: str | None) -> None:
    assert code(record, partition) == expected


def test_without_a_wall_clock_the_future_is_not_judged() -> None:
    assert code(Arrived(chat("2099-01-01T00:00:00Z")), max_ahead_s=inf) is None


def test_a_chunk_keeps_its_order_and_a_letter_has_no_time() -> None:
    records = [Arrived(chat(), offset=5), Arrived(b"{", offset=6), Arrived(chat(), offset=7)]
    taken = door().admit(HOME, records, limit())
    assert [(at, offset) for at, offset, _ in taken] == [(AT_MS / 1000, 5), (None, 6), (AT_MS / 1000, 7)]


def test_a_dead_letter_carries_the_original_key_and_bytes_and_where_it_lay() -> None:
    [(_, _, what)] = door().admit(2, [Arrived(b"{", key=b"k", offset=9)], limit())
    assert isinstance(what, DeadLetter)
    headers = dict(what.record.headers)
    assert (what.record.topic, what.record.key, what.record.value) == ("letters", b"k", b"{")
    assert headers["__connect.errors.topic"] == b"support.chat"
    assert headers["__connect.errors.partition"] == b"2"
    assert headers["__connect.errors.offset"] == b"9"


def test_half_of_the_window_may_be_bad_and_one_more_may_not() -> None:
    judged = limit()
    for _ in range(WINDOW // 2):
        judged.bad()
        judged.good(1)
    judged.bad()
    with pytest.raises(TooManyBad, match="501 of the last 1000"):
        judged.bad()


def test_bad_records_outside_the_window_are_forgotten() -> None:
    judged = limit()
    for _ in range(20):
        for _ in range(400):
            judged.bad()
        judged.good(WINDOW)


def test_a_run_of_bad_records_in_one_chunk_ends_it() -> None:
    records = [Arrived(chat()), *[Arrived(b"{", offset=i) for i in range(1, 4)]]
    with pytest.raises(TooManyBad, match="3 bad records in a row"):
        door().admit(HOME, records, Limit("p", 1.0, 3))


def test_a_run_of_bad_records_ends_it() -> None:
    judged = Limit("p", 1.0, 3)
    judged.bad()
    judged.bad()
    judged.good(1)
    judged.bad()
    judged.bad()
    with pytest.raises(TooManyBad, match="3 bad records in a row"):
        judged.bad()


TICK = f'{{"type":"clock.ticked","at":"{AT}"}}'.encode()


def control_door(*, ticks_awaited: bool) -> ControlDoor:
    return ControlDoor("simmer.control", read_control, "letters", ticks_awaited=ticks_awaited)


def test_a_tick_is_let_in_with_any_key_on_every_partition() -> None:
    records = [Arrived(TICK, key=None), Arrived(TICK, key=b"any", offset=1)]
    for partition in range(4):
        taken = control_door(ticks_awaited=True).admit(partition, records, limit())
        assert [(at, offset, type(what)) for at, offset, what in taken] == [
            (AT_MS / 1000, 0, ClockTicked), (AT_MS / 1000, 1, ClockTicked),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "awaited", "wanted"),
    [
        (TICK, False, "unexpected-tick"),
        (None, True, "null-value"),
        (b'{"type":"clock.ticked","at":"noon"}', True, "bad-time"),
        (b'{"type":"clock.stopped","at":"2026-03-02T08:00:00Z"}', True, "unknown-type"),
    ],
)
def test_what_is_no_tick_or_not_awaited_is_a_letter(
    value: bytes | None, *, awaited: bool, wanted: str
) -> None:
    [(at, _, what)] = control_door(ticks_awaited=awaited).admit(0, [Arrived(value)], limit())
    assert (at, isinstance(what, DeadLetter) and what.code) == (None, wanted)


def test_too_much_rubbish_on_the_control_topic_is_too_much() -> None:
    with pytest.raises(TooManyBad):
        control_door(ticks_awaited=True).admit(0, [Arrived(b"{")] * 501, limit())
