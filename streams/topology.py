"""Every wire of the program on one screen."""

import time
from functools import partial
from typing import Any

import faust
from aiokafka.errors import KafkaError

from agents.bodies import offer_each
from agents.rules import Rules
from schemas import codec, topics
from streams.connection import client_options, faust_credentials
from streams.door import ControlDoor, Door
from streams.free_port import free_port
from streams.intake import Intake
from streams.lanes import Lanes, Wiring
from streams.metrics import Metrics
from streams.model import Model
from streams.partitioning import Homes
from streams.recovery import Customers
from streams.rows import MemoryRows, RocksRows
from streams.settings import Settings
from streams.survey import Survey
from streams.telemetry import Telemetry
from streams.ticker import Ticker, Wall
from streams.topic_check import topic_name
from streams.transaction import FENCED, Transaction, open_transaction
from streams.transport import Transport
from streams.web import views
from streams.worker import Stopping, Worker, worker_dir

READERS = {
    "chat": (topics.CHAT, codec.read_chat),
    "call": (topics.CALL, codec.read_call),
    "ticket": (topics.TICKET, codec.read_ticket),
    "care": (topics.CARE, codec.read_care),
}
"""What is said of customers: its agents by name, their topics, their readers."""

CONTROL = "control"
"""The agent that reads what is said to the workers."""

ROCKSDB = {"block_cache_size": 64 << 20, "write_buffer_size": 8 << 20, "max_write_buffer_number": 2}
"""Per partition. rocksdict's own defaults are 2 GiB of cache and 192 MB of buffers for each."""


METADATA_MS = 10_000
"""How long a group may stay without lanes: a broker that has just come back may name no topics, and whoever
leads the group then assigns none, until it asks again. aiokafka's default is five minutes."""


class App(faust.App):  # type: ignore[misc]
    """The Faust app; what is ours hangs on it so that Faust's own parts can reach it."""

    settings: Settings
    stopping: Stopping
    lanes: Lanes
    telemetry: Telemetry
    survey: Survey
    ticker: Ticker
    rules: Rules

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)


def build(settings: Settings) -> App:
    """The app with its table, its five agents and its web views."""
    app = App(**_faust_settings(settings))
    app.settings, app.stopping, app.rules = settings, Stopping(), rules(settings)
    app.survey = Survey(settings)
    name = partial(topic_name, settings)
    customers = app.Table(
        "customers", key_type=bytes, value_type=bytes,
        partitions=settings.partitions, options=dict(ROCKSDB) if settings.store == "rocksdb" else None,
    )  # fmt: skip
    rows = RocksRows(customers) if settings.store == "rocksdb" else MemoryRows()
    channels = {name(topic): channel for channel, (topic, _) in READERS.items()}
    channels[name(topics.CONTROL)] = CONTROL
    app.telemetry = Telemetry(Metrics(), app.stopping, channels)
    app.lanes = Lanes(
        Wiring(
            topics=list(channels),
            heart=Model(app.rules, name(topics.INTERVENTIONS), name(topics.MOODS)),
            rows=rows,
            facts=app.telemetry,
            open_outlet=partial(_opened, app),
            ends=app.survey.ends,
            interval_s=settings.flush_interval_ms / 1000,
        )
    )
    letters, homes = name(topics.DEAD_LETTERS), Homes(settings.partitions)
    for channel, (topic, read) in READERS.items():
        door = Door(name(topic), read, letters, homes, ahead_s(settings))
        _agent(app, channel, name(topic), Intake(door, app.lanes, app.stopping, settings))
    control = ControlDoor(
        name(topics.CONTROL), codec.read_control, letters, ticks_awaited=settings.clock == "stream"
    )
    _agent(app, CONTROL, name(topics.CONTROL), Intake(control, app.lanes, app.stopping, settings))
    wall = Wall(time.time, settings.settle_s) if settings.clock == "wall" else None
    app.ticker = Ticker(app.lanes, wall)
    app.task(app.ticker.run)
    views(app)
    return app


def rules(settings: Settings) -> Rules:
    """The numbers that this deployment decides by."""
    return Rules(duplicates_window_s=settings.duplicates_window_s, quotes=settings.quotes == "on")


async def _opened(app: App, lane: int) -> Transaction:
    settings = app.settings
    changelog = topic_name(settings, topics.changelog(settings.app_id))
    try:
        return await open_transaction(client_options(settings), settings.app_id, changelog, lane)
    except KafkaError as exc:
        # In the middle of a rebalance: Faust would log it and wait for ever. Another follows who was fenced.
        if not isinstance(exc, FENCED):
            app.stopping.ask(f"lane {lane}: cannot be opened ({exc})")
        raise


def _agent(app: App, channel: str, topic: str, intake: Intake) -> None:
    source = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def take(chunks: Any) -> None:
        await offer_each(chunks, intake.offer)

    # One partition must not wait for another (isolated), and order is the point (one at a time).
    app.agent(source, name=channel, isolated_partitions=True, concurrency=1)(take)


def ahead_s(settings: Settings) -> float:
    """How far, in seconds, an event may be ahead of its record's time; endless on the stream clock."""
    # Where history is replayed, Kafka's timestamps are of today and say nothing about the events.
    return settings.max_ahead_s if settings.clock == "wall" else float("inf")


def _faust_settings(settings: Settings) -> dict[str, Any]:
    port = settings.web_port or free_port(settings.web_host)
    session = settings.session_timeout_s
    return {
        "id": settings.app_id,
        "broker": ";".join(f"kafka://{address}" for address in settings.broker.split(",")),
        "broker_credentials": faust_credentials(settings),
        "store": f"{settings.store}://",
        "datadir": str(worker_dir(settings)),
        "Worker": Worker,
        "Table": Customers,
        "table_standby_replicas": settings.standby_replicas,
        "consumer_group_instance_id": settings.instance_id or None,
        "autodiscover": False,
        "topic_partitions": settings.partitions,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "consumer_auto_offset_reset": "earliest",
        "consumer_metadata_max_age_ms": METADATA_MS,
        "broker_session_timeout": session,
        "broker_heartbeat_interval": session / 5,
        "broker_request_timeout": max(40.0, session + 10),
        "broker_max_poll_records": 8_000,
        "broker_check_crcs": False,
        "stream_recovery_delay": 0.0,
        # `Recovery.ahead` looks, and says so in a line; Faust would crash.
        "recovery_consistency_check": False,
        "stream_wait_empty": True,
        "web_bind": settings.web_host,
        "web_port": port,
        "web_host": settings.web_host,
        "canonical_url": settings.web_url or f"http://{settings.web_host}:{port}",
    }
