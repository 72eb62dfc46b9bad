"""A dead letter says why and where from, keeps the original's bytes and headers, and fits its topic."""

from hashlib import sha256
from typing import Any

import pytest

from schemas import dead_letters, topics

GIVEN: dict[str, Any] = {
    "code": "key-mismatch",
    "stage": "door",
    "detail": "the key is not the customer_id",
    "topic": "support.chat",
    "partition": 3,
    "offset": 41,
    "timestamp_ms": 1_772_000_000_000,
    "value": b"{}",
    "original_headers": [("trace", b"\x00\xff"), ("simmer.code", b"theirs"), ("empty", None)],
}

OURS = [
    ("simmer.code", b"key-mismatch"),
    ("simmer.stage", b"door"),
    ("simmer.detail", b"the key is not the customer_id"),
    ("__connect.errors.topic", b"support.chat"),
    ("__connect.errors.partition", b"3"),
    ("__connect.errors.offset", b"41"),
    ("simmer.timestamp", b"1772000000000"),
]


def test_the_originals_headers_are_unchanged_and_ours_follow() -> None:
    assert dead_letters.headers(**GIVEN) == GIVEN["original_headers"] + OURS


def test_whoever_takes_the_last_of_two_headers_reads_ours() -> None:
    assert dict(dead_letters.headers(**GIVEN))["simmer.code"] == b"key-mismatch"


def test_a_null_value_is_told_like_any_other() -> None:
    assert dead_letters.headers(**GIVEN | {"value": None, "original_headers": []}) == OURS


def test_the_documented_names_are_those_that_are_written() -> None:
    huge = b"x" * (dead_letters.VALUE_MOST + 1)
    many = [("h", b"x" * dead_letters.HEADERS_MOST)]
    written = [name for name, _ in dead_letters.headers(**GIVEN | {"value": huge, "original_headers": many})]
    assert written == [*dead_letters.ALWAYS, *dead_letters.SOMETIMES]


def test_a_value_of_exactly_four_mib_is_kept_whole() -> None:
    original = b"x" * (4 << 20)
    assert dead_letters.value(original) is original
    assert dead_letters.headers(**GIVEN | {"value": original, "original_headers": []}) == OURS


def test_a_longer_value_is_cut_and_its_hash_and_length_are_told() -> None:
    original = b"x" * (4 << 20) + b"y"
    assert dead_letters.value(original) == original[:-1]
    said = dict(dead_letters.headers(**GIVEN | {"value": original}))
    assert said["simmer.sha256"] == sha256(original).hexdigest().encode()
    assert said["simmer.length"] == str(len(original)).encode()


def test_null_stays_null() -> None:
    assert (dead_letters.value(None), dead_letters.key(None)) == (None, None)


def test_headers_that_do_not_fit_are_counted_and_the_others_kept() -> None:
    most = dead_letters.HEADERS_MOST
    original = [("a", b"1"), ("b", b"x" * (most - 4)), ("c", b"1"), ("d", b"1")]
    said = dead_letters.headers(**GIVEN | {"original_headers": original})
    assert said == [*original[:2], *OURS, ("simmer.headers-left-out", b"2")]


@pytest.mark.parametrize("size", [1 << 20, 64 << 20])
def test_whatever_came_the_letter_fits_its_topic(size: int) -> None:
    original = b"x" * size
    said = dead_letters.headers(**GIVEN | {"value": original, "original_headers": [("h", original)]})
    kept = [dead_letters.value(original), dead_letters.key(original), *(content for _, content in said)]
    total = sum(len(part or b"") for part in kept) + sum(len(name) for name, _ in said)
    assert total < topics.DEAD_LETTERS.max_message_bytes
