"""One value of every type that is on the wire, with and without what is optional."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import msgspec

from schemas.call import CallEvent
from schemas.chat import ChatEvent
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged, Reason, Stand
from schemas.ticket import TicketEvent

AT = datetime(2026, 3, 2, 8, 30, 15, 250_000, tzinfo=UTC)

_OWN: dict[str, Any] = {
    "actor": "customer",
    "by": "agent",
    "text": "where is my parcel?",
    "public": True,
    "status": "on_hold",
    "confirmed": False,
}

_PLAIN: dict[str, Any] = {
    "event_id": "e-1",
    "at": AT,
    "customer_id": "ann",
    "conversation_id": "v-1",
}

_FULL: dict[str, Any] = _PLAIN | {
    "at": AT.astimezone(timezone(timedelta(hours=5, minutes=30))),
    "matter_id": "m-1",
    "issue": "delivery",
    "queue": "parcels",
    "language": "en-GB",
    "tenant": "acme",
}


def _events(union: Any) -> list[Event]:
    return [
        kind(**common, **{f.name: _OWN[f.name] for f in msgspec.structs.fields(kind) if f.name in _OWN})
        for kind in get_args(union)
        for common in (_PLAIN, _FULL)
    ]


REASON = Reason(cause="said-no", points=7.25, count=2, event_ids=("e-1", "e-9"), phrase="no one helps")
STAND = Stand(rung="unsure", since=AT)

INTERVENTION = InterveneNow(
    id="i-1",
    at=AT,
    customer_id="ann",
    conversation_id="v-1",
    channel="chat",
    tier="act",
    trigger="slide",
    rung_from="unsure",
    rung_to="annoyed",
    level=61.5,
    slope=4.5,
    margin=13.5,
    touches_left=3.0,
    episode="e-1",
    event_id="e-9",
    reasons=(REASON,),
    path=(STAND,),
    rules_version="1",
)

MOOD = MoodChanged(
    id="m-1",
    at=AT,
    customer_id="ann",
    conversation_id="v-1",
    channel="ticket",
    rung_from="annoyed",
    rung_to="furious",
    level=80.0,
    event_id="e-9",
    reasons=(REASON,),
    rules_version="1",
)

BY_TOPIC: dict[str, list[Any]] = {
    "support.chat": list(_events(ChatEvent)),
    "support.call": list(_events(CallEvent)),
    "support.ticket": list(_events(TicketEvent)),
    "simmer.interventions": [
        INTERVENTION,
        msgspec.structs.replace(INTERVENTION, touches_left=None, reasons=(), tenant="acme", matter_id="m-1"),
    ],
    "simmer.moods": [
        MOOD,
        msgspec.structs.replace(MOOD, warned=True, lead_s=900.0, lead_touches=4, intervention_id="i-1"),
    ],
}
