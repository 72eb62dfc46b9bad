"""Waiting: nothing inside what is expected, beyond it a debit that grows with the overrun's logarithm."""

from math import log2

from agents.customer import Contact, Waiting
from agents.rules import Rules
from agents.signals import Signal

CAUSES: dict[Waiting, str] = {
    "queue": "queue-wait",
    "first_response": "first-response-wait",
    "hold": "hold",
    "silence": "silence",
}


def start(contact: Contact, waiting: Waiting, now: float) -> None:
    """The contact's customer waits from now on; what they waited for before is forgotten."""
    contact.waiting = waiting
    contact.since_s = now


def end(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The wait is over: one debit where it was longer than expected, none where nobody waited."""
    waiting = contact.waiting
    if not waiting:
        return []
    contact.waiting = ""
    expected_s: float = getattr(rules.waits, f"{contact.channel}_{waiting}")
    waited_s = now - contact.since_s
    if waited_s <= expected_s:
        return []
    points = rules.wait_points_per_doubling * log2(waited_s / expected_s)
    return [Signal(CAUSES[waiting], min(points, rules.wait_points_most))]


def abandon(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The customer gave up waiting: before the first human word that costs more than the same wait served."""
    signals = end(contact, now, rules)
    if not contact.served:
        signals.append(Signal("abandoned", rules.abandoned_points))
    return signals


def close(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The contact is over; a last word without an answer is a goodbye and no wait, all other waits count."""
    return [] if contact.waiting == "silence" else end(contact, now, rules)
