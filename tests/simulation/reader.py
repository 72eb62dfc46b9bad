"""A worker's consumer: fetches chunks, hands them to the agents, and tells the lanes where it stands.

It stands in for Faust and takes every step of `streams.transport.Consumer` in the same order.
"""

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Self

from faust.types import TP

from agents.bodies import offer_each
from streams.lanes import Lanes
from streams.transport import Fetched
from tests.simulation.broker import Broker, Record
from tests.simulation.wire import Wire

FETCH_WAIT_S = 0.5
POLL_PAUSE_S = 0.01
ROOM_WAIT_S = 0.2

Offer = Callable[[Fetched], None]


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
        self._ends: dict[TP, int] = {}
        self._chunks: dict[TP, Chunks] = {}
        self._room = asyncio.Event()
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

    def resume(self, positions: dict[TP, int]) -> None:
        """Let records flow, from these positions."""
        self.positions, self._ends = positions, {}
        self._flow.set()

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
            await self._await_room()
            return
        epoch = lanes.epoch
        polled = await self._fetch(wanted)
        if epoch != lanes.epoch or not self._flow.is_set():
            self._return(list(polled))
            return
        for tp, records in polled.items():
            self._deliver(tp, records)
        self._look()
        if lanes.wiring.interval_s:
            await asyncio.sleep(min(lanes.wiring.interval_s / 4, POLL_PAUSE_S))

    async def _fetch(self, wanted: list[TP]) -> dict[TP, list[Record]]:
        """What a fetch brings; a partition that was sought meanwhile brings nothing, as in aiokafka."""
        positions = self.positions
        asked = {tp: positions[tp] for tp in wanted}
        most = self._rng.choice((1, 2, 3, 5, 8, 50))
        answer = await self._wire.ask("fetch", lambda: self._read(asked, most))
        if isinstance(answer, dict):
            found = answer
        else:
            found = await self._wire.ask("fetch", lambda: self._read_now(asked, most))
        polled = {}
        for tp, (records, position, end) in found.items():
            if positions[tp] != asked[tp]:
                continue
            positions[tp] = position
            self._ends[tp] = end
            if records:
                polled[tp] = records
        return polled

    def _read(self, asked: dict[TP, int], most: int) -> Any:
        found = self._read_now(asked, most)
        if any(position > asked[tp] for tp, (_, position, _) in found.items()):
            return found
        return self._broker.arrival(FETCH_WAIT_S)

    def _read_now(self, asked: dict[TP, int], most: int) -> dict[TP, tuple[list[Record], int, int]]:
        found = {}
        for tp, position in asked.items():
            log = self._broker.log(tp)
            found[tp] = (*log.read(position, most), log.stable_end())
        return found

    async def _await_room(self) -> None:
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), ROOM_WAIT_S)
        except TimeoutError:
            return

    def _widen(self, _tp: TP) -> None:
        self._room.set()

    def _return(self, tps: list[TP]) -> None:
        for tp in tps:
            position = self.lanes.position(tp)
            if position is not None and tp in self.positions:
                self.positions[tp] = position

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
