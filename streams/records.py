"""Files of our events, line by line: what can be sent, and what cannot and why."""

import gzip
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

from schemas.codec import Code, Unreadable, read_call, read_care, read_chat, read_ticket
from schemas.event import Event

STDIN = "-"

_READERS: dict[str, Callable[[bytes], Event]] = {
    "chat": read_chat,
    "call": read_call,
    "ticket": read_ticket,
    "care": read_care,
}
_CHANNELS = {"chat": "chat", "call": "call", "ticket": "ticket", "customer": "care"}
"""The channel of a type, by what the type begins with."""


class Record(NamedTuple):
    """One event to send, its bytes as they came."""

    channel: str
    customer_id: str
    event_id: str
    at: datetime
    value: bytes


class Bad(NamedTuple):
    """A line that is no event: where it stands and why; never what it says."""

    place: str
    code: Code
    detail: str


@dataclass(slots=True)
class Tally:
    """What a replay has done so far: it counts, for the eye, and decides nothing."""

    lines: int = 0
    sent: int = 0
    bad: int = 0
    at: datetime | None = None


class _Typed(msgspec.Struct):
    type: str = ""


_typed = msgspec.json.Decoder(_Typed).decode


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A file, unpacked if its name ends in `.gz`, or standard input for `-`; raises `OSError`."""
    if name == STDIN:
        yield sys.stdin.buffer
        return
    path = Path(name)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield cast("IO[bytes]", file)


def numbered(name: str, tally: Tally) -> Iterator[tuple[str, bytes]]:
    """Each line that is not blank, with its place as `file:number`; counts all of them."""
    with opened(name) as file:
        for number, line in enumerate(file, 1):
            tally.lines += 1
            if stripped := line.strip():
                yield f"{name}:{number}", stripped


def read(names: Sequence[str], tally: Tally) -> Iterator[Record | Bad]:
    """Every line of files of events, merged by `at`; each file is taken to be in order itself."""
    for _, item in merge(*(_timed(name, tally) for name in names), key=itemgetter(0)):
        yield item


def _timed(name: str, tally: Tally) -> Iterator[tuple[datetime, Record | Bad]]:
    """Each line with the time of its event; a bad one keeps its place behind the event before it."""
    at = datetime.min.replace(tzinfo=UTC)
    for place, line in numbered(name, tally):
        try:
            event = record(line)
        except Unreadable as exc:
            yield at, Bad(place, exc.code, exc.detail)
        else:
            at = event.at
            yield at, event


def record(value: bytes) -> Record:
    """The event that these bytes say, ready to send; raises `Unreadable`."""
    channel = _channel(value)
    event = _READERS[channel](value)
    return Record(channel, event.customer_id, event.event_id, event.at, value)


def _channel(value: bytes) -> str:
    try:
        kind = _typed(value).type.partition(".")[0]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        # Any reader says what is wrong with such bytes.
        return "chat"
    return _CHANNELS.get(kind, "chat")
