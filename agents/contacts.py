"""The open conversations of one customer, the newest last."""

from agents.customer import Contact, Customer, copy_of
from schemas.event import Event
from schemas.outputs import Channel

CONTACTS_MOST = 8
"""Open conversations remembered; the one touched longest ago is forgotten first."""


def take(customer: Customer, event: Event, channel: Channel) -> Contact:
    """Take this conversation out of a working copy: a copy of it to fill, a fresh one where it is new."""
    conversation_id = event.conversation_id
    contacts = customer.contacts
    if contacts:
        # Nearly always the one that was touched last.
        newest = contacts[-1]
        if newest.conversation_id == conversation_id and newest.channel == channel:
            customer.contacts = contacts[:-1]
            return copy_of(newest)
        for i, contact in enumerate(contacts):
            if contact.conversation_id == conversation_id and contact.channel == channel:
                customer.contacts = contacts[:i] + contacts[i + 1 :]
                return copy_of(contact)
    return Contact(conversation_id, channel, issue=event.issue, queue=event.queue, tenant=event.tenant)


def keep(customer: Customer, contact: Contact) -> None:
    """Put a conversation that is still open back as the newest."""
    contacts = customer.contacts
    if len(contacts) >= CONTACTS_MOST:
        contacts = contacts[1 - CONTACTS_MOST :]
    customer.contacts = (*contacts, contact)
