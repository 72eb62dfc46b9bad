"""What a turn, spoken or written, does in any channel: words weigh, questions wait for answers."""

from agents import effort, speech, waits
from agents.customer import Contact, Customer
from agents.rules import Rules
from agents.signals import Signal
from schemas.call import CallSegment
from schemas.chat import ChatMessage
from schemas.ticket import TicketComment

Turn = ChatMessage | CallSegment | TicketComment


def take(event: Turn, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    """Somebody said something that the other side notices: a touch."""
    customer.touches += 1
    if event.actor == "customer":
        return _of_customer(event, contact, customer, now, rules)
    return _of_company(event, contact, now, rules)


def _of_customer(event: Turn, contact: Contact, customer: Customer, now: float, rules: Rules) -> list[Signal]:
    signals, kind = speech.of_customer(event.text, contact, rules)
    if not contact.matter:
        signals += effort.attempt(customer, contact, event, now, rules)
    # Who still speaks on the phone does not wait yet; in writing the first unanswered message counts.
    still_speaking = contact.waiting == "silence" and contact.channel == "call"
    if still_speaking or not (contact.waiting or kind):
        waits.start(contact, "silence", now, rules)
    return signals


def _of_company(event: Turn, contact: Contact, now: float, rules: Rules) -> list[Signal]:
    signals: list[Signal] = []
    if event.actor == "agent":
        signals = waits.end(contact, now, rules)
        contact.served = True
    elif contact.waiting == "silence":
        # A bot's answer is an answer, but nobody who waits for a person is served by it.
        signals = waits.end(contact, now, rules)
    return signals + speech.of_company(event.text, rules)
