"""Waiting: nothing inside what is expected, beyond it a debit that grows with the overrun's logarithm.

A wait for a person counts while it lasts, at each doubling of what is expected, since nobody who waits tells
us so. Silence counts when it ends: until then nobody knows whether the last word was a goodbye.
"""

from math import log2

from agents import ids
from agents.customer import Contact, Waiting
from agents.rules import Rules
from agents.signals import Signal

CAUSES: dict[Waiting, str] = {
    "queue": "queue-wait",
    "first_response": "first-response-wait",
    "hold": "hold",
    "silence": "silence",
}


def start(contact: Contact, waiting: Waiting, now: float, rules: Rules) -> None:
    """The contact's customer waits from now on; what they waited for before is forgotten."""
    contact.waiting = waiting
    contact.since_s = now
    contact.counted = 0
    contact.due_s = _due_s(contact, rules)


def _expected_s(contact: Contact, rules: Rules) -> float:
    expected_s: float = getattr(rules.waits, f"{contact.channel}_{contact.waiting}")
    return expected_s


def overdue(contact: Contact, rules: Rules) -> list[Signal]:
    """The wait has lasted until its next doubling: what that adds, until it cannot get worse."""
    grows = name(contact) if contact.counted else None
    contact.counted += 1
    contact.due_s = _due_s(contact, rules)
    return [Signal(CAUSES[contact.waiting], rules.wait_points_per_doubling, grows=grows)]


def name(contact: Contact) -> str:
    """What this wait is called in reasons: its cause, and since when."""
    return ids.moment(CAUSES[contact.waiting], contact.since_s)


def _due_s(contact: Contact, rules: Rules) -> float | None:
    """When the wait will have lasted until its next doubling, if that counts."""
    doublings = contact.counted + 1
    points = rules.wait_points_per_doubling
    if contact.waiting == "silence" or not points or doublings * points > rules.wait_points_most:
        return None
    return contact.since_s + _expected_s(contact, rules) * 2.0**doublings


def end(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The wait is over: a debit where it was longer than expected, less what was counted while it lasted."""
    waiting = contact.waiting
    if not waiting:
        return []
    expected_s = _expected_s(contact, rules)
    grows = name(contact) if contact.counted else None
    contact.waiting = ""
    contact.due_s = None
    waited_s = now - contact.since_s
    if waited_s <= expected_s:
        return []
    whole = min(rules.wait_points_per_doubling * log2(waited_s / expected_s), rules.wait_points_most)
    points = whole - contact.counted * rules.wait_points_per_doubling
    # Counted more than it was: its end is told so late that its doubling came first.
    return [Signal(CAUSES[waiting], points, grows=grows)] if points > 0 else []


def abandon(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The customer gave up waiting: before the first human word that costs more than the same wait served."""
    signals = end(contact, now, rules)
    if not contact.served:
        signals.append(Signal("abandoned", rules.abandoned_points))
    return signals


def close(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The contact is over; a last word without an answer is a goodbye and no wait, all other waits count."""
    return [] if contact.waiting == "silence" else end(contact, now, rules)
