"""What is said of a chat."""

from schemas.event import Actor, Event


class ChatQueued(Event, tag="chat.queued", frozen=True, kw_only=True, gc=False):
    """The customer asked for a chat and waits."""


class ChatAccepted(Event, tag="chat.accepted", frozen=True, kw_only=True, gc=False):
    """A person took the chat."""


class ChatMessage(Event, tag="chat.message", frozen=True, kw_only=True, gc=False):
    """Somebody wrote."""

    actor: Actor
    text: str


class ChatAbandoned(Event, tag="chat.abandoned", frozen=True, kw_only=True, gc=False):
    """The customer left before the chat was over."""


class ChatEnded(Event, tag="chat.ended", frozen=True, kw_only=True, gc=False):
    """The chat was closed."""

    by: Actor


ChatEvent = ChatQueued | ChatAccepted | ChatMessage | ChatAbandoned | ChatEnded
