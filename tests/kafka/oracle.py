"""What must be there in the end: the pure fold over the records as they lie in the input topics.

Written anew and plainly, beside the lane it judges: it sorts everything at once and knows no chunks.
"""

from collections.abc import Callable
from typing import NamedTuple

from agents import customer as state
from agents import erasure
from agents.customer import Customer
from agents.heart import step, tick
from agents.rules import DEFAULT
from schemas import codec, topics
from schemas.control import ClockTicked
from schemas.event import Event
from schemas.outputs import Output
from streams.settings import Settings
from tests.kafka.cluster import read

READ: dict[topics.Topic, Callable[[bytes | None], Event | ClockTicked]] = {
    topics.CHAT: codec.read_chat,
    topics.CALL: codec.read_call,
    topics.TICKET: codec.read_ticket,
    topics.CARE: codec.read_care,
    topics.CONTROL: codec.read_control,
}


class Expected(NamedTuple):
    """Every customer's state, every output by its id, and what it took: events, and records that are none."""

    customers: dict[str, Customer]
    outputs: dict[str, Output]
    events: int
    event_ids: frozenset[str]
    unreadable: int


class Found(NamedTuple):
    """What a consumer that reads committed sees."""

    customers: dict[str, Customer]
    outputs: list[tuple[str, bytes]]


def expected(settings: Settings) -> Expected:
    """Fold each partition number's records in the order (newest `at` so far, topic, offset)."""
    lanes: dict[int, list[tuple[float, int, int, Event | ClockTicked]]] = {}
    unreadable = 0
    for i, topic in enumerate(READ):
        newest: dict[int, float] = {}
        for record in read(settings, topic):
            try:
                fact = READ[topic](record.value)
            except codec.Unreadable:
                unreadable += 1
                continue
            at = fact.at.timestamp()
            newest[record.partition] = max(at, newest.get(record.partition, at))
            lanes.setdefault(record.partition, []).append((newest[record.partition], i, record.offset, fact))
    everybody: dict[str, Customer] = {}
    outputs: dict[str, Output] = {}
    ids: list[str] = []
    for lane in lanes.values():
        customers: dict[str, Customer] = {}
        for *_, fact in sorted(lane, key=lambda waiting: waiting[:3]):
            now = fact.at.timestamp()
            names = list(customers) if isinstance(fact, ClockTicked) else [fact.customer_id]
            for name in names:
                customer = customers.get(name) or state.new()
                if isinstance(fact, ClockTicked):
                    customers[name], said = tick(name, customer, now, DEFAULT)
                else:
                    customers[name], said = step(customer, fact, now, DEFAULT)
                    ids.append(fact.event_id)
                outputs.update({output.id: output for output in said})
        everybody |= {name: customer for name, customer in customers.items() if not erasure.blank(customer)}
    return Expected(everybody, outputs, len(ids), frozenset(ids), unreadable)


def found(settings: Settings) -> Found:
    """The last row of each customer, and every output with its id."""
    rows = {r.key: r.value for r in read(settings, topics.changelog(settings.app_id)) if r.key is not None}
    customers = {key.decode(): state.decode(row) for key, row in rows.items() if row is not None}
    outputs = [
        (dict(record.headers)["ce_id"].decode(), record.value or b"")
        for topic in (topics.INTERVENTIONS, topics.MOODS)
        for record in read(settings, topic)
    ]
    return Found(customers, outputs)


def agree(settings: Settings) -> Expected:
    """Assert that what is found is what was expected: states equal, each output once, with its own bytes."""
    wanted, got = expected(settings), found(settings)
    assert got.customers == wanted.customers
    assert sorted(got.outputs) == sorted((i, codec.encode(o)) for i, o in wanted.outputs.items())
    return wanted
