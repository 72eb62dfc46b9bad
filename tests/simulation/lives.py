"""What happens to customers: events of all channels at the time at which they happen."""

from collections.abc import Iterator
from random import Random
from typing import Any

from schemas import call, chat, ticket
from schemas.care import CustomerErased
from schemas.event import Event
from tests.kafka.crowd import LINES
from tests.simulation.clock import wall

CHANNELS: tuple[tuple[type[Event], ...], ...] = (
    (
        chat.ChatQueued, chat.ChatQueued, chat.ChatAccepted, chat.ChatMessage, chat.ChatMessage,
        chat.ChatAbandoned, chat.ChatEnded,
    ),
    (
        call.CallQueued, call.CallAnswered, call.CallSegment, call.CallSegment, call.CallHoldStarted,
        call.CallHoldEnded, call.CallTransferred, call.CallAbandoned, call.CallEnded,
    ),
    (
        ticket.TicketOpened, ticket.TicketComment, ticket.TicketComment, ticket.TicketReopened,
        ticket.TicketSolved, ticket.TicketClosed,
    ),
    (CustomerErased,),
)  # fmt: skip

OFTEN = (8, 8, 8, 4)
"""Weights of the channels."""

CONVERSATIONS = 3
"""Of one customer in one channel; some are come back to."""

SOON_S = 0.01
"""Nothing happens to one customer sooner after something else."""


def life(
    rng: Random, who: str, until_s: float, apart_s: float, pace_s: float
) -> Iterator[tuple[float, Event]]:
    """A customer's events and when they happen, in order; in different channels they are this far apart."""
    at_s = rng.uniform(0, until_s / 2)
    n = 0
    # Few are ever erased, and those are not spared any wait.
    without = {CustomerErased} if rng.random() < 0.8 else set()
    channels = [[kind for kind in kinds if kind not in without] for kinds in CHANNELS]
    often = [weight if kinds else 0 for weight, kinds in zip(OFTEN, channels, strict=True)]
    while at_s < until_s:
        (kinds,) = rng.choices(channels, often)
        conversation = f"{who}-{rng.randrange(CONVERSATIONS)}"
        for _ in range(rng.randint(1, 5)):
            n += 1
            common = {
                "event_id": f"{who}-e{n}",
                "at": wall(at_s),
                "customer_id": who,
                "conversation_id": conversation,
            }
            yield at_s, _event(rng, rng.choice(kinds), common)
            at_s += SOON_S + rng.expovariate(1 / pace_s)
            if at_s >= until_s:
                return
        # Some change the channel at once.
        at_s += apart_s + rng.choice((0.0, rng.expovariate(1 / pace_s)))


def _event(rng: Random, kind: type[Event], common: dict[str, Any]) -> Event:
    drawn = {
        "actor": rng.choice(("customer", "customer", "agent", "bot")),
        "by": rng.choice(("customer", "agent")),
        "text": rng.choice(LINES),
        "public": rng.random() < 0.8,
        "confirmed": rng.random() < 0.5,
    }
    return kind(**common, **{name: drawn[name] for name in drawn if name in kind.__struct_fields__})
