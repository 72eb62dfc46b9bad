"""Dialogues become chats: one customer each, none mixed up with another's, in the order of time."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import orjson

from schemas import chat
from schemas.codec import read_chat
from streams.dialogues import START, read
from streams.records import Bad, Record, Tally


def dialogue(dialogue_id: str, *turns: tuple[str, str]) -> bytes:
    said = [{"speaker": speaker, "text": text, "label": {"frustration": 1}} for speaker, text in turns]
    return orjson.dumps({"dialogue_id": dialogue_id, "source": "own", "turns": said})


def write(path: Path, *lines: bytes) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def records(*names: str) -> list[Record]:
    items = list(read(names, Tally()))
    assert all(isinstance(item, Record) for item in items)
    return [item for item in items if isinstance(item, Record)]


def test_a_dialogue_is_queued_accepted_said_turn_by_turn_and_ended(tmp_path: Path) -> None:
    name = write(
        tmp_path / "own.jsonl", dialogue("d", ("customer", "hi"), ("agent", "yes?"), ("system", "bye"))
    )
    common = {"customer_id": "own:d", "conversation_id": "own:d"}

    events = [read_chat(r.value) for r in records(name)]

    def after(seconds: float) -> dict[str, object]:
        return {"at": START + timedelta(seconds=seconds)}

    assert events == [
        chat.ChatQueued(event_id="own:d:queued", **after(0), **common),
        chat.ChatAccepted(event_id="own:d:accepted", **after(10), **common),
        chat.ChatMessage(event_id="own:d:0", **after(40), actor="customer", text="hi", **common),
        chat.ChatMessage(event_id="own:d:1", **after(70), actor="agent", text="yes?", **common),
        chat.ChatMessage(event_id="own:d:2", **after(100), actor="bot", text="bye", **common),
        chat.ChatEnded(event_id="own:d:ended", **after(130), by="agent", **common),
    ]


def test_dialogues_overlap_in_the_order_of_time_and_twice_the_same(tmp_path: Path) -> None:
    turns = [("customer", "hello")] * 9
    name = write(tmp_path / "own.jsonl", *(dialogue(f"d{i}", *turns) for i in range(20)))

    once = records(name)

    assert all(a.at <= b.at for a, b in pairwise(once))
    assert {r.customer_id for r in once[:12]} > {"own:d0", "own:d1"}
    assert once == records(name)


def test_the_first_dialogues_go_out_before_the_last_are_read(tmp_path: Path) -> None:
    name = write(tmp_path / "own.jsonl", *(dialogue(f"d{i}", ("customer", "hello")) for i in range(50)))
    tally = Tally()

    next(read([name], tally))

    assert tally.lines < 5


def test_the_same_dialogue_id_in_two_files_is_two_customers(tmp_path: Path) -> None:
    line = dialogue("d", ("customer", "hi"))
    names = [write(tmp_path / folder / file, line) for folder, file in (("x", "a"), ("x", "b"), ("y", "a"))]

    found = records(*names)

    assert {r.customer_id for r in found} == {"a:d", "b:d", "a-2:d"}
    assert len({r.event_id for r in found}) == len(found) == 12


def test_what_is_no_dialogue_is_told_by_place_and_the_others_are_read(tmp_path: Path) -> None:
    name = write(
        tmp_path / "own.jsonl",
        dialogue("d", ("customer", "hi")),
        b"{not json",
        b'{"dialogue_id":"x"}',
        dialogue("y", ("parrot", "hi")),
        dialogue("d", ("customer", "again")),
        dialogue("z" * 300, ("customer", "hi")),
        dialogue("last", ("user", "hi")),
    )

    items = list(read([name], Tally()))

    bad = [item for item in items if isinstance(item, Bad)]
    assert [(b.place, b.code) for b in bad] == [
        (f"{name}:2", "not-json"),
        (f"{name}:3", "wrong-shape"),
        (f"{name}:4", "wrong-shape"),
        (f"{name}:5", "wrong-shape"),
        (f"{name}:6", "wrong-shape"),
    ]
    assert {i.customer_id for i in items if isinstance(i, Record)} == {"own:d", "own:last"}
