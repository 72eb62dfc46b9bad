"""Every way to break a reader is named; every way not to is let through."""

from copy import deepcopy
from typing import Any

import pytest

from schemas import topics
from schemas.compatibility import Role, Schema, UnknownKeyword, breaks
from schemas.publish import json_schema

CHAT = json_schema(topics.CHAT)
MOODS = json_schema(topics.MOODS)
GONE = object()
TEXT = {"type": "string"}


def changed(schema: Schema, changes: dict[str, Any]) -> Schema:
    """A copy with the value at each path replaced; `GONE` takes it out."""
    copy = deepcopy(schema)
    for path, value in changes.items():
        *way, last = path.split("/")
        part: Any = copy
        for step in way:
            part = part[int(step) if isinstance(part, list) else step]
        if value is GONE:
            del part[int(last) if isinstance(part, list) else last]
        elif isinstance(part, list):
            part.append(value)
        else:
            part[last] = value
    return copy


def without(names: list[str], *gone: str) -> list[str]:
    return [name for name in names if name not in gone]


ENDED = "$defs/ChatEnded"
MOOD = "$defs/MoodChanged"
MESSAGE_REQUIRED = CHAT["$defs"]["ChatMessage"]["required"]
MOOD_REQUIRED = MOODS["$defs"]["MoodChanged"]["required"]
RUNGS = MOODS["$defs"]["MoodChanged"]["properties"]["rung_to"]["enum"]

INPUT_BREAKS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"$defs/ChatMessage/required": [*MESSAGE_REQUIRED, "queue"]},
        ["$[chat.message].queue: may be missing and is required"],
    ),
    (
        {f"{ENDED}/properties/mood": TEXT, f"{ENDED}/required/-": "mood"},
        ["$[chat.ended].mood: may be missing and is required"],
    ),
    ({"anyOf/4": GONE}, ["$[chat.ended]: object is written and not read"]),
    (
        {f"{ENDED}/properties/type/enum": ["chat.closed"]},
        ["$[chat.ended]: object is written and not read"],
    ),
    (
        {"$defs/ChatMessage/properties/text": {"type": "integer"}},
        ["$[chat.message].text: string is written and not read"],
    ),
    (
        {"$defs/ChatMessage/properties/queue": TEXT},
        ["$[chat.message].queue: null is written and not read"],
    ),
    (
        {f"{ENDED}/properties/by/enum": ["agent", "customer"]},
        ["$[chat.ended].by: bot may be written and only agent, customer are read"],
    ),
    (
        {f"{ENDED}/properties/customer_id/maxLength": 64},
        ["$[chat.ended].customer_id: maxLength 256 is written and 64 is read"],
    ),
    (
        {f"{ENDED}/properties/customer_id/minLength": 2},
        ["$[chat.ended].customer_id: minLength 1 is written and 2 is read"],
    ),
    (
        {"$defs/ChatMessage/properties/text/maxLength": 10},
        ["$[chat.message].text: maxLength None is written and 10 is read"],
    ),
    (
        {"$defs/ChatMessage/properties/text/format": "uri"},
        ["$[chat.message].text: format None is written and uri is read"],
    ),
    (
        {f"{ENDED}/properties/queue/default": "main"},
        ["$[chat.ended].queue: where it is missing, None is meant and 'main' is read"],
    ),
    (
        {f"{ENDED}/additionalProperties": False},
        ["$[chat.ended]: unknown fields are written and refused"],
    ),
]

INPUT_KEEPS: list[dict[str, Any]] = [
    {f"{ENDED}/properties/mood": TEXT},
    {"$defs/ChatMessage/required": without(MESSAGE_REQUIRED, "text")},
    {f"{ENDED}/properties/by/enum": ["agent", "bot", "customer", "system"]},
    {f"{ENDED}/properties/customer_id/maxLength": 512},
    {f"{ENDED}/properties/by": TEXT},
    {f"{ENDED}/properties/matter_id": GONE},
    {"$defs/ChatRated": changed(CHAT["$defs"]["ChatEnded"], {"properties/type/enum": ["chat.rated"]}),
     "anyOf/-": {"$ref": "#/$defs/ChatRated"}},
    {"title": "other", f"{ENDED}/description": "other", "$id": "urn:other"},
]  # fmt: skip

OUTPUT_BREAKS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {f"{MOOD}/properties/level": GONE, f"{MOOD}/required": without(MOOD_REQUIRED, "level")},
        [
            "$[mood-changed].level: may be missing and is required",
            "$[mood-changed].level: is no longer written",
        ],
    ),
    ({f"{MOOD}/properties/warned": GONE}, ["$[mood-changed].warned: is no longer written"]),
    (
        {"$defs/Reason/properties/phrase": GONE},
        ["$[mood-changed].reasons[].phrase: is no longer written"],
    ),
    (
        {f"{MOOD}/required": without(MOOD_REQUIRED, "level")},
        ["$[mood-changed].level: may be missing and is required"],
    ),
    (
        {f"{MOOD}/properties/level": TEXT},
        ["$[mood-changed].level: string is written and not read"],
    ),
    (
        {f"{MOOD}/properties/level": {"anyOf": [{"type": "number"}, {"type": "null"}]}},
        ["$[mood-changed].level: null is written and not read"],
    ),
    (
        {f"{MOOD}/properties/rung_to/enum": [*RUNGS, "gone"]},
        [f"$[mood-changed].rung_to: gone may be written and only {', '.join(RUNGS)} are read"],
    ),
    (
        {f"{MOOD}/properties/rung_to": TEXT},
        [f"$[mood-changed].rung_to: anything may be written and only {', '.join(RUNGS)} are read"],
    ),
    (
        {f"{MOOD}/properties/type/enum": ["mood-moved"]},
        ["$[mood-moved]: object is written and not read"],
    ),
    (
        {"$defs/Reason/properties/event_ids/items": {"type": "integer"}},
        ["$[mood-changed].reasons[].event_ids[]: integer is written and not read"],
    ),
]

OUTPUT_KEEPS: list[dict[str, Any]] = [
    {f"{MOOD}/properties/mood": TEXT, f"{MOOD}/required": [*MOOD_REQUIRED, "mood"]},
    {f"{MOOD}/required": [*MOOD_REQUIRED, "tenant"]},
    {f"{MOOD}/properties/rung_to/enum": RUNGS[1:]},
    {f"{MOOD}/properties/level": {"type": "integer"}},
    {f"{MOOD}/properties/warned": {"type": "boolean"}},
    {f"{MOOD}/properties/id/maxLength": 40},
]


@pytest.mark.parametrize(("changes", "named"), INPUT_BREAKS)
def test_an_input_that_refuses_what_was_written_before_is_named(
    changes: dict[str, Any], named: list[str]
) -> None:
    assert breaks(CHAT, changed(CHAT, changes), "input") == named


@pytest.mark.parametrize("changes", INPUT_KEEPS)
def test_an_input_that_reads_all_that_was_written_before_is_let_through(changes: dict[str, Any]) -> None:
    assert breaks(CHAT, changed(CHAT, changes), "input") == []


@pytest.mark.parametrize(("changes", "named"), OUTPUT_BREAKS)
def test_an_output_that_its_readers_cannot_read_any_longer_is_named(
    changes: dict[str, Any], named: list[str]
) -> None:
    assert breaks(MOODS, changed(MOODS, changes), "output") == named


@pytest.mark.parametrize("changes", OUTPUT_KEEPS)
def test_an_output_that_its_readers_can_still_read_is_let_through(changes: dict[str, Any]) -> None:
    assert breaks(MOODS, changed(MOODS, changes), "output") == []


def test_what_an_input_may_do_an_output_may_not() -> None:
    widened = changed(MOODS, {f"{MOOD}/properties/rung_to/enum": [*RUNGS, "gone"]})
    found: dict[Role, int] = {role: len(breaks(MOODS, widened, role)) for role in ("input", "output")}
    assert found == {"input": 0, "output": 1}


def test_all_breaks_are_named_at_once() -> None:
    both = INPUT_BREAKS[0][0] | INPUT_BREAKS[6][0]
    assert breaks(CHAT, changed(CHAT, both), "input") == INPUT_BREAKS[0][1] + INPUT_BREAKS[6][1]


def test_a_keyword_without_a_rule_is_refused_rather_than_passed_over() -> None:
    new = changed(CHAT, {f"{ENDED}/properties/by/not": {"enum": ["bot"]}})
    with pytest.raises(UnknownKeyword, match="no rule for not"):
        breaks(CHAT, new, "input")
