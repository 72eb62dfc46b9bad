"""Getting a broker: a real Kafka where its parts can be had, else the stand-in, saying why."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from schemas import topics
from streams.broker import kafka, parts, stand_in
from streams.broker.kafka import BrokerRefused
from streams.broker.parts import PartMissing, Tell
from streams.settings import Settings
from streams.topic_check import topic_name

Kind = Literal["kafka", "stand-in", "auto"]
KINDS: tuple[Kind, ...] = ("kafka", "stand-in", "auto")


@dataclass(frozen=True, slots=True)
class Running:
    """A broker at work: what it is, where, why it is not Kafka where it is not, and how to end it."""

    name: str
    address: str
    not_kafka_because: str | None
    alive: Callable[[], bool]
    last_words: Callable[[], str]
    stop: Callable[[], None]


def start(settings: Settings, kind: Kind, tell: Tell) -> Running:
    """Run a broker at `settings.broker`; returns once it answers, raises `BrokerRefused` where none can."""
    address = local_address(settings.broker)
    if kind == "stand-in":
        return _stand_in(settings, address, "it was asked for")
    try:
        return _kafka(settings, address, tell)
    except PartMissing as exc:
        if kind == "kafka":
            raise BrokerRefused(str(exc)) from None
        return _stand_in(settings, address, str(exc))


def local_address(broker: str) -> tuple[str, int]:
    """The one free loopback address that the setting names; raises `BrokerRefused` with a line otherwise."""
    host, _, port = broker.partition(":")
    host = "127.0.0.1" if host == "localhost" else host
    if not (_is_loopback(host) and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise BrokerRefused(
            f"SIMMER_BROKER={broker}: a local broker serves one loopback address, such as 127.0.0.1:9092"
        )
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, int(port)))
        except OSError as exc:
            raise BrokerRefused(f"SIMMER_BROKER={broker}: the port is in use ({exc.strerror})") from None
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False


def _kafka(settings: Settings, address: tuple[str, int], tell: Tell) -> Running:
    folder = settings.data_dir / "kafka"
    java = parts.java()
    jars = parts.jars(folder, tell)
    tell(f"starting Kafka {parts.version()}")
    node = kafka.start(address, folder, jars, java)
    name = f"Kafka {parts.version()}"
    return Running(name, settings.broker, None, node.alive, node.last_words, node.stop)


def _stand_in(settings: Settings, address: tuple[str, int], because: str) -> Running:
    names = [topic_name(settings, topic) for topic in topics.everything(settings.app_id)]
    broker = stand_in.start(address, names, settings.partitions)
    return Running("the stand-in", settings.broker, because, lambda: True, lambda: "", broker.stop)
