"""A crowd of customers whose events are made quickly and with a seed: for tests that need many."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas import call, chat, ticket
from schemas.event import Event

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
LINES = (
    "hello, where is my order please",
    "this is ridiculous, I have been waiting for an hour",
    "thank you so much, that helped",
    "nobody is helping me and I am fed up with this",
    "I want to cancel, this is the worst service ever",
    "ok",
)


def crowd(events: int, customers: int, seed: int, late: float = 0.02) -> Iterator[Event]:
    """So many events of customers on all channels, two seconds apart; a share of them is told late.

    Customers come by turns, so that nobody is in two channels at once.
    """
    rng = random.Random(seed)
    for i in range(events):
        at = START + timedelta(seconds=i * 2)
        if rng.random() < late:
            at -= timedelta(seconds=rng.randrange(5, 60))
        who = f"customer-{i % customers}"
        common = {"event_id": f"e-{i}", "at": at, "customer_id": who, "conversation_id": f"{who}-{i // 5000}"}
        text = rng.choice(LINES)
        match rng.randrange(8):
            case 0:
                yield chat.ChatQueued(**common)
            case 1 | 2:
                yield chat.ChatMessage(**common, actor="customer", text=text)
            case 3:
                yield call.CallTransferred(**common)
            case 4 | 5:
                yield call.CallSegment(**common, actor="customer", text=text)
            case 6:
                yield ticket.TicketReopened(**common)
            case _:
                yield ticket.TicketComment(**common, actor="customer", public=True, text=text)
