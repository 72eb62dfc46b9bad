"""Counts how deadlines pass: before a customer's next event, or because a tick came."""

from collections import Counter
from functools import partial

from agents.customer import Customer
from agents.rules import Rules
from schemas import topics
from schemas.event import Event
from schemas.outputs import Output
from streams.model import Model
from streams.ports import Step, Tick

BY_EVENT, BY_TICK = "by an event", "by a tick"


def heart(rules: Rules, counts: Counter[str]) -> Model:
    """The production heart; how often something was due when it was asked goes into the counts."""
    model = Model(rules, topics.INTERVENTIONS.name, topics.MOODS.name)
    model.step = partial(_step, model.step, counts)
    model.tick = partial(_tick, model.tick, counts)
    return model


def _step(
    step: Step, counts: Counter[str], customer: Customer, event: Event, now: float
) -> tuple[Customer, tuple[Output, ...]]:
    after, said = step(customer, event, now)
    counts[BY_EVENT] += customer.due_s <= now and after is not customer
    return after, said


def _tick(
    tick: Tick, counts: Counter[str], name: str, customer: Customer, now: float
) -> tuple[Customer, tuple[Output, ...]]:
    counts[BY_TICK] += customer.due_s <= now
    return tick(name, customer, now)
