"""Dead letters without a broker: what is handled, what can go back and as what, and what is shown."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from aiokafka.structs import OffsetAndMetadata
from click.testing import CliRunner

from schemas import dead_letters
from schemas.codec import Code
from streams.commands.dead_letters import dead_letters as command
from streams.handled import Handled, Round, TooScattered
from streams.legible import lines
from streams.letters import Letter
from streams.partitioning import partition_of
from streams.redrive import Going, Hopeless, Judge
from streams.settings import Settings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()
SETTINGS = Settings(topic_prefix="eu.", partitions=8)
EVENT: dict[str, Any] = {
    "type": "chat.queued",
    "event_id": "e-1",
    "at": "2026-03-02T08:00:00Z",
    "customer_id": "customer-1",
    "conversation_id": "v-1",
}


def letter(
    value: bytes | None, code: Code = "wrong-partition", topic: str = "eu.support.chat", **more: Any
) -> Letter:
    original = more.get("original", [("trace", b"1"), ("empty", None)])
    headers = dead_letters.headers(
        code=code, stage="door", detail="a detail", topic=topic, partition=3, offset=41,
        timestamp_ms=1_772_000_000_000, value=more.get("whole", value), original_headers=original,
    )  # fmt: skip
    theirs, ours = dead_letters.parted(headers)
    return Letter(2, 7, 1_772_000_000_500, more.get("key", b"somebody"), value, theirs, ours)


def event(**fields: Any) -> bytes:
    return orjson.dumps(EVENT | fields)


def back(found: Letter, settings: Settings = SETTINGS) -> Going:
    return Judge(settings).back(found, NOW)


def test_a_letter_goes_back_to_its_topic_with_its_customers_key_and_partition_and_its_own_bytes() -> None:
    value = event(customer_id="é") + b" "
    assert back(letter(value)) == Going(
        "eu.support.chat",
        partition_of("é".encode(), 8),
        ("é".encode(), value, [("trace", b"1"), ("empty", None), ("simmer.replayed", b"1")]),
    )


def test_the_headers_that_an_upstream_gave_in_our_names_are_its_own_and_stay() -> None:
    theirs = [("simmer.code", b"theirs"), ("__connect.errors.topic", b"upstream")]
    assert back(letter(event(), original=theirs)).item[2] == [*theirs, ("simmer.replayed", b"1")]


@pytest.mark.parametrize(("before", "after"), [(b"1", b"2"), (b"41", b"42"), (b"x", b"1"), (None, b"1")])
def test_each_replay_of_one_record_is_counted(before: bytes | None, after: bytes) -> None:
    found = letter(event(), original=[("simmer.replayed", before), ("trace", b"1")])
    assert back(found).item[2] == [("trace", b"1"), ("simmer.replayed", after)]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(letter(b"{"), "not-json: not a JSON document", id="still unreadable"),
        pytest.param(letter(None, "null-value"), "null-value: a tombstone says nothing here", id="no value"),
        pytest.param(
            letter(event(type="call.queued"), "unknown-type"), "unknown-type: the value of `type`", id="type"
        ),
        pytest.param(
            letter(event(), topic="support.chat"),
            "its topic, support.chat, has no customers' events",
            id="prefix",
        ),
        pytest.param(
            letter(
                b'{"type":"clock.ticked","at":"2026-03-02T08:00:00Z"}', "unexpected-tick", "eu.simmer.control"
            ),
            "its topic, eu.simmer.control, has no customers' events",
            id="of nobody",
        ),
        pytest.param(
            letter(event(), "too-large", whole=b"x" * (5 << 20)),
            "too-large: its value was cut at 4194304 bytes",
            id="cut",
        ),
        pytest.param(
            Letter(0, 0, 0, None, event(), [], []),
            "its topic, which it does not say, has no customers' events",
            id="not ours",
        ),
    ],
)
def test_what_would_be_refused_again_or_is_not_whole_cannot_go_back(found: Letter, why: str) -> None:
    with pytest.raises(Hopeless) as caught:
        back(found)
    assert str(caught.value) == why


def test_a_letter_from_the_future_goes_back_once_its_time_is_within_the_bound() -> None:
    ahead = datetime.fromtimestamp(NOW, UTC) + timedelta(days=1)
    assert back(letter(event(at=ahead.isoformat()), "future-time"))
    later = letter(event(at=(ahead + timedelta(seconds=1)).isoformat()), "future-time")
    with pytest.raises(Hopeless, match="future-time: `at` is more than 86400 s after now"):
        back(later)
    assert back(later, replace(SETTINGS, clock="stream"))


def handled_of(found: Handled, offsets: range) -> set[int]:
    return {offset for offset in offsets if not found.waits(offset)}


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_passed_over_waits_and_whatever_is_done_does_not_over_any_number_of_rounds(
    seed: int,
) -> None:
    rng = random.Random(seed)
    # Not every offset is a letter: others are the markers of transactions.
    letters = sorted(rng.sample(range(60), 30))
    done: set[int] = set()
    known = Handled()
    for _ in range(6):
        reading = Round(known)
        share, stop = rng.random(), rng.choice([*letters, 60])
        for offset in letters:
            if offset < known.first:
                assert offset in done
            elif offset < stop:
                if not known.waits(offset):
                    assert offset in done
                    reading.done(offset)
                elif rng.random() < share:
                    done.add(offset)
                    reading.done(offset)
                else:
                    reading.passed_over(offset)
        known = Handled.of(reading.handled().committed())
        assert [offset for offset in letters if not known.waits(offset)] == sorted(done)
    reading = Round(known)
    for offset in letters:
        if offset >= known.first:
            reading.done(offset)
    assert reading.handled() == Handled(max(known.upto, letters[-1] + 1)), "nothing of it is remembered"


@pytest.mark.parametrize("metadata", ["", "x", "20 3-", "20 3-7-9", "20 4-7"])
def test_an_offset_that_somebody_set_by_hand_is_taken_as_it_is(metadata: str) -> None:
    assert Handled.of(OffsetAndMetadata(3, metadata)) == Handled(3)


def test_more_than_the_broker_takes_with_an_offset_is_refused_before_anything_is_sent() -> None:
    assert Handled(9000, tuple((n, n) for n in range(0, 700, 2))).committed().offset == 0
    with pytest.raises(TooScattered):
        Handled(9000, tuple((n, n) for n in range(0, 1400, 2))).committed()


def test_a_letter_is_shown_with_all_that_is_known_of_it() -> None:
    assert list(lines(letter(b'{"text": "caf\xc3\xa9"}', key=None))) == [
        "letter 2:7, 2026-02-25T06:13:20.500Z",
        "  code        wrong-partition",
        "  stage       door",
        "  detail      a detail",
        "  from        eu.support.chat 3:41",
        "  time there  2026-02-25T06:13:20.000Z",
        "  key         null",
        "  header      trace: 1",
        "  header      empty: null",
        "  value       17 bytes",
        '{"text": "café"}',
    ]


def test_a_long_value_is_cut_and_bytes_that_are_no_text_are_shown_in_hex() -> None:
    assert list(lines(letter(b"x" * 5_000)))[-2:] == ["  value       5000 bytes", "x" * 4_000 + "... (cut)"]
    assert list(lines(letter(b"\xff\x00")))[-1] == "hex ff00"
    assert list(lines(letter(b"\xff" * 5_000)))[-1] == "hex " + "f" * 4_000 + "... (cut)"
    shown = list(lines(letter(b"x", whole=b"x" * (5 << 20))))
    assert shown[-2].startswith("  value       1 bytes, cut: it had 5242880 bytes with sha256 ")


def test_nothing_in_a_letter_moves_the_terminals_cursor() -> None:
    hostile = letter(b"\x1b[2J", key=b"\x1b]0;", original=[("\x1b[H", b"\x07")])
    assert all(text.isprintable() for text in lines(hostile))


@pytest.mark.parametrize("place", ["2", "2:", "x:1", "2:1-", "-1:2", "2:1:3"])
def test_a_place_that_is_none_is_one_line_that_says_what_would_be_right(place: str) -> None:
    result = CliRunner().invoke(command, ["show", "--", place])
    assert result.exit_code == 2
    assert "must be PARTITION:OFFSET or PARTITION:FIRST-LAST, such as 2:41" in result.output


@pytest.mark.parametrize("arguments", [["list"], ["show", "0:0"], ["replay"]])
def test_a_broker_that_is_not_there_is_one_line(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMMER_BROKER", "127.0.0.1:1")
    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code, result.output) == (
        1, "Error: SIMMER_BROKER=127.0.0.1:1: no broker answers there\n"
    )  # fmt: skip
