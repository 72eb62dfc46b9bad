"""What we override or reach into upstream, pinned: a change there fails here before it fails in production.

When one falls, read what changed against the override in `streams/transport.py`, `recovery.py`,
`transaction.py`, `connection.py` or `permissions.py`, then run `python -m tests.streams.test_upstream` for
the new fingerprints.
"""

import hashlib
import inspect
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection, OAuthAuthenticator
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.producer import AIOKafkaProducer
from aiokafka.producer.sender import Sender
from faust.app.base import App
from faust.tables.recovery import Recovery
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver
from mode.worker import Worker

LEANED_ON: dict[str, tuple[Callable[..., Any], str]] = {
    "drain": (consumer.Consumer._drain_messages, "44a2500309e8"),
    "perform_seek": (consumer.Consumer.perform_seek, "0e8c130ff4b0"),
    "revoked": (consumer.Consumer.on_partitions_revoked, "d04b7ae72c6f"),
    "assigned": (consumer.Consumer.on_partitions_assigned, "29ce96596f05"),
    "wait_empty": (consumer.Consumer.wait_empty, "e4662fe24f09"),
    "on_stop": (consumer.Consumer.on_stop, "45b1d2210ce2"),
    "pending acks": (consumer.Consumer._filter_tps_with_pending_acks, "f6f923977423"),
    "app revoked": (App._on_partitions_revoked, "d5c895bbe57d"),
    "app assigned": (App._on_partitions_assigned, "de932b7927db"),
    "worker consumer": (
        driver.AIOKafkaConsumerThread._create_worker_consumer,
        "c2701bfc3e6f",
    ),
    "getmany": (driver.AIOKafkaConsumerThread.getmany, "26fc5fc9f3b6"),
    "fetch records": (driver.AIOKafkaConsumerThread._fetch_records, "39a2c6c79fc1"),
    "thread stop": (driver.AIOKafkaConsumerThread.on_thread_stop, "8dfc004e258b"),
    "restart recovery": (Recovery._restart_recovery.fun, "6bd8a8558a2d"),
    "need recovery": (Recovery.need_recovery, "fd1dc345b5d5"),
    "commandline": (Worker.execute_from_commandline, "212e98f635d7"),
    "committed offsets": (GroupCoordinator.fetch_committed_offsets, "6c049c737916"),
    "consumer record": (PartitionRecords._consumer_record, "e668541600b0"),
    "unpack records": (PartitionRecords._unpack_records, "b803e6d46480"),
    "notify": (Fetcher._notify, "d3a30d94f34f"),
    "commit transaction": (AIOKafkaProducer.commit_transaction, "c7f9677c8941"),
    "sender": (Sender._sender_routine, "2380dc5e333d"),
    "token authenticator": (AIOKafkaConnection.authenticator_oauth, "8fdc4e867f0d"),
    "token step": (OAuthAuthenticator.step, "3a013ab61098"),
    "request log": (AIOKafkaConnection.send, "5909ea32f4ef"),
    "admin request": (AIOKafkaAdminClient._send_request, "1ed126f126dd"),
}


def fingerprint(function: Callable[..., Any]) -> str:
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", LEANED_ON)
def test_what_is_overridden_or_leaned_on_is_what_it_was(name: str) -> None:
    function, expected = LEANED_ON[name]
    assert fingerprint(function) == expected


def test_the_versions_are_the_ones_that_were_read() -> None:
    assert {name: version(name) for name in ("faust-streaming", "mode-streaming", "aiokafka")} == {
        "faust-streaming": "0.15.3",
        "mode-streaming": "0.7.1",
        "aiokafka": "0.14.0",
    }


if __name__ == "__main__":
    sys.stdout.writelines(f"{name}: {fingerprint(function)}\n" for name, (function, _) in LEANED_ON.items())
