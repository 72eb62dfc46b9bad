"""Where Faust is extended: one event per fetched chunk, offsets in the lanes' transactions, fast recovery.

Each override names what it stands in for; tests/streams/test_upstream.py fails when that changes upstream.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher as fetching
from aiokafka.structs import TopicPartition
from faust.events import Event
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.lanes import Lanes
from streams.ports import Arrival, Mark
from streams.recovery import Recovery
from streams.transaction import mark_of

FETCH_WAIT_MS = 500
"""How long the broker may hold an empty fetch; Faust fixes 1,500, and a change of interest waits it out."""

FETCH_OVER_S = 0.01
"""Between two looks whether a fetch from before a rebalance is over; it lasts a second at the most."""

GATHER_BELOW = 200
"""Records of one poll below which the fetcher is given a moment: a chunk costs, a record in it does not."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one poll brought of one partition."""

    tp: TP
    records: Sequence[Arrival]
    next_offset: int
    epoch: int
    lanes: Lanes

    def live(self) -> bool:
        """Whether the lane it belongs to is still ours, and this is not from before a rebalance."""
        return self.lanes.accepts(self.tp, self.epoch)


class Arrivals(fetching.PartitionRecords):  # type: ignore[misc]
    """Fetched records as their batch gives them: aiokafka's own take a tenth of the time of an event."""

    def __iter__(self) -> Iterator[Arrival]:
        iterator: Iterator[Arrival] = self._records_iterator
        return iterator

    def _consumer_record(self, tp: Any, record: Any) -> Arrival:  # noqa: ARG002 - aiokafka's signature
        arrival: Arrival = record
        return arrival


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that fetches: it reads committed records only and does not linger."""

    fetching = 0
    """Fetches under way; one whose caller was cancelled goes on and moves the reader."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # For the only consumer of a worker's process; commands that read topics are other processes.
        fetching.PartitionRecords = Arrivals
        # Faust offers no setting for either; aiokafka reads them when the consumer starts.
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        self.fetching += 1
        try:
            return await super()._fetch_records(*args, **kwargs)
        finally:
            self.fetching -= 1

    async def on_thread_stop(self) -> None:
        """End although a cancelled fetch that waited to try again says so: the worker would wait for ever."""
        with suppress(asyncio.CancelledError):
            await super().on_thread_stop()

    async def marks(self, tps: Iterable[TP]) -> dict[TP, Mark | None]:
        """The committed marks of these partitions."""
        found: dict[TP, Mark | None] = await self.call_thread(self._marks, list(tps))
        return found

    async def _marks(self, tps: list[TP]) -> dict[TP, Mark | None]:
        coordinator = self._ensure_consumer()._coordinator
        found = await coordinator.fetch_committed_offsets([TopicPartition(*tp) for tp in tps])
        return {tp: mark_of(found.get(TopicPartition(*tp))) for tp in tps}


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Delivers chunks to the agents and leaves committing to the lanes."""

    _wanted: frozenset[TP] | set[TP] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lanes: Lanes = self.app.lanes
        self.lanes.on_room = self._widen
        self._room = asyncio.Event()
        self._recovery = Recovery(self.app, self._fetch_state)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Before Faust lets go of anything: finish or drop what the lanes have in hand."""
        await self.lanes.close()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Before Faust reads a changelog's end: fence whoever could still write to it."""
        if not self.app.should_stop:
            await self.lanes.open(assigned)
        # A fetch from before would take what is read from here on, and nobody would get it.
        while self._thread.fetching:  # noqa: ASYNC110 - the count is another thread's
            await asyncio.sleep(FETCH_OVER_S)
        await super().on_partitions_assigned(assigned, generation_id)

    def resume_flow(self) -> None:
        """Before a recovery reads anything: forget that the one before has ended.

        Faust leaves that sign for up to five seconds, and a recovery that began by then would be over before
        it has read a row.
        """
        self.app.tables.recovery.signal_recovery_end.clear()
        super().resume_flow()

    async def perform_seek(self) -> None:
        """After recovery: the lanes begin at their committed marks."""
        await super().perform_seek()
        tps = self.lanes.unstarted()
        if not tps:
            return
        if (line := self._recovery.ahead()) is not None:
            self.app.stopping.ask(line)
            return
        epoch = self.lanes.epoch
        marks = await self._thread.marks(tps)
        begins = await self.earliest_offsets(*tps)
        ends = await self.highwaters(*tps)
        if epoch == self.lanes.epoch:
            found = {tp: mark or Mark(begins[tp], float("-inf")) for tp, mark in marks.items()}
            self.lanes.start(found, ends)

    async def wait_empty(self) -> None:
        """On SIGTERM a chunk that waits for another topic would wait for ever: close the lanes first."""
        await self.lanes.close()
        await super().wait_empty()

    async def on_stop(self) -> None:
        """The same, where stopping does not wait."""
        await self.lanes.close()
        await self.app.survey.close()
        await super().on_stop()

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        for tp in list(self._acked):
            if self.lanes.is_source(tp):
                self._acked[tp].clear()
                self._acked_index[tp].clear()
        yield from (
            tp for tp in super()._filter_tps_with_pending_acks(topics) if not self.lanes.is_source(tp)
        )

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would warn that nothing is committed; readiness and metrics say when a lane stands still."""

    def _widen(self, tp: TP) -> None:
        """A lane has room again: let a fetch that is already waiting take this partition too."""
        self._room.set()
        if isinstance(self._wanted, set) and tp not in self._wanted and self.lanes.room(tp):
            self._wanted.add(tp)
            fetcher = self._thread._consumer._fetcher
            self._thread.thread_loop.call_soon_threadsafe(_wake, fetcher)

    def _fetch_state(self, tp: TP) -> Any:
        subscription = self._thread._ensure_consumer()._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return None
        topic_partition = TopicPartition(*tp)
        if topic_partition not in subscription.assignment.tps:
            return None
        return subscription.assignment.state_value(topic_partition)

    async def _drain_messages(self, fetcher: Any) -> None:
        """In place of a task, a lock and a queue for every record: one event for every fetched chunk."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await asyncio.sleep(0)
                if self.flow_active:
                    await self._poll()
                else:
                    await self.wait(self.can_resume_flow)
        except (asyncio.CancelledError, *self.consumer_stopped_errors):
            # Faust would take being cancelled during a rebalance for a crash, at the worker's end too.
            if not self.app.should_stop:
                raise

    async def _poll(self) -> None:
        lanes = self.lanes
        wanted = {tp for tp in self._get_active_partitions() if not lanes.is_source(tp) or lanes.room(tp)}
        if not wanted:
            await self._await_room()
            return
        self._wanted = wanted
        epoch = lanes.epoch
        polled = await self._getmany(active_partitions=wanted, timeout=1.0)
        self._wanted = frozenset()
        if epoch != lanes.epoch or not self.flow_active:
            await self._return(polled)
            return
        for tp, records in polled.items():
            if lanes.is_source(tp):
                await self._deliver(tp, records)
            else:
                self._recovery.restore(tp, records)
        self._recovery.look()
        self._look()
        if lanes.wiring.interval_s and sum(map(len, polled.values())) < GATHER_BELOW:
            await asyncio.sleep(min(lanes.wiring.interval_s / 4, 0.01))

    async def _await_room(self) -> None:
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), 0.2)
        except TimeoutError:
            return

    async def _return(self, polled: Any) -> None:
        """A rebalance came in between: these records are void, the reader goes back to where the lane is."""
        for tp in polled:
            position = self.lanes.position(tp)
            if position is not None:
                await self.seek(tp, position)

    async def _deliver(self, tp: TP, records: Sequence[Any]) -> None:
        channels = self.app.topics._tp_index.get(tp)
        if not channels:
            await self._return([tp])
            return
        last = records[-1]
        message = ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, 0, (),
            None, None, None, 0, 0, tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip
        message.incref(len(channels))
        self._read_offset[tp] = last.offset
        self.lanes.sent(tp)
        chunk = Fetched(tp, records, last.offset + 1, self.lanes.epoch, self.lanes)
        for channel in channels:
            channel.queue.put_nowait(Event(self.app, None, chunk, None, message))

    def _look(self) -> None:
        """Tell the lanes where the reader stands and where the partitions end, control records included."""
        for number in self.lanes.ledgers:
            for topic in self.lanes.wiring.topics:
                tp = TP(topic, number)
                state = self._fetch_state(tp)
                if state is not None and state._position is not None:
                    end = state.lso if state.lso not in (None, -1) else state.highwater
                    self.lanes.known(tp, state._position, end)


def _wake(fetcher: Any) -> None:
    for waiter in list(fetcher._fetch_waiters):
        fetcher._notify(waiter)


class Transport(driver.Transport):  # type: ignore[misc]
    """Faust's transport with our consumer."""

    Consumer = Consumer
