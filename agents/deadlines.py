"""Deadlines: what comes due without any event, in order, each at its own time whenever it is asked for."""

from datetime import UTC, datetime
from typing import NamedTuple

from agents import causes, consequences, erasure, ids, ladder, waits
from agents.customer import NEVER, Contact, Customer, copy_of
from agents.rules import Rules
from schemas.outputs import Output


class Due(NamedTuple):
    """A deadline that passed, told as an event would be; its id is made of what it is and when it was due."""

    event_id: str
    at: datetime
    customer_id: str
    conversation_id: str
    matter_id: str | None
    issue: str | None
    queue: str | None
    tenant: str | None


def earliest(customer: Customer, rules: Rules) -> float:
    """When the next deadline of a customer is due, in epoch seconds."""
    # Plainly, for this is asked at every other event.
    first_s = NEVER if customer.erased_s is None else erasure.over_s(customer, rules)
    for contact in customer.contacts:
        due_s = contact.due_s
        if due_s is not None and due_s < first_s:
            first_s = due_s
    return first_s


def passed(customer_id: str, customer: Customer, now: float, rules: Rules) -> tuple[Output, ...]:
    """Let every deadline of a working copy up to `now` pass; gives what that makes us say."""
    said: tuple[Output, ...] = ()
    while customer.due_s <= now:
        due_s = customer.due_s
        if customer.erased_s is not None and erasure.over_s(customer, rules) <= due_s:
            erasure.end(customer)
        for i, contact in enumerate(customer.contacts):
            if contact.due_s is not None and contact.due_s <= due_s:
                said += _overdue(customer_id, customer, i, contact.due_s, rules)
                break
        customer.due_s = earliest(customer, rules)
    return said


def _overdue(customer_id: str, customer: Customer, i: int, due_s: float, rules: Rules) -> tuple[Output, ...]:
    contact = copy_of(customer.contacts[i])
    signals = waits.overdue(contact, rules)
    customer.contacts = (*customer.contacts[:i], contact, *customer.contacts[i + 1 :])
    ladder.fade(customer, due_s, rules)
    causes.add(customer, signals, waits.name(contact), due_s, rules)
    level = ladder.level(customer, rules)
    if not consequences.expected(customer, level, rules):
        return ()
    fact = _told(customer_id, contact, signals[0].cause, due_s)
    return consequences.of(fact, contact.channel, customer, level, rules)


def _told(customer_id: str, contact: Contact, cause: str, due_s: float) -> Due:
    kind, name = contact.matter[:1], contact.matter[1:]
    return Due(
        # Enough for a name: two of one kind due at once push the same way, and never to the same rung.
        event_id=ids.moment(cause, due_s),
        at=datetime.fromtimestamp(due_s, UTC),
        customer_id=customer_id,
        conversation_id=contact.conversation_id,
        matter_id=name if kind == "m" else None,
        issue=contact.issue,
        queue=contact.queue,
        tenant=contact.tenant,
    )
