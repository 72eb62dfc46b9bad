"""Reads what happens in a chat: fills the copies of contact and customer, says what it means to them."""

from agents import effort, waits
from agents.customer import Contact, Customer
from agents.rules import Rules
from agents.signals import Signal
from schemas.chat import ChatAbandoned, ChatAccepted, ChatEnded, ChatQueued


def queued(event: ChatQueued, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    """The customer asks for a chat: an attempt, and a wait begins. Nothing has reached them: no touch."""
    waits.start(contact, "queue", now, rules)
    return effort.attempt(customer, contact, event, now, rules)


def accepted(
    _event: ChatAccepted, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """Somebody is there: the queue ends, the wait for their first word begins."""
    customer.touches += 1
    signals = waits.end(contact, now, rules)
    if not contact.served:
        waits.start(contact, "first_response", now, rules)
    return signals


def abandoned(
    event: ChatAbandoned, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The customer left a chat that was not over."""
    customer.touches += 1
    return effort.attempt(customer, contact, event, now, rules) + waits.abandon(contact, now, rules)


def ended(_event: ChatEnded, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    """The chat is over."""
    customer.touches += 1
    return waits.close(contact, now, rules)
