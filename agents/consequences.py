"""What follows from a new level: another rung, and the call to step in."""

from agents import ladder, notices, slide
from agents.customer import Customer
from agents.notices import Happening
from agents.rules import Rules
from schemas.outputs import Channel, Output


def expected(customer: Customer, level: float, rules: Rules) -> bool:
    """Whether there are any: nearly always there are none, and this says so at little cost."""
    if ladder.next_rung(customer.rung, level, rules) != customer.rung:
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
        slide.move(customer, rung, fact.event_id)
        outputs.append(notices.mood_changed(fact, channel, before, customer, rules))
    if slide.watched(customer) and slide.calls_for_help(customer, level, rules):
        call_for_help = notices.intervene_now(fact, channel, customer, rules)
        slide.intervened(customer, call_for_help.id)
        outputs.append(call_for_help)
    return tuple(outputs)
