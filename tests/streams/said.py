"""Outputs as the worker would say them, for tests of those who listen."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.outputs import InterveneNow, MoodChanged, Reason, Rung, Stand

START = datetime(2026, 1, 5, 8, tzinfo=UTC)

REASONS = (
    Reason(cause="stymie", points=12.4, count=2, event_ids=("e-3", "e-7"), phrase="my hands are tied"),
    Reason(cause="thanks", points=-1.0, count=1, event_ids=("e-1",)),
)


def mood(customer_id: str, rung_to: Rung, *, minutes: float = 0, **more: Any) -> MoodChanged:
    """A change of rung, so many minutes after the start; at level 50 unless told otherwise."""
    facts: dict[str, Any] = {
        "id": f"m-{customer_id}-{minutes:g}",
        "at": START + timedelta(minutes=minutes),
        "customer_id": customer_id,
        "conversation_id": "v",
        "channel": "call",
        "rung_from": "content",
        "rung_to": rung_to,
        "level": 50.0,
        "event_id": "e-7",
        "reasons": REASONS,
        "rules_version": "1",
    }
    return MoodChanged(**facts | more)


def intervention(customer_id: str, *, minutes: float = 0, event_id: str = "e-7") -> InterveneNow:
    """An intervention, so many minutes after the start."""
    return InterveneNow(
        id=f"i-{customer_id}-{minutes:g}",
        at=START + timedelta(minutes=minutes),
        customer_id=customer_id,
        conversation_id="v",
        channel="call",
        tier="act",
        trigger="slide",
        rung_from="unsure",
        rung_to="annoyed",
        level=61.04,
        slope=3.0,
        margin=23.96,
        touches_left=8.0,
        episode="e-1",
        event_id=event_id,
        reasons=REASONS,
        path=(Stand(rung="content", since=START),),
        rules_version="1",
    )
