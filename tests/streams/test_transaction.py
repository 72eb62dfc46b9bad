"""The mark that travels with an offset, and what the transaction does around a failure."""

import asyncio
import gc
from math import inf
from typing import Any, NamedTuple

import pytest
from aiokafka.errors import ProducerFenced, for_code
from aiokafka.structs import OffsetAndMetadata

from streams.lane import new_flush
from streams.ports import LaneLost, Mark, Record
from streams.transaction import Destination, Transaction, mark_of, metadata_of


@pytest.mark.parametrize("mark", [Mark(7, 1772438400.123456), Mark(1, -inf), Mark(3, 0.1 + 0.2)])
def test_a_mark_comes_back_exactly(mark: Mark) -> None:
    assert mark_of(OffsetAndMetadata(mark.next_offset, metadata_of(mark))) == mark


@pytest.mark.parametrize("none", [None, OffsetAndMetadata(-1, "")])
def test_where_nothing_was_committed_there_is_no_mark(none: OffsetAndMetadata | None) -> None:
    assert mark_of(none) is None


def test_an_offset_that_was_reset_by_hand_begins_as_at_the_topics_start() -> None:
    assert mark_of(OffsetAndMetadata(42, "")) == Mark(42, -inf)


def test_a_fenced_producer_is_told_by_its_code() -> None:
    """Kafka's error 90 is unknown to aiokafka; without our entry it would be an unknown error."""
    assert for_code(90) is ProducerFenced


class Batch:
    def __init__(self) -> None:
        self.items: list[tuple[Any, ...]] = []

    def append(self, key: bytes, value: bytes, timestamp: None, headers: list[Any]) -> object:
        if len(self.items) == 2:
            return None
        self.items.append((key, value, headers))
        return object()

    def close(self) -> None:
        """Nothing more is added."""


class Acknowledged(NamedTuple):
    """What awaiting a batch gives."""

    offset: int


class Producer:
    """Writes down the calls in their order; batches hold two records; `bad` fails the batch of that topic."""

    def __init__(self, bad: str = "") -> None:
        self.calls: list[Any] = []
        self.bad = bad

    async def begin_transaction(self) -> None:
        self.calls.append("begin")

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, partition: int) -> "asyncio.Future[Acknowledged]":
        self.calls.append((topic, partition, [item[1] for item in batch.items]))
        ack = asyncio.get_running_loop().create_future()
        if topic == self.bad:
            ack.set_exception(OSError("lost"))
        else:
            ack.set_result(Acknowledged(10 * len(self.calls)))
        return ack

    async def send_offsets_to_transaction(self, offsets: dict[Any, Any], group: str) -> None:
        self.calls.append((group, {tp.topic: (o.offset, o.metadata) for tp, o in offsets.items()}))

    async def commit_transaction(self) -> None:
        self.calls.append("commit")


def flush() -> Any:
    made = new_flush()
    made.rows = [(b"ann", b"1"), (b"bob", b"2"), (b"cy", b"3")]
    made.records = [Record("out", b"ann", b"said", [])]
    made.marks = {"chat": Mark(5, 1.5)}
    return made


async def test_rows_outputs_and_offsets_go_in_one_transaction_to_the_lanes_own_partition() -> None:
    producer = Producer()
    offset = await Transaction(producer, Destination(3, "changelog", "simmer")).commit(flush())
    assert producer.calls == [
        "begin",
        ("changelog", 3, [b"1", b"2"]),
        ("changelog", 3, [b"3"]),
        ("out", 3, [b"said"]),
        ("simmer", {"chat": (5, "1.5")}),
        "commit",
    ]
    assert offset == 30


async def test_a_failed_batch_is_seen_before_the_commit() -> None:
    """Left alone, aiokafka would commit all the same."""
    producer = Producer(bad="out")
    with pytest.raises(OSError, match="lost"):
        await Transaction(producer, Destination(3, "changelog", "simmer")).commit(flush())
    assert "commit" not in producer.calls


async def test_being_fenced_means_that_the_lane_is_lost() -> None:
    class Fenced(Producer):
        async def begin_transaction(self) -> None:
            raise ProducerFenced

    with pytest.raises(LaneLost):
        await Transaction(Fenced(), Destination(3, "changelog", "simmer")).commit(flush())


async def test_batches_of_a_flush_that_has_failed_leave_no_trace() -> None:
    class Fenced(Producer):
        async def send_offsets_to_transaction(self, offsets: dict[Any, Any], group: str) -> None:
            raise ProducerFenced

    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    with pytest.raises(LaneLost):
        await Transaction(Fenced(bad="out"), Destination(3, "changelog", "simmer")).commit(flush())
    await asyncio.sleep(0)
    gc.collect()
    assert told == []
