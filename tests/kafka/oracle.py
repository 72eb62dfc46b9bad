"""What must be there in the end: the pure fold over the records as they lie in the input topics.

Written anew and plainly, beside the lane it judges: it sorts everything at once and knows no chunks.
"""

from typing import NamedTuple

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import DEFAULT
from schemas import codec, topics
from schemas.outputs import Output
from streams.settings import Settings
from tests.kafka.cluster import read

READ = {topics.CHAT: codec.read_chat, topics.CALL: codec.read_call, topics.TICKET: codec.read_ticket}


class Expected(NamedTuple):
    """Every customer's state and every output, by id."""

    customers: dict[str, Customer]
    outputs: dict[str, Output]
    events: int


class Found(NamedTuple):
    """What a consumer that reads committed sees."""

    customers: dict[str, Customer]
    outputs: list[tuple[str, bytes]]


def expected(settings: Settings) -> Expected:
    """Fold each partition number's records in the order (newest `at` so far, topic, offset)."""
    lanes: dict[int, list[tuple[float, int, int, object]]] = {}
    for i, topic in enumerate(READ):
        newest: dict[int, float] = {}
        for record in read(settings, topic):
            event = READ[topic](record.value)  # type: ignore[operator]
            at = event.at.timestamp()
            newest[record.partition] = max(at, newest.get(record.partition, at))
            lanes.setdefault(record.partition, []).append((newest[record.partition], i, record.offset, event))
    customers: dict[str, Customer] = {}
    outputs: dict[str, Output] = {}
    for lane in lanes.values():
        for _, _, _, event in sorted(lane, key=lambda waiting: waiting[:3]):
            name = event.customer_id  # type: ignore[attr-defined]
            before = customers.get(name) or state.new()
            customers[name], said = step(before, event, event.at.timestamp(), DEFAULT)  # type: ignore[arg-type, attr-defined]
            outputs.update({output.id: output for output in said})
    return Expected(customers, outputs, sum(map(len, lanes.values())))


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
