"""The baseline: the same step on stock, idiomatic Faust: Records in, `table[k] = v`, `topic.send`, all JSON.

Run by the benchmark as `faust -A tests.bench.stock worker`; its app id and broker come from the same settings
as ours. It gives none of the guarantees of the lanes: it is here to be timed beside them.
"""

from typing import Any

import faust
import msgspec

from agents import customer as state
from agents.customer import Customer
from agents.heart import step
from agents.rules import DEFAULT
from schemas import topics
from schemas.call import CallEvent
from schemas.chat import ChatEvent
from schemas.outputs import InterveneNow
from schemas.ticket import TicketEvent
from streams.settings import load
from streams.topic_check import topic_name

settings = load()


class Happened(faust.Record, serializer="json"):
    """Any of our events, as a Faust model with the fields that some events leave out."""

    type: str
    event_id: str
    at: str
    customer_id: str
    conversation_id: str
    matter_id: str | None = None
    issue: str | None = None
    queue: str | None = None
    language: str | None = None
    tenant: str | None = None
    actor: str | None = None
    text: str | None = None
    by: str | None = None
    public: bool | None = None
    status: str | None = None
    confirmed: bool | None = None


app = faust.App(
    settings.app_id,
    broker=f"kafka://{settings.broker}",
    store="memory://",
    datadir=str(settings.data_dir / "stock"),
    topic_partitions=settings.partitions,
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
    web_bind=settings.web_host,
    web_port=settings.web_port or 6066,
    autodiscover=False,
)
customers = app.Table("customers", key_type=str)
interventions = app.topic(topic_name(settings, topics.INTERVENTIONS), key_type=str)
moods = app.topic(topic_name(settings, topics.MOODS), key_type=str)


def _agent(topic: topics.Topic, kind: Any) -> None:
    @app.agent(app.topic(topic_name(settings, topic), key_type=str, value_type=Happened), name=topic.name)
    async def feel(stream: Any) -> None:
        async for happened in stream:
            given = {name: value for name, value in happened.asdict().items() if value is not None}
            event = msgspec.convert(given, kind)
            row = customers.get(event.customer_id)
            customer = state.new() if row is None else msgspec.convert(row, Customer)
            customer, outputs = step(customer, event, event.at.timestamp(), DEFAULT)
            customers[event.customer_id] = msgspec.to_builtins(customer)
            for output in outputs:
                to = interventions if isinstance(output, InterveneNow) else moods
                await to.send(key=output.customer_id, value=msgspec.to_builtins(output))


_agent(topics.CHAT, ChatEvent)
_agent(topics.CALL, CallEvent)
_agent(topics.TICKET, TicketEvent)
