"""What every event carries, whichever channel it comes from."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=256)]
"""An identifier: 1 to 256 characters."""

Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with zone")]
"""A moment with its zone; a time without one is refused."""

Actor = Literal["customer", "agent", "bot"]
"""Who spoke. Agents and bots are the company's side; no agent is ever named."""


class Event(Struct, frozen=True, kw_only=True, gc=False, tag_field="type"):
    """A fact about one customer; unknown fields are tolerated.

    `matter_id` names one problem across channels (else the conversation is the matter), `issue` what it is
    about, `queue` where it waits, `language` a BCP 47 tag, `tenant` whose customer this is.
    """

    event_id: Name
    at: Instant
    customer_id: Name
    conversation_id: Name
    matter_id: str | None = None
    issue: str | None = None
    queue: str | None = None
    language: str | None = None
    tenant: str | None = None
