"""Builds what is published: a change of rung, and the call to step in."""

from datetime import UTC, datetime
from typing import Protocol

from agents import ids, ladder
from agents.causes import weights
from agents.customer import Customer
from agents.ladder import RUNGS
from agents.quotes import quote
from agents.rules import Rules
from schemas.outputs import Channel, InterveneNow, MoodChanged, Reason, Stand, Tier, Trigger

REASONS_MOST = 5
_TIER: Tier = "act"
_TRIGGER: Trigger = "slide"


class Happening(Protocol):
    """What an output is about: an event, or a deadline that passed."""

    @property
    def event_id(self) -> str:
        """Its name."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def customer_id(self) -> str:
        """To whom."""

    @property
    def conversation_id(self) -> str:
        """In which conversation."""

    @property
    def matter_id(self) -> str | None:
        """The problem across channels."""

    @property
    def issue(self) -> str | None:
        """What it is about."""

    @property
    def queue(self) -> str | None:
        """Where it waits."""

    @property
    def tenant(self) -> str | None:
        """Whose customer this is."""


def mood_changed(
    event: Happening, channel: Channel, rung_before: int, after: Customer, rules: Rules
) -> MoodChanged:
    """The customer stands on another rung; at `furious` it says whether, and how long before, we warned.

    An intervention that no touch followed is no warning: nobody could have done anything with it.
    """
    rung_to = RUNGS[after.rung]
    furious = after.rung == ladder.FURIOUS
    warning = after.intervention if furious else None
    if warning is not None and warning.touches == after.touches:
        warning = None
    return MoodChanged(
        id=ids.of(event.customer_id, ids.cause(event.event_id, event.at, after.clock), rung_to),
        at=event.at,
        customer_id=event.customer_id,
        conversation_id=event.conversation_id,
        channel=channel,
        rung_from=RUNGS[rung_before],
        rung_to=rung_to,
        level=round(ladder.level(after, rules), 2),
        event_id=event.event_id,
        reasons=_reasons(after, rules),
        rules_version=rules.version,
        warned=warning is not None if furious else None,
        lead_s=None if warning is None else round(after.clock - warning.at_s, 2),
        lead_touches=None if warning is None else after.touches - warning.touches,
        intervention_id=None if warning is None else warning.id,
        tenant=event.tenant,
    )


def intervene_now(event: Happening, channel: Channel, after: Customer, rules: Rules) -> InterveneNow:
    """Somebody should step in, before `furious`."""
    name = ids.of(event.customer_id, after.episode, _TIER, _TRIGGER)
    level = ladder.level(after, rules)
    margin = max(rules.entering_levels[ladder.ANNOYED] - level, 0.0)
    return InterveneNow(
        id=name,
        at=event.at,
        customer_id=event.customer_id,
        conversation_id=event.conversation_id,
        channel=channel,
        tier=_TIER,
        trigger=_TRIGGER,
        rung_from=RUNGS[after.path[-2].rung],
        rung_to=RUNGS[after.rung],
        level=round(level, 2),
        slope=round(after.slope, 2),
        margin=round(margin, 2),
        touches_left=touches_left(after.slope, margin),
        episode=after.episode,
        event_id=event.event_id,
        reasons=_reasons(after, rules),
        path=path(after),
        rules_version=rules.version,
        matter_id=event.matter_id,
        issue=event.issue,
        queue=event.queue,
        tenant=event.tenant,
        quote=_quote(event) if rules.quotes else None,
    )


def _quote(event: Happening) -> str | None:
    """What the customer said in this event, if they said anything."""
    text: str | None = getattr(event, "text", None)
    return quote(text) if text and getattr(event, "actor", "customer") == "customer" else None


def touches_left(slope: float, margin: float) -> float | None:
    """Touches until `furious` at this slope, rounded to 0.01; none where it does not lead there.

    >>> touches_left(5.0, 20.0), touches_left(-1.0, 20.0)
    (4.0, None)
    """
    rounded = round(slope, 2)
    return round(margin / rounded, 2) if rounded > 0 else None


def path(customer: Customer) -> tuple[Stand, ...]:
    """The newest stands, oldest first."""
    return tuple(Stand(rung=RUNGS[stand.rung], since=moment(stand.since_s)) for stand in customer.path)


def moment(epoch_s: float) -> datetime:
    """Epoch seconds as a moment in UTC."""
    return datetime.fromtimestamp(epoch_s, UTC)


def _reasons(customer: Customer, rules: Rules) -> tuple[Reason, ...]:
    rounded = (
        Reason(
            cause=weight.cause,
            points=round(weight.level_points, 2),
            count=weight.count,
            event_ids=weight.event_ids,
            phrase=weight.phrase,
        )
        for weight in weights(customer, customer.clock, rules)[:REASONS_MOST]
    )
    return tuple(reason for reason in rounded if reason.points)
