"""The stand-in: librdkafka's mock cluster, for a quick start where a real Kafka cannot be had."""

import ctypes
import importlib
from collections.abc import Iterable
from dataclasses import dataclass

from streams.broker import mending, relay
from streams.broker.kafka import BrokerRefused
from streams.broker.relay import Address

DOES_NOT_HOLD = (
    "nothing is kept once it stops",
    "nothing is compacted; a partition forgets all but its last 5 MB or 100,000 records",
    "records of an aborted transaction are seen, and a second owner does not fence the first",
    "topics that were not there when it started get 4 partitions, and none of our limits",
)
"""What is true of Kafka and not of the stand-in: never judge loss, crashes or speed by it."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stand-in at work in this process."""

    door: relay.Relay
    library: ctypes.CDLL
    cluster: int
    client: int

    def stop(self) -> None:
        """End it, with everything that was sent to it."""
        self.door.stop()
        self.library.rd_kafka_mock_cluster_destroy(self.cluster)
        self.library.rd_kafka_destroy(self.client)


def start(address: Address, topics: Iterable[str], partitions: int) -> StandIn:
    """Run it at the address, with the topics; raises `BrokerRefused` where its package is not installed."""
    library = _library()
    client = _client(library)
    cluster = library.rd_kafka_mock_cluster_new(client, 1)
    for api, version in mending.VERSIONS.items():
        library.rd_kafka_mock_set_apiversion(cluster, api, version, version)
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    # Without a controller, clients wait for one before they learn that topics cannot be created.
    library.rd_kafka_mock_set_controller_id(cluster, 1)
    for topic in topics:
        library.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, 1)
    host, port = library.rd_kafka_mock_cluster_bootstraps(cluster).decode().split(":")
    door = relay.start(address, (host, int(port)))
    # From now on it names the relay's address to its clients, so all they send passes there.
    library.rd_kafka_mock_broker_set_host_port(cluster, 1, address[0].encode(), address[1])
    return StandIn(door, library, cluster, client)


def _library() -> ctypes.CDLL:
    """The librdkafka inside confluent-kafka, whose mock cluster Python cannot reach otherwise."""
    try:
        extension = importlib.import_module("confluent_kafka.cimpl")
    except ImportError:
        raise BrokerRefused("the stand-in needs confluent-kafka: pip install 'simmer[stand-in]'") from None
    library = ctypes.CDLL(str(extension.__file__))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_conf_set", number, [pointer, text, text, text, ctypes.c_size_t]),
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_set_apiversion", number, [pointer, *[ctypes.c_int16] * 3]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_set_controller_id", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_broker_set_host_port", None, [pointer, ctypes.c_int32, text, number]),
    ):
        function = getattr(library, name, None)
        if function is None:
            raise BrokerRefused("the stand-in needs confluent-kafka 2.16 or newer: this one cannot do enough")
        function.restype, function.argtypes = result, arguments
    return library


def _client(library: ctypes.CDLL) -> int:
    """A client that connects nowhere: the mock cluster needs one to live in."""
    error = ctypes.create_string_buffer(512)
    conf = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(conf, b"log_level", b"0", error, len(error))
    client: int | None = library.rd_kafka_new(0, conf, error, len(error))
    if client is None:
        raise BrokerRefused(f"the stand-in did not start: {error.value.decode()}")
    return client
