"""The fold in the order in which transactions took the records: what must be where no other order is known.

Each transaction's records are taken in the lane's order. Written plainly, beside the lane it judges.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from faust.types import TP

from agents import customer as state
from agents import erasure
from agents.customer import Customer  # noqa: TC001 - annotates a local; an import guard would say less
from agents.heart import step, tick
from agents.rules import DEFAULT
from schemas import topics
from schemas.control import ClockTicked
from schemas.event import Event
from schemas.outputs import Output  # noqa: TC001 - the same
from tests.kafka import oracle
from tests.simulation.broker import Offsets

Facts = Mapping[TP, Mapping[int, Event | ClockTicked]]
"""What each input partition says, by offset."""

TOPICS = [topic.name for topic in topics.INPUTS]


def in_order_of_commits(facts: Facts, commits: list[Offsets]) -> oracle.Expected:
    """Every customer and every output, from facts as the commits took them."""
    everybody: dict[int, dict[str, Customer]] = {}
    outputs: dict[str, Output] = {}
    for lane, fact in _taken(facts, commits):
        customers = everybody.setdefault(lane, {})
        now = fact.at.timestamp()
        for name in list(customers) if isinstance(fact, ClockTicked) else [fact.customer_id]:
            customer = customers.get(name) or state.new()
            if isinstance(fact, ClockTicked):
                customers[name], said = tick(name, customer, now, DEFAULT)
            else:
                customers[name], said = step(customer, fact, now, DEFAULT)
            outputs.update({output.id: output for output in said})
    known = {
        name: customer
        for customers in everybody.values()
        for name, customer in customers.items()
        if not erasure.blank(customer)
    }
    return oracle.Expected(known, outputs, events=0, event_ids=frozenset(), unreadable=0)


def _taken(facts: Facts, commits: list[Offsets]) -> Iterator[tuple[int, Event | ClockTicked]]:
    reached: Counter[TP] = Counter()
    newest: dict[TP, float] = {}
    for commit in commits:
        taken = []
        for tp, mark in commit.items():
            for offset in range(reached[tp], mark.offset):
                fact = facts[tp].get(offset)
                if fact is not None:
                    at = fact.at.timestamp()
                    newest[tp] = max(at, newest.get(tp, at))
                    taken.append((newest[tp], TOPICS.index(tp.topic), offset, tp.partition, fact))
            reached[tp] = mark.offset
        for *_, lane, fact in sorted(taken, key=lambda one: one[:3]):
            yield lane, fact
