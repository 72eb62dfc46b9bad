"""Reads what happens in a call: fills the copies of contact and customer, says what it means to them."""

from agents import effort, waits
from agents.customer import Contact, Customer
from agents.rules import Rules
from agents.signals import Signal
from schemas.call import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallHoldEnded,
    CallHoldStarted,
    CallQueued,
    CallTransferred,
)


def queued(event: CallQueued, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    """The customer rings: an attempt, and a wait begins. Nothing has reached them: no touch."""
    waits.start(contact, "queue", now, rules)
    return effort.attempt(customer, contact, event, now, rules)


def answered(
    _event: CallAnswered, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """A person picked up, which on the phone is the first human word."""
    customer.touches += 1
    contact.served = True
    return waits.end(contact, now, rules)


def hold_started(
    _event: CallHoldStarted, contact: Contact, _customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The customer waits on hold; what it cost them is known, and a touch, when it ends."""
    waits.start(contact, "hold", now, rules)
    return []


def hold_ended(
    _event: CallHoldEnded, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The hold is over; now the customer waits for the answer it was for."""
    customer.touches += 1
    signals = waits.end(contact, now, rules)
    waits.start(contact, "silence", now, rules)
    return signals


def transferred(
    _event: CallTransferred, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The customer is passed on and waits for the next person."""
    customer.touches += 1
    signals = waits.end(contact, now, rules)
    waits.start(contact, "queue", now, rules)
    return signals + effort.transfer(contact, now, rules)


def abandoned(
    event: CallAbandoned, contact: Contact, customer: Customer, now: float, rules: Rules
) -> list[Signal]:
    """The customer hung up on a call that was not over."""
    customer.touches += 1
    return effort.attempt(customer, contact, event, now, rules) + waits.abandon(contact, now, rules)


def ended(_event: CallEnded, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    """The call is over."""
    customer.touches += 1
    return waits.close(contact, now, rules)
