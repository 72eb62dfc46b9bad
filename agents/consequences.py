"""What follows from a new level: another rung, and the call to step in."""

from agents import ids, ladder, notices, slide
from agents.customer import Customer
from agents.ladder import CONTENT, DELIGHTED
from agents.notices import Happening
from agents.rules import Rules
from schemas.outputs import Channel, Output


def expected(customer: Customer, level: float, rules: Rules) -> bool:
    """Whether there are any: nearly always there are none, and this says so at little cost."""
    rung = customer.rung
    if rung == CONTENT:
        # Most are, and nobody watches them: one look at both edges, as `next_rung` has them.
        edges = rules.entering_levels
        return not edges[DELIGHTED] - rules.leaving_gap <= level < edges[CONTENT]
    if ladder.next_rung(rung, level, rules) != rung:
        return True
    return slide.watched(customer) and slide.calls_for_help(customer, level, rules)


def of(
    fact: Happening, channel: Channel, customer: Customer, level: float, rules: Rules
) -> tuple[Output, ...]:
    """Move a working copy to the rung of its level; gives what that makes us say because of `fact`."""
    before = customer.rung
    rung = ladder.next_rung(before, level, rules)
    outputs: list[Output] = []
    if rung != before:
        slide.move(customer, rung, ids.cause(fact.event_id, fact.at, customer.clock))
        outputs.append(notices.mood_changed(fact, channel, before, customer, rules))
    if slide.watched(customer) and slide.calls_for_help(customer, level, rules):
        call_for_help = notices.intervene_now(fact, channel, customer, rules)
        slide.intervened(customer, call_for_help.id)
        outputs.append(call_for_help)
    return tuple(outputs)
