"""What production code would be without one of its guards: each a patch that the simulator must find."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from streams import order, topology, transaction
from streams.lane import Lane
from streams.lanes import Lanes
from streams.order import END
from streams.ports import Flush
from streams.rows import LocalRows
from tests.simulation import worker
from tests.simulation.loop import CURRENT
from tests.simulation.producer import Acknowledged, Producer

Broken = Callable[[], AbstractContextManager[Any]]


def _apart(producer: Producer, offsets: dict[Any, OffsetAndMetadata]) -> Any:
    mine = {TP(*tp): offset for tp, offset in offsets.items()}
    return producer.ask("offsets", lambda: producer.broker.commit_offsets(mine))


@contextmanager
def offsets_apart() -> Iterator[None]:
    """Offsets are committed as consumers do, once the rows' transaction is."""
    kept: dict[Producer, Any] = {}
    commit = Producer.commit_transaction

    async def send_offsets(self: Producer, offsets: dict[Any, OffsetAndMetadata], _group: str) -> None:
        kept[self] = offsets

    async def commit_both(self: Producer) -> None:
        await commit(self)
        if offsets := kept.pop(self, None):
            await _apart(self, offsets)

    with (
        patch.object(Producer, "send_offsets_to_transaction", send_offsets),
        patch.object(Producer, "commit_transaction", commit_both),
    ):
        yield


@contextmanager
def acknowledged_early() -> Iterator[None]:
    """A flush counts as durable as soon as its commit was sent: nobody waits for the broker's word."""
    commit = Producer.commit_transaction

    async def send_only(self: Producer) -> None:
        sent = asyncio.get_running_loop().create_task(commit(self))
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())

    with patch.object(Producer, "commit_transaction", send_only):
        yield


@contextmanager
def unfenced() -> Iterator[None]:
    """Every owner of a lane has a transactional id of its own, so that opening an outlet fences nobody."""
    numbers = count()

    def own(app_id: str, lane: int) -> str:
        return f"{app_id}-lane-{lane}-{next(numbers)}"

    with patch.object(transaction, "transactional_id", own):
        yield


class StoreFirst:
    """An outlet that lets the worker's rows be written before the broker has them."""

    def __init__(self, outlet: transaction.Transaction, lane: int, rows: LocalRows) -> None:
        self._outlet = outlet
        self._lane = lane
        self._rows = rows
        self.close = outlet.close

    async def commit(self, flush: Flush) -> int:
        self._rows.put(self._lane, flush.rows, -1)
        return await self._outlet.commit(flush)


@contextmanager
def store_first() -> Iterator[None]:
    """The local rows are written before the acknowledgement."""
    opened = topology.open_transaction

    async def opening(connection: Any, app_id: str, changelog: str, lane: int) -> StoreFirst:
        opener = CURRENT.get()
        assert isinstance(opener, worker.Worker)
        return StoreFirst(await opened(connection, app_id, changelog, lane), lane, opener.rows)

    with patch.object(topology, "open_transaction", opening):
        yield


@contextmanager
def batches_unheeded() -> Iterator[None]:
    """Nobody looks whether a batch was acknowledged before the commit; aiokafka itself does not."""
    send = Producer.send_batch

    async def send_only(self: Producer, *args: Any, **options: Any) -> Any:
        await send(self, *args, **options)
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(Acknowledged(0))
        return acknowledged

    with patch.object(Producer, "send_batch", send_only):
        yield


def unread_ignored() -> AbstractContextManager[Any]:
    """Records are folded although older ones of another topic are known of and unread."""
    return patch.object(order, "unread_from", lambda _sources, _ends: END)


@contextmanager
def unasked() -> Iterator[None]:
    """Nobody asks where the topics end before folding: only fetches tell, each as of its own time."""
    surveyed = Lane.surveyed

    def unheard(self: Lane, offered: Sequence[int], _ends: Sequence[int]) -> None:
        surveyed(self, offered, [source.end for source in self.sources])

    with patch.object(Lane, "surveyed", unheard):
        yield


def old_chunks_taken() -> AbstractContextManager[Any]:
    """A chunk that was fetched before a rebalance is taken after it."""
    return patch.object(
        Lanes,
        "accepts",
        lambda self, tp, _epoch: tp.partition in self.ledgers and self.ledgers[tp.partition].open,
    )


@contextmanager
def ticks_ungated() -> Iterator[None]:
    """Silence is judged as soon as it is asked for, whatever is still unread."""
    with patch.object(Lane, "ripe", lambda self: self._asked is not None):
        yield


class Guard(NamedTuple):
    """A guard by name, and the world without it."""

    name: str
    broken: Broken


GUARDS = (
    Guard("offsets are in the rows' transaction", offsets_apart),
    Guard("nothing counts before the commit is answered", acknowledged_early),
    Guard("opening a lane fences its former owner", unfenced),
    Guard("the store is written after the commit", store_first),
    Guard("a tick waits for all that is unread", ticks_ungated),
    Guard("every batch is acknowledged before the commit", batches_unheeded),
    Guard("nothing is folded before what may be older was read", unread_ignored),
    Guard("the topics' ends are asked for before anything is folded", unasked),
    Guard("chunks of before a rebalance are void", old_chunks_taken),
)
