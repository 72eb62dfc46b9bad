"""Kafka as far as lanes see it: logs with markers, transactions, fencing, committed offsets with metadata.

Everything here happens at the moment a request arrives. Answers, delays and losses are the wire's.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from zlib import crc32

from aiokafka.errors import InvalidProducerEpoch, InvalidTxnState, KafkaError, ProducerFenced
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from streams.ports import Header
from tests.simulation.clock import wall_s

MARKER_MOST_S = 0.03
"""How long after its decision a transaction's last marker is written."""

Offsets = Mapping[TP, OffsetAndMetadata]
"""How far each partition was taken, with what the lane remembers of it."""


class Busy(KafkaError):  # type: ignore[misc] # noqa: N818 - an answer, to be asked again
    """CONCURRENT_TRANSACTIONS: the last one's markers are not all written; ask again."""


class Record:
    """One place in a log; `transaction` is the one it was written in, a marker has nothing but that."""

    __slots__ = ("headers", "key", "marker", "offset", "timestamp", "transaction", "value")

    def __init__(self, key: bytes | None, value: bytes | None, headers: Sequence[Header] = ()) -> None:
        self.key = key
        self.value = value
        self.headers = headers
        self.offset = -1
        self.timestamp = 0
        self.marker = False
        self.transaction: Txn | None = None


@dataclass(eq=False)
class Txn:
    """An open or ended transaction: where it wrote, the offsets it carries, and how it was decided."""

    tps: list[TP] = field(default_factory=list)
    offsets: dict[TP, OffsetAndMetadata] = field(default_factory=dict)
    committed: bool | None = None


class Log:
    """One partition."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.open: dict[Txn, int] = {}

    def stable_end(self) -> int:
        """The last stable offset: nothing from here on is shown to who reads committed."""
        return min(self.open.values()) if self.open else len(self.records)

    def read(self, position: int, most: int) -> tuple[list[Record], int]:
        """Committed records from a position on, and the position behind them and behind what is not shown."""
        found: list[Record] = []
        end = self.stable_end()
        for record in self.records[position:end]:
            if len(found) == most:
                return found, record.offset
            if not record.marker and (record.transaction is None or record.transaction.committed):
                found.append(record)
        return found, max(position, end)

    def visible(self) -> list[Record]:
        """Everything that who reads committed is shown."""
        return self.read(0, len(self.records) + 1)[0]


@dataclass
class Owner:
    """What the broker knows of a transactional id; only the newest epoch may write."""

    epoch: int = -1
    transaction: Txn | None = None


class Broker:
    """All logs, transactional ids and committed offsets."""

    def __init__(self, rng: Random, slowness_s: float, timeout_s: float, nodes: int) -> None:
        self.nodes = nodes
        self.logs: dict[TP, Log] = {}
        self.committed: dict[TP, OffsetAndMetadata] = {}
        self.commits: list[Offsets] = []
        self._owners: dict[str, Owner] = {}
        self._rng = rng
        self._slowness_s = slowness_s
        self._timeout_s = timeout_s
        self._waiters: list[asyncio.Future[None]] = []

    def leader(self, tp: TP) -> int:
        """The node that is asked for a partition."""
        return crc32(f"{tp.topic}-{tp.partition}".encode()) % self.nodes

    def log(self, tp: TP) -> Log:
        """A partition; there from the first question on."""
        if tp not in self.logs:
            self.logs[tp] = Log()
        return self.logs[tp]

    def init(self, name: str) -> int:
        """A new epoch of a transactional id: from here on every earlier one is refused; raises `Busy`."""
        owner = self._owners.setdefault(name, Owner())
        if owner.transaction is not None:
            if owner.transaction.committed is None:
                owner.epoch += 1
                self._decide(owner, committed=False)
            raise Busy
        owner.epoch += 1
        return owner.epoch

    def produce(self, name: str, epoch: int, tp: TP, records: Sequence[Record]) -> int:
        """Append a batch in the id's transaction; gives its base offset."""
        transaction = self._transaction(name, epoch)
        log = self.log(tp)
        if tp not in transaction.tps:
            transaction.tps.append(tp)
            log.open[transaction] = len(log.records)
        return self.append(tp, records, transaction)

    def append(self, tp: TP, records: Sequence[Record], transaction: Txn | None = None) -> int:
        """Append as it is; without a transaction it is shown at once."""
        log = self.log(tp)
        base = len(log.records)
        now_ms = int(wall_s() * 1000)
        for record in records:
            record.offset, record.timestamp, record.transaction = len(log.records), now_ms, transaction
            log.records.append(record)
        self._wake()
        return base

    def add_offsets(self, name: str, epoch: int, offsets: Offsets) -> None:
        """Offsets that count when the id's transaction is committed."""
        self._transaction(name, epoch).offsets.update(offsets)

    def end(self, name: str, epoch: int, *, committed: bool = True) -> None:
        """Decide the id's transaction; its markers are written after this is answered."""
        owner = self._current(name, epoch)
        if owner.transaction is None:
            raise InvalidTxnState
        if owner.transaction.committed is not None:
            raise Busy
        self._decide(owner, committed=committed)

    def commit_offsets(self, offsets: Offsets) -> None:
        """Offsets outside of any transaction, as consumers commit them."""
        self.committed.update(offsets)
        self.commits.append(dict(offsets))

    def arrival(self, wait_s: float) -> "asyncio.Future[None]":
        """Done when anything becomes readable, or after so long."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        loop.call_later(wait_s, _done, waiter)
        return waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            _done(waiter)

    def _current(self, name: str, epoch: int) -> Owner:
        owner = self._owners[name]
        if epoch != owner.epoch:
            raise self._rng.choice((ProducerFenced, InvalidProducerEpoch))
        return owner

    def _transaction(self, name: str, epoch: int) -> Txn:
        owner = self._current(name, epoch)
        if owner.transaction is None:
            owner.transaction = Txn()
            loop = asyncio.get_running_loop()
            loop.call_later(self._timeout_s, self._expire, owner, owner.transaction)
        elif owner.transaction.committed is not None:
            raise Busy
        return owner.transaction

    def _expire(self, owner: Owner, transaction: Txn) -> None:
        if owner.transaction is transaction and transaction.committed is None:
            owner.epoch += 1
            self._decide(owner, committed=False)

    def _decide(self, owner: Owner, *, committed: bool) -> None:
        transaction = owner.transaction
        assert transaction is not None
        transaction.committed = committed
        # Every log learns it at a time of its own, and so do the offsets.
        left = [partial(self._mark, tp, transaction) for tp in transaction.tps]
        left.append(partial(self._settle, transaction))
        missing = len(left)

        def write(marker: Callable[[], None]) -> None:
            nonlocal missing
            marker()
            missing -= 1
            if not missing:
                owner.transaction = None

        for marker in left:
            delay_s = min(self._rng.expovariate(2 / self._slowness_s), MARKER_MOST_S)
            asyncio.get_running_loop().call_later(delay_s, write, marker)

    def _mark(self, tp: TP, transaction: Txn) -> None:
        marker = Record(None, None)
        marker.marker = True
        self.append(tp, [marker], transaction)
        del self.log(tp).open[transaction]
        self._wake()

    def _settle(self, transaction: Txn) -> None:
        if transaction.committed and transaction.offsets:
            self.commit_offsets(transaction.offsets)


def _done(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
