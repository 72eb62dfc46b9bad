"""What is said of a call."""

from schemas.event import Actor, Event


class CallQueued(Event, tag="call.queued", frozen=True, kw_only=True, gc=False):
    """The customer rang and waits."""


class CallAnswered(Event, tag="call.answered", frozen=True, kw_only=True, gc=False):
    """A person picked up."""


class CallSegment(Event, tag="call.segment", frozen=True, kw_only=True, gc=False):
    """A stretch of the transcript; no punctuation or case is promised."""

    actor: Actor
    text: str


class CallHoldStarted(Event, tag="call.hold_started", frozen=True, kw_only=True, gc=False):
    """The customer was put on hold."""


class CallHoldEnded(Event, tag="call.hold_ended", frozen=True, kw_only=True, gc=False):
    """The hold is over."""


class CallTransferred(Event, tag="call.transferred", frozen=True, kw_only=True, gc=False):
    """The customer was passed on; `queue` is where to."""


class CallAbandoned(Event, tag="call.abandoned", frozen=True, kw_only=True, gc=False):
    """The customer hung up before the call was over."""


class CallEnded(Event, tag="call.ended", frozen=True, kw_only=True, gc=False):
    """The call is over."""

    by: Actor


CallEvent = (
    CallQueued
    | CallAnswered
    | CallSegment
    | CallHoldStarted
    | CallHoldEnded
    | CallTransferred
    | CallAbandoned
    | CallEnded
)
