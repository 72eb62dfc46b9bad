"""What a dead letter looks like: the original key, bytes and headers, and more headers that say why."""

from collections.abc import Iterable
from hashlib import sha256

from schemas.codec import Code

CODE = "simmer.code"
STAGE = "simmer.stage"
DETAIL = "simmer.detail"
TIMESTAMP_MS = "simmer.timestamp"
SHA256 = "simmer.sha256"
LENGTH = "simmer.length"
HEADERS_LEFT_OUT = "simmer.headers-left-out"
PARKED = "simmer.parked"
REPLAYED = "simmer.replayed"
# Kafka Connect's names, because tools for dead letters know them.
TOPIC = "__connect.errors.topic"
PARTITION = "__connect.errors.partition"
OFFSET = "__connect.errors.offset"

ALWAYS: dict[str, str] = {
    CODE: "why the record could not be taken",
    STAGE: "`decode` where its bytes say so, `door` where its key, partition or time does",
    DETAIL: "where in the record; never quotes it",
    TOPIC: "topic it was read from",
    PARTITION: "its partition there",
    OFFSET: "its offset there",
    TIMESTAMP_MS: "its own Kafka timestamp, in milliseconds since 1970",
}
"""Headers of every dead letter, and what their UTF-8 text says."""

SOMETIMES: dict[str, str] = {
    SHA256: "hash of the whole original value, in hex; only where it was cut",
    LENGTH: "length of the whole original value in bytes; only where it was cut",
    HEADERS_LEFT_OUT: "how many of the original's headers did not fit; only where some did not",
}
"""Headers of those dead letters that do not hold all of the original."""

WHEN_PARKED: dict[str, str] = {PARKED: "why it could not be sent back: a code and where in the record"}
"""The header that a parked letter has besides. A record that was sent back has `REPLAYED`: how often."""

DOOR_CODES: frozenset[Code] = frozenset({"key-mismatch", "wrong-partition", "future-time", "unexpected-tick"})
"""Codes that the record's bytes alone do not say."""

VALUE_MOST = 4 << 20
"""Bytes of the original value that are kept. A compressed record can be far larger than its topic allows."""

KEY_MOST = 1 << 20
"""Bytes of the original key that are kept."""

HEADERS_MOST = 1 << 20
"""Bytes of the original's headers that are kept; with key and value this stays below the topic's 8 MiB."""

Header = tuple[str, bytes]


def value(original: bytes | None) -> bytes | None:
    """The original value, cut at `VALUE_MOST` bytes."""
    return original if original is None or len(original) <= VALUE_MOST else original[:VALUE_MOST]


def key(original: bytes | None) -> bytes | None:
    """The original key, cut at `KEY_MOST` bytes."""
    return original if original is None or len(original) <= KEY_MOST else original[:KEY_MOST]


def headers(  # noqa: PLR0913 - one argument for each thing that is told
    *,
    code: Code,
    stage: str,
    detail: str,
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    value: bytes | None,
    original_headers: Iterable[Header],
) -> list[Header]:
    """The original's own headers in their order, then ours; `value` is the original's, not cut.

    Ours come last because readers take the last of two headers with one name: a dead letter that is sent
    again and fails again is told by its newest reason, and nobody can send a reason of their own.
    """
    said = {
        CODE: code,
        STAGE: stage,
        DETAIL: detail,
        TOPIC: topic,
        PARTITION: str(partition),
        OFFSET: str(offset),
        TIMESTAMP_MS: str(timestamp_ms),
    }
    if value is not None and len(value) > VALUE_MOST:
        said[SHA256] = sha256(value).hexdigest()
        said[LENGTH] = str(len(value))
    kept, left_out = _that_fit(original_headers)
    if left_out:
        said[HEADERS_LEFT_OUT] = str(left_out)
    return kept + [(name, text.encode()) for name, text in said.items()]


def parted(headers: Iterable[Header]) -> tuple[list[Header], list[Header]]:
    """A letter's headers as two: the original's own, and ours, of which a foreign record has none."""
    found = list(headers)
    names = [name for name, _ in found]
    if CODE not in names:
        return found, []
    ours_from = len(names) - 1 - names[::-1].index(CODE)
    return found[:ours_from], found[ours_from:]


def _that_fit(original: Iterable[Header]) -> tuple[list[Header], int]:
    kept, left_out, room = [], 0, HEADERS_MOST
    for name, content in original:
        # A header may be null, whatever the client's types say.
        room -= len(name.encode()) + len(content or b"")
        if room >= 0:
            kept.append((name, content))
        else:
            left_out += 1
    return kept, left_out
