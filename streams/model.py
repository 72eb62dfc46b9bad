"""The heart as a lane needs it: rows in, rows and records out."""

from functools import partial

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import Rules
from schemas import cloudevents, codec
from schemas.outputs import InterveneNow, Output
from streams.ports import Record, Step


class Model:
    """Folds with one set of rules and publishes to two topics."""

    def __init__(self, rules: Rules, interventions: str, moods: str) -> None:
        # Partial and not a method: it is called once per event.
        self.step: Step = partial(step, rules=rules)
        self._interventions = interventions
        self._moods = moods

    def load(self, row: bytes | None) -> Customer:
        """The customer of a row; a new one where there is none."""
        return state.new() if row is None else state.decode(row)

    def dump(self, customer: Customer) -> bytes:
        """The customer as a row."""
        return state.encode(customer)

    def rung(self, row: bytes) -> int:
        """The rung in a row, without decoding the rest; 0 is the best."""
        return state.rung_of(row)

    def publish(self, output: Output) -> Record:
        """The output as a record, keyed by its customer, with CloudEvents headers."""
        topic = self._interventions if isinstance(output, InterveneNow) else self._moods
        return Record(topic, output.customer_id.encode(), codec.encode(output), cloudevents.headers(output))
