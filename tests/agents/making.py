"""Makes events and customers for tests: only what a test is about needs to be named."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import DEFAULT, Rules
from schemas.event import Event
from schemas.outputs import Output

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
START_S = START.timestamp()
DAY_S = 86_400.0

E = TypeVar("E", bound=Event)


def made(kind: type[E], after_s: float = 0.0, **fields: Any) -> E:
    """An event of Ann's, so many seconds after the start; its id is its type and its time unless given."""
    common: dict[str, Any] = {
        "event_id": f"{kind.__name__}@{after_s:g}",
        "at": START + timedelta(seconds=after_s),
        "customer_id": "ann",
        "conversation_id": "one",
    }
    return kind(**(common | fields))


def lived(
    events: Iterable[Event], rules: Rules = DEFAULT, customer: Customer | None = None
) -> tuple[Customer, list[Output]]:
    """The customer after these events in this order, and all that was said."""
    now = customer or state.new()
    said: list[Output] = []
    for event in events:
        now, outputs = step(now, event, event.at.timestamp(), rules)
        said += outputs
    return now, said
