"""Reads a story, a table of what happens to one customer, lives it, and writes how it really went."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agents import customer as state
from agents import ladder
from agents.heart import step
from agents.rules import DEFAULT, Rules
from schemas import call, chat, ticket
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged, Output

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEAD = ("| after | what happens | level | rung | said |", "|---|---|---|---|---|")
UNITS_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}

WHAT = re.compile(
    r"(?:(?P<times>\d+) × )?(?P<channel>chat|call|ticket) (?P<conversation>\S+)"
    r"(?: \[(?P<subject>matter|issue) (?P<name>\w+)\])? (?P<happens>.*)"
)
SAID = re.compile(r"(?P<who>customer|agent|bot|note|opened): (?P<text>.*)")
TURNS: dict[str, type[Any]] = {
    "chat": chat.ChatMessage,
    "call": call.CallSegment,
    "ticket": ticket.TicketComment,
}
PLAIN: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "chat queued": (chat.ChatQueued, {}),
    "chat accepted": (chat.ChatAccepted, {}),
    "chat abandoned": (chat.ChatAbandoned, {}),
    "chat ended": (chat.ChatEnded, {"by": "agent"}),
    "call queued": (call.CallQueued, {}),
    "call answered": (call.CallAnswered, {}),
    "call hold started": (call.CallHoldStarted, {}),
    "call hold ended": (call.CallHoldEnded, {}),
    "call transferred": (call.CallTransferred, {}),
    "call abandoned": (call.CallAbandoned, {}),
    "call ended": (call.CallEnded, {"by": "agent"}),
    "ticket opened": (ticket.TicketOpened, {}),
    "ticket on hold": (ticket.TicketStatusChanged, {"status": "on_hold"}),
    "ticket reopened": (ticket.TicketReopened, {}),
    "ticket solved": (ticket.TicketSolved, {"confirmed": False}),
    "ticket solved, confirmed": (ticket.TicketSolved, {"confirmed": True}),
    "ticket closed": (ticket.TicketClosed, {}),
}


class Row(NamedTuple):
    """One line of a story: how long after the line above, and what happens."""

    after: str
    what: str


class Story(NamedTuple):
    """A story's prose, the rules it is lived by, and its lines."""

    prose: str
    rules: Rules
    rows: list[Row]


def read(path: Path) -> Story:
    """The story of a file; `rules: name=number` lines in the prose change the default rules."""
    text = path.read_text("utf-8")
    prose, _, table = text.partition(HEAD[0])
    rows = [line.split("|") for line in table.splitlines() if line.startswith("|") and "---" not in line]
    return Story(prose, _rules(prose), [Row(row[1].strip(), row[2].strip()) for row in rows])


def live(story: Story) -> str:
    """The story as it really goes: the same text where every number and every word said is right."""
    lines = [*HEAD]
    customer, at, number = state.new(), START, 0
    names: dict[str, int] = {}
    for row in story.rows:
        said: list[str] = []
        for kind in _repeated(row.what):
            at += _offset(row.after)
            number += 1
            event = _event(kind, f"e{number}", at)
            customer, outputs = step(customer, event, at.timestamp(), story.rules)
            said += (_said(output, names) for output in outputs)
        level = ladder.level(customer, story.rules)
        cells = (row.after, row.what, f"{level:.1f}", ladder.RUNGS[customer.rung], "; ".join(said))
        lines.append("| " + " | ".join(cells) + " |")
    return story.prose + "\n".join(lines) + "\n"


def _rules(prose: str) -> Rules:
    flat: dict[str, Any] = msgspec.to_builtins(DEFAULT)
    for name, number in re.findall(r"^rules: ([\w.]+)=([\d.-]+)$", prose, re.MULTILINE):
        *folder, field = name.split(".")
        (flat[folder[0]] if folder else flat)[field] = float(number)
    return msgspec.convert(flat, Rules)


def _offset(after: str) -> timedelta:
    seconds = sum(float(n) * UNITS_S[unit] for n, unit in re.findall(r"([\d.]+)([dhms])", after))
    return timedelta(seconds=-seconds if after.startswith("-") else seconds)


def _repeated(what: str) -> Iterator[str]:
    found = WHAT.fullmatch(what)
    assert found is not None, f"cannot read {what!r}"
    times = int(found["times"] or 1)
    single = what.split(" × ", 1)[1] if found["times"] else what
    for i in range(times):
        yield single.replace("#", str(i + 1))


def _event(what: str, event_id: str, at: datetime) -> Event:
    found = WHAT.fullmatch(what)
    assert found is not None, f"cannot read {what!r}"
    common: dict[str, Any] = {
        "event_id": event_id,
        "at": at,
        "customer_id": "ann",
        "conversation_id": found["conversation"],
    }
    if found["subject"]:
        common["matter_id" if found["subject"] == "matter" else "issue"] = found["name"]
    kind, fields = _kind(found["channel"], found["happens"])
    event: Event = kind(**common, **fields)
    return event


def _kind(channel: str, happens: str) -> tuple[type[Any], dict[str, Any]]:
    said = SAID.fullmatch(happens)
    if said is None:
        return PLAIN[f"{channel} {happens}"]
    if said["who"] == "opened":
        return ticket.TicketOpened, {"text": said["text"]}
    note = said["who"] == "note"
    fields = {"actor": "agent" if note else said["who"], "text": said["text"]}
    return TURNS[channel], fields | ({"public": not note} if channel == "ticket" else {})


def _said(output: Output, names: dict[str, int]) -> str:
    if isinstance(output, InterveneNow):
        number = names.setdefault(output.id, len(names) + 1)
        return f"INTERVENE #{number}: " + ", ".join(reason.cause for reason in output.reasons[:3])
    return f"{output.rung_from} → {output.rung_to}" + _warned(output)


def _warned(mood: MoodChanged) -> str:
    if mood.warned is None:
        return ""
    return (
        f", warned {mood.lead_touches} touches and {mood.lead_s:.0f} s before" if mood.warned else ", missed"
    )
