"""One contact: a scene's steps as events, each a function of seed, customer, contact and place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, NamedTuple

from schemas import call, chat, ticket
from schemas.event import Event
from streams.journeys.texts import of_company, of_customers

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
FURIOUS, PLEASED = 4, 0
JITTER = (0.6, 0.8)
"""A wait is its scene's times 0.6 to 1.4."""

Kind = tuple[Callable[..., Event], dict[str, Any]]

FACTS: dict[str, dict[str, Kind]] = {
    "chat": {
        "queued": (chat.ChatQueued, {}),
        "accepted": (chat.ChatAccepted, {}),
        "abandoned": (chat.ChatAbandoned, {}),
        "ended": (chat.ChatEnded, {"by": "agent"}),
        "left": (chat.ChatEnded, {"by": "customer"}),
    },
    "call": {
        "queued": (call.CallQueued, {}),
        "answered": (call.CallAnswered, {}),
        "held": (call.CallHoldStarted, {}),
        "unheld": (call.CallHoldEnded, {}),
        "transferred": (call.CallTransferred, {}),
        "abandoned": (call.CallAbandoned, {}),
        "ended": (call.CallEnded, {"by": "agent"}),
        "left": (call.CallEnded, {"by": "customer"}),
    },
    "ticket": {
        "reopened": (ticket.TicketReopened, {}),
        "solved": (ticket.TicketSolved, {"confirmed": False}),
        "confirmed": (ticket.TicketSolved, {"confirmed": True}),
        "closed": (ticket.TicketClosed, {}),
    },
}
SAYS: dict[str, Kind] = {
    "chat": (chat.ChatMessage, {}),
    "call": (call.CallSegment, {}),
    "ticket": (ticket.TicketComment, {"public": True}),
}


class Step(NamedTuple):
    """What happens `wait_s` after the step before: said so much `worse`, as the kind `says`, or not."""

    wait_s: float
    kind: Callable[..., Event]
    fixed: dict[str, Any]
    worse: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact of one customer: where in the run it stands, what happens in it, and in which temper."""

    customer: int
    number: int
    begins_s: float
    scene: str
    temper: int
    worst: int
    matter: int
    field: str
    issue: str


@cache
def steps(scene: str) -> tuple[str, tuple[Step, ...]]:
    """A scene's channel and steps."""
    channel, line = scene.split(": ", 1)
    found, wait_s = [], 0.0
    for word in line.split():
        if pause := re.fullmatch(r"~(\d+)([smhd])", word):
            wait_s = int(pause[1]) * SECONDS[pause[2]]
        else:
            found.append(_step(channel, word, wait_s))
            wait_s = 0.0
    return channel, tuple(found)


def _step(channel: str, word: str, wait_s: float) -> Step:
    if word == "opened":
        return Step(wait_s, ticket.TicketOpened, {}, 0, "")
    if word.startswith("a:"):
        kind, fixed = SAYS[channel]
        return Step(wait_s, kind, {"actor": "agent", **fixed}, None, word[2:])
    if word in {"c", "c+", "c-", "c0"}:
        kind, fixed = SAYS[channel]
        worse = {"c": 0, "c+": 1, "c-": -1, "c0": -FURIOUS}[word]
        return Step(wait_s, kind, {"actor": "customer", **fixed}, worse, "")
    kind, fixed = FACTS[channel][word]
    return Step(wait_s, kind, fixed, None, "")


def events(contact: Contact, start: datetime, rng: Random) -> Iterator[tuple[float, Event]]:
    """The contact's events in order, each with its seconds since `start`; `rng` is this contact's own."""
    channel, line = steps(contact.scene)
    customer_id = f"customer-{contact.customer:05d}"
    conversation_id = f"{customer_id}-{contact.number}"
    common = {
        "customer_id": customer_id,
        "conversation_id": conversation_id,
        "matter_id": f"{customer_id}-m{contact.matter}",
        "issue": contact.issue,
        "queue": contact.field,
        "language": "en",
    }
    pools, company = of_customers()[contact.field, channel == "call"], of_company()
    at_s, first = contact.begins_s, int(rng.random() * 1e6)
    for n, step in enumerate(line):
        at_s += step.wait_s * (JITTER[0] + JITTER[1] * rng.random())
        told = {}
        if step.worse is not None:
            pool = pools[min(max(contact.temper + step.worse, PLEASED), contact.worst)]
            told = {"text": pool[(first + n) % len(pool)]}
        elif step.says:
            pool = company[step.says]
            told = {"text": pool[(first + n) % len(pool)]}
        at = start + timedelta(milliseconds=int(at_s * 1000))
        event_id = f"{conversation_id}-{n}"
        yield at_s, step.kind(event_id=event_id, at=at, **common, **step.fixed, **told)
