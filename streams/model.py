"""The heart as a lane needs it: rows in, rows and records out."""

from functools import partial

from agents import customer as state
from agents import erasure
from agents.customer import Customer, Glance
from agents.heart import step, tick
from agents.rules import Rules
from schemas import cloudevents, codec
from schemas.outputs import InterveneNow, Output
from streams.ports import Record, Step, Tick


class Model:
    """Folds with one set of rules and publishes to two topics."""

    def __init__(self, rules: Rules, interventions: str, moods: str) -> None:
        # Partial and not methods: they are called once per event.
        self.step: Step = partial(step, rules=rules)
        self.tick: Tick = partial(tick, rules=rules)
        self._interventions = interventions
        self._moods = moods

    def load(self, row: bytes | None) -> Customer:
        """The customer of a row; a new one where there is none."""
        return state.new() if row is None else state.decode(row)

    def dump(self, customer: Customer) -> bytes | None:
        """The customer as a row; none where nothing is known of them."""
        return None if erasure.blank(customer) else state.encode(customer)

    def glance(self, row: bytes) -> Glance:
        """Rung and next deadline in a row, without decoding the rest."""
        return state.glance(row)

    def publish(self, output: Output) -> Record:
        """The output as a record, keyed by its customer, with CloudEvents headers."""
        topic = self._interventions if isinstance(output, InterveneNow) else self._moods
        return Record(topic, output.customer_id.encode(), codec.encode(output), cloudevents.headers(output))
