"""Reads what happens to a ticket: fills the copies of contact and customer, says what it means to them."""

from agents import effort, speech, turns, waits
from agents.customer import Contact, Customer
from agents.rules import Rules
from agents.signals import Signal
from schemas.ticket import (
    TicketClosed,
    TicketComment,
    TicketOpened,
    TicketReopened,
    TicketSolved,
    TicketStatusChanged,
)


def opened(
    event: TicketOpened, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The customer writes in: an attempt, words, and the wait for a first answer."""
    customer.touches += 1
    waits.start(contact, "first_response", now, rules)
    signals = effort.attempt(customer, contact, event, now, rules)
    if event.text:
        signals += speech.of_customer(event.text, contact, rules)[0]
    return signals


def comment(
    event: TicketComment, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """Somebody adds to the ticket; what is not public never reaches the customer."""
    return turns.take(event, contact, customer, now, rules) if event.public else []


def status_changed(
    _event: TicketStatusChanged, _contact: Contact, _customer: Customer, _now: float, _rules: Rules
) -> list[Signal]:
    """Our own bookkeeping: nothing happened to the customer."""
    return []


def reopened(
    event: TicketReopened, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """What was called solved was not; the customer waits for an answer again."""
    customer.touches += 1
    waits.start(contact, "silence", now, rules)
    signals = effort.attempt(customer, contact, event, now, rules)
    signals.append(Signal("reopened", rules.reopened_points))
    return signals


def solved(
    event: TicketSolved, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """Called solved: an answer, and a credit only where the customer says so too."""
    customer.touches += 1
    signals = waits.end(contact, now, rules)
    if event.confirmed:
        signals.append(Signal("solved", rules.solved_confirmed_points))
    return signals


def closed(
    _event: TicketClosed, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """Closed: whoever asked for it, it earns nothing; a first answer that never came still counts."""
    customer.touches += 1
    return waits.close(contact, now, rules)
