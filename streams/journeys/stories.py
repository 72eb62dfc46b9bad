"""A dozen hand-written customers, each after something that goes wrong, or right, in customer care."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from operator import attrgetter

import msgspec

from schemas.codec import read_call, read_chat, read_ticket
from schemas.event import Event

WRITTEN_FOR = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""The start that the times in the file belong to."""

_READERS: dict[bytes, Callable[[bytes], Event]] = {
    b"chat": read_chat,
    b"call": read_call,
    b"tick": read_ticket,
}


def stories(start: datetime = WRITTEN_FOR) -> Iterator[Event]:
    """The stories' events in the order of `at`, moved so that they begin at `start`."""
    moved = start - WRITTEN_FOR
    lines = files("streams.journeys").joinpath("stories.jsonl").read_bytes().splitlines()
    for event in sorted(map(_read, lines), key=attrgetter("at")):
        yield msgspec.structs.replace(event, at=event.at + moved)


def _read(line: bytes) -> Event:
    # Each line of the file begins with its type.
    return _READERS[line[10:14]](line)
