"""A worker's consumer: fetches chunks, hands them to the agents, and tells the lanes where it stands.

It stands in for Faust and takes every step of `streams.transport.Consumer` in the same order.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Self

from faust.types import TP

from agents.bodies import offer_each
from streams.lanes import Lanes
from streams.transport import Fetched
from tests.simulation.broker import Broker, Record
from tests.simulation.wire import Wire

FETCH_WAIT_S = 0.5
POLL_PAUSE_S = 0.01
ROOM_WAIT_S = 0.2
POLL_WAIT_S = 1.0

Offer = Callable[[Fetched], None]

Found = dict[TP, tuple[list[Record], int, int]]
"""What a fetch brings of each partition: records, the position behind them, and where the partition ends."""


class Chunks:
    """An agent's stream of one partition; a chunk may lie in it for a while."""

    def __init__(self, rng: Random) -> None:
        self._queue: asyncio.Queue[Fetched] = asyncio.Queue()
        self._rng = rng
        self.put = self._queue.put_nowait

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Fetched:
        chunk = await self._queue.get()
        if self._rng.random() < 0.2:
            await asyncio.sleep(self._rng.random() * 0.3)
        return chunk


class Reader:
    """Reads the inputs of the lanes that are owned, a seeded number of records at a time."""

    def __init__(self, broker: Broker, wire: Wire, lanes: Lanes, rng: Random) -> None:
        self.lanes = lanes
        self.lanes.on_room = self._widen
        self.positions: dict[TP, int] = {}
        self._broker = broker
        self._wire = wire
        self._rng = rng
        self._held: dict[TP, tuple[list[Record], int]] = {}
        self._ends: dict[TP, int] = {}
        self._chunks: dict[TP, Chunks] = {}
        self._room = asyncio.Event()
        self._came = asyncio.Event()
        self._taken = asyncio.Event()
        self._flow = asyncio.Event()

    def agents(self, offers: Mapping[str, Offer], numbers: range) -> list[asyncio.Task[None]]:
        """One agent per topic and partition, as isolated partitions make them."""
        loop = asyncio.get_running_loop()
        tasks = []
        for topic, offer in offers.items():
            for number in numbers:
                chunks = self._chunks[TP(topic, number)] = Chunks(self._rng)
                tasks.append(loop.create_task(offer_each(chunks, offer)))
        return tasks

    def fetchers(self) -> list[asyncio.Task[None]]:
        """What asks each node for itself and holds what comes until it is wanted, as in aiokafka."""
        loop = asyncio.get_running_loop()
        return [loop.create_task(self._fetch(node)) for node in range(self._broker.nodes)]

    def resume(self, positions: dict[TP, int]) -> None:
        """Let records flow, from these positions."""
        self.positions, self._held, self._ends = positions, {}, {}
        self._flow.set()
        self._taken.set()

    def suspend(self) -> None:
        """Let nothing flow; what is on its way is void."""
        self._flow.clear()

    async def run(self) -> None:
        """Poll for as long as the process lives."""
        while True:
            await asyncio.sleep(0)
            await self._flow.wait()
            await self._poll()

    async def _poll(self) -> None:
        lanes = self.lanes
        wanted = [tp for tp in self.positions if lanes.room(tp)]
        if not wanted:
            await _within(ROOM_WAIT_S, self._room)
            return
        epoch = lanes.epoch
        if self._held.keys().isdisjoint(wanted):
            await _within(POLL_WAIT_S, self._came)
        if epoch != lanes.epoch or not self._flow.is_set():
            return
        for tp in wanted:
            if tp in self._held:
                records, self.positions[tp] = self._held.pop(tp)
                self._deliver(tp, records)
        self._taken.set()
        self._look()
        if lanes.wiring.interval_s:
            await asyncio.sleep(min(lanes.wiring.interval_s / 4, POLL_PAUSE_S))

    async def _fetch(self, node: int) -> None:
        while True:
            positions = self.positions
            asked = {
                tp: position
                for tp, position in positions.items()
                if tp not in self._held and self._broker.leader(tp) == node
            }
            if not asked or not self._flow.is_set():
                await _within(POLL_WAIT_S, self._taken)
                continue
            most = self._rng.choice((1, 2, 3, 5, 8, 50))
            found: Found = await self._wire.ask("fetch", partial(self._read, asked, most))
            if positions is not self.positions:
                continue
            for tp, (records, position, end) in found.items():
                self._ends[tp] = end
                if records:
                    self._held[tp] = (records, position)
                else:
                    positions[tp] = position
            self._came.set()

    def _read(self, asked: dict[TP, int], most: int) -> "Found | asyncio.Future[Found]":
        """What is there, or will be when anything comes."""
        found = self._read_now(asked, most)
        if any(position > asked[tp] for tp, (_, position, _) in found.items()):
            return found
        later: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        arrival = self._broker.arrival(FETCH_WAIT_S)
        arrival.add_done_callback(lambda _: later.set_result(self._read_now(asked, most)))
        return later

    def _read_now(self, asked: dict[TP, int], most: int) -> Found:
        found = {}
        for tp, position in asked.items():
            log = self._broker.log(tp)
            found[tp] = (*log.read(position, most), log.stable_end())
        return found

    def _widen(self, tp: TP) -> None:
        self._room.set()
        if tp in self._held:
            self._came.set()

    def _deliver(self, tp: TP, records: list[Record]) -> None:
        self.lanes.sent(tp)
        chunk = Fetched(tp, records, records[-1].offset + 1, self.lanes.epoch, self.lanes)
        self._chunks[tp].put(chunk)

    def _look(self) -> None:
        for number in self.lanes.ledgers:
            for topic in self.lanes.wiring.topics:
                tp = TP(topic, number)
                if tp in self._ends:
                    self.lanes.known(tp, self.positions[tp], self._ends[tp])


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for what is set from now on, but no longer than this."""
    event.clear()
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
