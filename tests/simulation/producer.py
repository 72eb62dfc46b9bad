"""The producer that `streams.transaction` is given: aiokafka's shape, and its habits where they matter."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka.errors import ProducerClosed
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP

from streams.ports import Header
from tests.simulation.broker import Broker, Busy, Record
from tests.simulation.wire import Wire


class Acknowledged(NamedTuple):
    """The broker's word for a batch."""

    offset: int


class Batch:
    """Records that travel together; full after a few, so that a flush takes several."""

    def __init__(self, room: int) -> None:
        self.records: list[Record] = []
        self._room = room

    def append(
        self, *, key: bytes | None, value: bytes | None, timestamp: None, headers: list[Header]
    ) -> object | None:
        """Take one in; nothing where there is no room."""
        if len(self.records) == self._room:
            return None
        self.records.append(Record(key, value, headers))
        return self

    def close(self) -> None:
        """Nothing to seal."""


class Producer:
    """A transactional producer on a simulated broker."""

    def __init__(self, broker: Broker, wire: Wire, room: int, **options: Any) -> None:
        self.broker = broker
        self._wire = wire
        self._room = room
        self._name: str = options["transactional_id"]
        self._backoff_s = options["retry_backoff_ms"] / 1000
        self._epoch = -1
        self._last: dict[TP, asyncio.Task[Acknowledged]] = {}
        self._empty = True
        self._closed = False

    async def start(self) -> None:
        """Fence every earlier owner of the id."""
        self._epoch = await self.ask("init", lambda: self.broker.init(self._name))

    async def begin_transaction(self) -> None:
        """Known to the producer alone until something is sent."""
        self._last, self._empty = {}, True

    def create_batch(self) -> Batch:
        """An empty batch."""
        return Batch(self._room)

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Task[Acknowledged]":
        """Send behind the partition's other batches; gives what will be its acknowledgement."""
        tp = TP(topic, partition)
        ack = asyncio.get_running_loop().create_task(self._produce(tp, batch, self._last.get(tp)))
        self._last[tp], self._empty = ack, False
        return ack

    async def _produce(
        self, tp: TP, batch: Batch, before: "asyncio.Task[Acknowledged] | None"
    ) -> Acknowledged:
        if before is not None:
            await asyncio.wait({before})
        offset = await self.ask(
            f"produce {tp.topic}-{tp.partition}",
            lambda: self.broker.produce(self._name, self._epoch, tp, batch.records),
        )
        return Acknowledged(offset)

    async def send_offsets_to_transaction(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str
    ) -> None:
        """Offsets that are committed with the transaction."""
        self._empty = False
        mine = {TP(*tp): offset for tp, offset in offsets.items()}
        await self.ask("offsets", lambda: self.broker.add_offsets(self._name, self._epoch, mine))

    async def commit_transaction(self) -> None:
        """Once every batch has an answer, whichever it is: aiokafka commits although one has failed."""
        for ack in self._last.values():
            await asyncio.wait({ack})
        if not self._empty:
            await self.ask("commit", lambda: self.broker.end(self._name, self._epoch))

    async def ask(self, what: str, arrive: Callable[[], Any]) -> Any:
        """Ask until no transaction is in the way; raises what the broker or the net says otherwise."""
        while True:
            if self._closed:
                raise ProducerClosed
            try:
                return await self._wire.ask(f"{self._name} {what}", arrive, may_fail=True)
            except Busy:
                await asyncio.sleep(self._backoff_s)

    async def stop(self) -> None:
        """What was sent has its answer; what is open stays open."""
        for ack in self._last.values():
            await asyncio.wait({ack})
        self._closed = True
