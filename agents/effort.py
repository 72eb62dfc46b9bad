"""Effort: what the customer has to do again, counted over all channels."""

from agents.customer import Attempt, Contact, Customer
from agents.rules import Rules
from agents.signals import Signal
from schemas.event import Event

ATTEMPTS_MOST = 12
"""Attempts remembered; whoever needs more within the window is furious long before."""


def attempt(customer: Customer, contact: Contact, event: Event, now: float, rules: Rules) -> list[Signal]:
    """The customer acts in this contact: the nth attempt at its matter costs n - 1 times the points.

    Counted are attempts within the window on either side, so that a late event costs the same.
    """
    if contact.matter:
        return []
    if event.matter_id:
        matter = "m" + event.matter_id
    elif event.issue:
        matter = "i" + event.issue
    else:
        return []
    contact.matter = matter
    window_s = rules.attempt_window_s
    forgotten_s = customer.clock - window_s - rules.lateness_s
    recent = [a for a in customer.attempts if a.at_s > forgotten_s]
    others = [a for a in recent if a.matter == matter and abs(now - a.at_s) < window_s]
    mine = Attempt(matter, contact.conversation_id, contact.channel, now)
    if any(a.conversation_id == mine.conversation_id and a.channel == mine.channel for a in others):
        return []
    customer.attempts = (*recent, mine)[-ATTEMPTS_MOST:]
    if not others:
        return []
    signals = [Signal("another-attempt", rules.attempt_points * len(others))]
    if others[-1].channel != contact.channel:
        signals.append(Signal("channel-hop", rules.channel_hop_points))
    return signals


def transfer(contact: Contact, now: float, rules: Rules) -> list[Signal]:
    """The customer is passed on; a further time within the window counts double."""
    again = contact.transferred_s and abs(now - contact.transferred_s) <= rules.transfer_window_s
    contact.transferred_s = now
    return [Signal("transfer", rules.transfer_points * (2 if again else 1))]
