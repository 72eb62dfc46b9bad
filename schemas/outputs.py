"""What Simmer says: interventions and moods."""

from typing import Literal

from msgspec import Struct

from schemas.event import Instant

Rung = Literal["delighted", "content", "unsure", "annoyed", "furious"]
"""Where a customer stands, best first."""

Channel = Literal["chat", "call", "ticket"]
"""The channel of the event that caused an output."""

Tier = Literal["act"]
"""How urgent an intervention is."""

Trigger = Literal["slide"]
"""What called for an intervention."""


class Reason(Struct, frozen=True, kw_only=True):
    """One cause and what it moved: `points` are those still weighing on the level now, rounded to 0.01.

    `event_ids` are the first and the newest events that prove it; a wait that counted while it lasted is
    called by its cause and its beginning (`hold@2026-03-02T08:00:00Z`). `phrase` is the lexicon's own, never
    the customer's text.
    """

    cause: str
    points: float
    count: int
    event_ids: tuple[str, ...]
    phrase: str | None = None


class Stand(Struct, frozen=True, kw_only=True):
    """A rung and since when."""

    rung: Rung
    since: Instant


class InterveneNow(Struct, frozen=True, kw_only=True, tag_field="type", tag="intervene-now"):
    """Somebody should step in: this customer is sliding and is not furious yet.

    `level` runs from 0 to 100, `slope` is points per touch, `margin` the points left to `furious`,
    `touches_left` the contacts expected until then (none where the slope does not point there). `id` is a
    function of customer, episode, tier and trigger: the same facts give the same id and the same bytes.
    `quote` is what the customer said that called for it, where they said something: redacted, at most 200
    characters.
    """

    id: str
    at: Instant
    customer_id: str
    conversation_id: str
    channel: Channel
    tier: Tier
    trigger: Trigger
    rung_from: Rung
    rung_to: Rung
    level: float
    slope: float
    margin: float
    touches_left: float | None
    episode: str
    event_id: str
    reasons: tuple[Reason, ...]
    path: tuple[Stand, ...]
    rules_version: str
    matter_id: str | None = None
    issue: str | None = None
    queue: str | None = None
    tenant: str | None = None
    quote: str | None = None


class MoodChanged(Struct, frozen=True, kw_only=True, tag_field="type", tag="mood-changed"):
    """A customer stands on another rung.

    On an entry into `furious`, `warned` says whether an intervention came at least one touch before it, with
    the lead in seconds and in touches (what both sides noticed between the two); without one it was missed.
    """

    id: str
    at: Instant
    customer_id: str
    conversation_id: str
    channel: Channel
    rung_from: Rung
    rung_to: Rung
    level: float
    event_id: str
    reasons: tuple[Reason, ...]
    rules_version: str
    warned: bool | None = None
    lead_s: float | None = None
    lead_touches: int | None = None
    intervention_id: str | None = None
    tenant: str | None = None


Output = InterveneNow | MoodChanged
