"""Files of labelled dialogues as chats: each dialogue is one customer who talks to the company once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import PurePath

import msgspec

from schemas import chat
from schemas.codec import Unreadable, encode
from schemas.event import Actor, Event
from streams.records import STDIN, Bad, Record, Tally, numbered, record

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When the first dialogue begins: they carry no times of their own."""
BETWEEN = timedelta(seconds=20)
ACCEPTED_AFTER = timedelta(seconds=10)
A_TURN = timedelta(seconds=30)

ACTORS: dict[str, Actor] = {
    "customer": "customer", "user": "customer",
    "agent": "agent", "company": "agent",
    "bot": "bot", "system": "bot",
}  # fmt: skip


class Turn(msgspec.Struct, frozen=True):
    """Somebody said something; labels are for those who judge the model, never for the model."""

    speaker: str
    text: str


class Dialogue(msgspec.Struct, frozen=True):
    """One line of such a file."""

    dialogue_id: str
    turns: tuple[Turn, ...]


_decode = msgspec.json.Decoder(Dialogue).decode


def read(names: Sequence[str], tally: Tally) -> Iterator[Record | Bad]:
    """The dialogues of all files as chats, one begun every 20 s with a turn every 30 s, in the order of `at`.

    A customer is named by file and dialogue, so files that share dialogue ids do not clash; a dialogue that a
    file has twice is bad.
    """
    coming: list[tuple[datetime, int, int, Record]] = []
    begins = START
    for number, item in enumerate(_chats(names, tally)):
        if isinstance(item, Bad):
            yield item
            continue
        while coming and coming[0][0] < begins:
            yield heappop(coming)[3]
        for n, event in enumerate(_events(*item, begins)):
            heappush(coming, (event.at, number, n, record(encode(event))))
        begins += BETWEEN
    while coming:
        yield heappop(coming)[3]


def _chats(names: Sequence[str], tally: Tally) -> Iterator[tuple[str, Dialogue] | Bad]:
    """Each dialogue with its customer's name."""
    for source, name in zip(sources(names), names, strict=True):
        seen: set[str] = set()
        for place, line in numbered(name, tally):
            try:
                dialogue = _dialogue(line, seen)
                customer_id = f"{source}:{dialogue.dialogue_id}"
                # What the worker would refuse is refused here, by line.
                for event in _events(customer_id, dialogue, START):
                    record(encode(event))
            except Unreadable as exc:
                yield Bad(place, exc.code, exc.detail)
            else:
                yield customer_id, dialogue


def sources(names: Sequence[str]) -> list[str]:
    """A name for each file, no two alike: without folder and endings, numbered where that is not enough.

    >>> sources(["a/x.jsonl", "b/x.jsonl.gz", "-"])
    ['x', 'x-2', 'stdin']
    """
    found: list[str] = []
    for name in names:
        stem = "stdin" if name == STDIN else PurePath(name).name.split(".")[0]
        times = sum(1 for other in found if other.rpartition("-")[0] == stem or other == stem)
        found.append(stem if not times else f"{stem}-{times + 1}")
    return found


def _dialogue(line: bytes, seen: set[str]) -> Dialogue:
    try:
        dialogue = _decode(line)
    except msgspec.ValidationError as exc:
        raise Unreadable("wrong-shape", str(exc)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("not-json", "not a JSON document") from None
    strangers = {turn.speaker for turn in dialogue.turns} - ACTORS.keys()
    if strangers:
        raise Unreadable("wrong-shape", f"a speaker that is none of {', '.join(ACTORS)}")
    if dialogue.dialogue_id in seen:
        raise Unreadable("wrong-shape", "a dialogue_id that this file had before")
    seen.add(dialogue.dialogue_id)
    return dialogue


def _events(customer_id: str, dialogue: Dialogue, begins: datetime) -> Iterator[Event]:
    common = {"customer_id": customer_id, "conversation_id": customer_id}
    at = begins
    yield chat.ChatQueued(event_id=f"{customer_id}:queued", at=at, **common)
    at += ACCEPTED_AFTER
    yield chat.ChatAccepted(event_id=f"{customer_id}:accepted", at=at, **common)
    for n, turn in enumerate(dialogue.turns):
        at += A_TURN
        yield chat.ChatMessage(
            event_id=f"{customer_id}:{n}", at=at, actor=ACTORS[turn.speaker], text=turn.text, **common
        )
    yield chat.ChatEnded(event_id=f"{customer_id}:ended", at=at + A_TURN, by="agent", **common)
