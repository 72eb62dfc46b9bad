"""The heart: one customer and one event in, the customer after it and what is to be said out."""

from collections.abc import Callable
from typing import Any, NamedTuple

from agents import (
    call,
    causes,
    chat,
    consequences,
    contacts,
    deadlines,
    duplicates,
    erasure,
    ladder,
    slide,
    ticket,
    turns,
)
from agents.customer import Contact, Customer, copy_of
from agents.rules import Rules
from agents.signals import Signal
from schemas import call as calls
from schemas import chat as chats
from schemas import ticket as tickets
from schemas.care import CustomerErased
from schemas.event import Event
from schemas.outputs import Channel, Output


class Reading(NamedTuple):
    """How one type of event is read: its channel, its reader, whether the conversation ends with it."""

    channel: Channel
    read: Callable[[Any, Contact, Customer, float, Rules], list[Signal]]
    last: bool = False


READINGS: dict[type[Event], Reading] = {
    chats.ChatQueued: Reading("chat", chat.queued),
    chats.ChatAccepted: Reading("chat", chat.accepted),
    chats.ChatMessage: Reading("chat", turns.take),
    chats.ChatAbandoned: Reading("chat", chat.abandoned, last=True),
    chats.ChatEnded: Reading("chat", chat.ended, last=True),
    calls.CallQueued: Reading("call", call.queued),
    calls.CallAnswered: Reading("call", call.answered),
    calls.CallSegment: Reading("call", turns.take),
    calls.CallHoldStarted: Reading("call", call.hold_started),
    calls.CallHoldEnded: Reading("call", call.hold_ended),
    calls.CallTransferred: Reading("call", call.transferred),
    calls.CallAbandoned: Reading("call", call.abandoned, last=True),
    calls.CallEnded: Reading("call", call.ended, last=True),
    tickets.TicketOpened: Reading("ticket", ticket.opened),
    tickets.TicketComment: Reading("ticket", ticket.comment),
    tickets.TicketStatusChanged: Reading("ticket", ticket.status_changed),
    tickets.TicketReopened: Reading("ticket", ticket.reopened),
    tickets.TicketSolved: Reading("ticket", ticket.solved),
    tickets.TicketClosed: Reading("ticket", ticket.closed, last=True),
}


def step(customer: Customer, event: Event, now: float, rules: Rules) -> tuple[Customer, tuple[Output, ...]]:
    """The customer after the event, and what it makes us say; `now` is the event's `at` in epoch seconds.

    A function of its arguments alone: the customer given is never changed, no clock is asked. For speed one
    copy is made of it here and filled by the functions below; nobody sees that copy before it is returned.
    What was due by then comes first. An event that was counted before, or that is older than an erasure,
    changes nothing and gives back the very customer that was given.
    """
    if type(event) is CustomerErased:
        # What a tick would have said by then is said, whoever comes late.
        _, due = tick(event.customer_id, customer, now, rules)
        return erasure.erased(customer, now, rules), due
    if customer.erased_s is not None and now <= customer.erased_s:
        return customer, ()
    mark = duplicates.mark(event.event_id)
    if duplicates.seen(customer, mark):
        return customer, ()
    channel, read, last = READINGS[type(event)]
    after = copy_of(customer)
    due = deadlines.passed(event.customer_id, after, now, rules) if after.due_s <= now else ()
    ladder.fade(after, now, rules)
    duplicates.remember(after, mark, rules)
    if not after.path:
        slide.begin(after, rules)
    contact = contacts.take(after, event, channel)
    due_s = contact.due_s
    signals = read(event, contact, after, now, rules)
    if last:
        contact.due_s = None
    else:
        contacts.keep(after, contact)
    if contact.due_s != due_s:
        after.due_s = deadlines.earliest(after, rules)
    if signals:
        causes.add(after, signals, event.event_id, now, rules)
    level = ladder.level(after, rules)
    if after.touches != customer.touches:
        slide.touch(after, level, rules)
    if consequences.expected(after, level, rules):
        return after, due + consequences.of(event, channel, after, level, rules)
    return after, due


def tick(
    customer_id: str, customer: Customer, now: float, rules: Rules
) -> tuple[Customer, tuple[Output, ...]]:
    """The customer at `now` in epoch seconds, when no event is left that could come before it.

    Only what was due by then has happened; each of it as of its own time, so that asking often or seldom
    makes no difference.
    """
    if customer.due_s > now:
        return customer, ()
    after = copy_of(customer)
    return after, deadlines.passed(customer_id, after, now, rules)
