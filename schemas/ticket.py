"""What is said of a ticket."""

from typing import Literal

from schemas.event import Actor, Event

Status = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
"""Where a ticket stands; `pending` waits for the customer, `on_hold` for somebody else."""


class TicketOpened(Event, tag="ticket.opened", frozen=True, kw_only=True, gc=False):
    """The customer wrote in; `text` is the first message, where there is one."""

    text: str = ""


class TicketComment(Event, tag="ticket.comment", frozen=True, kw_only=True, gc=False):
    """Somebody added to the ticket; the customer sees it when it is public."""

    actor: Actor
    public: bool
    text: str


class TicketStatusChanged(Event, tag="ticket.status_changed", frozen=True, kw_only=True, gc=False):
    """The ticket moved from one status to another."""

    status: Status


class TicketReopened(Event, tag="ticket.reopened", frozen=True, kw_only=True, gc=False):
    """What was called solved was not."""


class TicketSolved(Event, tag="ticket.solved", frozen=True, kw_only=True, gc=False):
    """The company says it is solved; `confirmed` when the customer says so too."""

    confirmed: bool


class TicketClosed(Event, tag="ticket.closed", frozen=True, kw_only=True, gc=False):
    """The ticket was closed, with or without anybody asking whether it helped."""


TicketEvent = (
    TicketOpened | TicketComment | TicketStatusChanged | TicketReopened | TicketSolved | TicketClosed
)
