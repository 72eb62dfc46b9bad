"""The heart as a lane needs it: rows in, rows and records out."""

from msgspec import Struct, msgpack

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import Rules
from schemas import cloudevents, codec
from schemas.event import Event
from schemas.outputs import InterveneNow, Output
from streams.ports import Record


class _Rung(Struct, array_like=True, gc=False):
    """The first field of a customer's row."""

    rung: int


_rung = msgpack.Decoder(_Rung).decode


class Model:
    """Folds with one set of rules and publishes to two topics."""

    def __init__(self, rules: Rules, interventions: str, moods: str) -> None:
        self._rules = rules
        self._interventions = interventions
        self._moods = moods

    def load(self, row: bytes | None) -> Customer:
        """The customer of a row; a new one where there is none."""
        return state.new() if row is None else state.decode(row)

    def step(self, customer: Customer, event: Event, now: float) -> tuple[Customer, tuple[Output, ...]]:
        """One event of one customer; `now` is its time in epoch seconds."""
        return step(customer, event, now, self._rules)

    def dump(self, customer: Customer) -> bytes:
        """The customer as a row."""
        return state.encode(customer)

    def rung(self, row: bytes) -> int:
        """The rung in a row, without decoding the rest; 0 is the best."""
        return _rung(row).rung

    def publish(self, output: Output) -> Record:
        """The output as a record, keyed by its customer, with CloudEvents headers."""
        topic = self._interventions if isinstance(output, InterveneNow) else self._moods
        return Record(topic, output.customer_id.encode(), codec.encode(output), cloudevents.headers(output))
