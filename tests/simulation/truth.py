"""What must be there in the end: each customer's events folded by the heart alone, in the order of time.

Nothing of the engine is in it: no lanes, no ticks but the one at the end, no offsets.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agents import customer as state
from agents import erasure
from agents.heart import step, tick
from agents.rules import Rules
from schemas.event import Event
from schemas.outputs import Output
from tests.simulation.clock import BEGINNING
from tests.simulation.outside import CLOSING, Sending


class Truth(NamedTuple):
    """The row of every customer of whom anything is known, and everything that was to be said."""

    rows: dict[bytes, bytes]
    outputs: list[Output]


def happened(sendings: Iterable[Sending]) -> list[Event]:
    """Every event that was sent and counts, once, in the order of time."""
    events = {
        sending.event.event_id: sending.event
        for sending in sendings
        if sending.event is not None and sending.committed is not False
    }
    return sorted(events.values(), key=lambda event: event.at)


def truth(sendings: Iterable[Sending], rules: Rules) -> Truth:
    """Fold them all, up to a closing tick when nothing is due any more."""
    customers: dict[str, state.Customer] = {}
    outputs: list[Output] = []
    for event in happened(sendings):
        customer = customers.get(event.customer_id) or state.new()
        customers[event.customer_id], said = step(customer, event, event.at.timestamp(), rules)
        outputs += said
    rows = {}
    closing_s = (BEGINNING + CLOSING).timestamp()
    for name, customer in customers.items():
        closed, said = tick(name, customer, closing_s, rules)
        outputs += said
        if not erasure.blank(closed):
            rows[name.encode()] = state.encode(closed)
    return Truth(rows, outputs)
