"""A worker process: production lanes, doors and intakes on a simulated broker, from joining to its end."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP

from schemas import codec, topics
from streams.door import ControlDoor, Door, Entrance
from streams.intake import Intake
from streams.lanes import Lanes, Wiring
from streams.partitioning import Homes
from streams.ports import Heart, Mark
from streams.rows import MemoryRows
from streams.settings import Settings
from streams.ticker import Ticker, Wall
from streams.topology import READERS, _opened, ahead_s
from streams.transaction import mark_of
from tests.simulation.broker import Broker
from tests.simulation.clock import wall_s
from tests.simulation.facts import Facts, Stopping
from tests.simulation.group import HEARTBEAT_S, Assigned, Group
from tests.simulation.loop import Process
from tests.simulation.reader import Reader
from tests.simulation.wire import Wire

Tell = Callable[[str], None]

CHANGELOG_READ = 7
"""Rows that one fetch brings while they come back."""


class Worker(Process):
    """One process; when it is killed nothing of it is left but its disk."""

    def __init__(self, name: str, broker: Broker, group: Group, wire: Wire, tell: Tell) -> None:
        super().__init__(name)
        self.tell: Tell = lambda line: tell(f"{name} {line}")
        self.stopping = Stopping(self.tell)
        self.facts = Facts(self.tell, self.stopping)
        self.wire = wire
        self.tasks: list[asyncio.Task[Any]] = []
        self._broker = broker
        self._group = group
        self._generation = -1
        self._rejoin = asyncio.Event()

    def build(self, settings: Settings, heart: Heart, rows: MemoryRows, rng: Random) -> None:
        """Every wire, as `streams.topology.build` lays it."""
        self.settings = settings
        self.rows = rows
        self._changelog = topics.changelog(settings.app_id).name
        self._numbers = range(settings.partitions)
        self.lanes = Lanes(
            Wiring(
                topics=[topic.name for topic in topics.INPUTS],
                heart=heart,
                rows=rows,
                facts=self.facts,
                open_outlet=partial(_opened, self),  # type: ignore[arg-type]
                ends=self._survey,
                interval_s=settings.flush_interval_ms / 1000,
            )
        )
        self.intakes = {
            topic: Intake(door, self.lanes, self.stopping, settings)  # type: ignore[arg-type]
            for topic, door in _doors(settings)
        }
        wall = Wall(wall_s, settings.settle_s) if settings.clock == "wall" else None
        self._ticker = Ticker(self.lanes, wall)
        self._reader = Reader(self._broker, self.wire, self.lanes, rng)

    async def run(self) -> None:
        """From joining the group to leaving it, in order; only `Stopping` ends it."""
        loop = asyncio.get_running_loop()
        offers = {topic: intake.offer for topic, intake in self.intakes.items()}
        self.tasks = [
            *self._reader.agents(offers, self._numbers),
            *self._reader.fetchers(),
            loop.create_task(self._reader.run()),
            loop.create_task(self._ticker.run()),
            loop.create_task(self._beat()),
            member := loop.create_task(self._be_member()),
        ]
        await self.stopping.asked.wait()
        member.cancel()
        self._reader.suspend()
        await self.lanes.close()
        await self.wire.ask("leave", lambda: self._group.leave(self.name))

    async def _be_member(self) -> None:
        recovery: asyncio.Task[None] | None = None
        while True:
            assigned: Assigned | None = await self.wire.ask("join", lambda: self._group.join(self.name))
            if assigned is None:
                continue
            self._generation = assigned.generation
            self._rejoin.clear()
            try:
                await self.lanes.open(TP(topic, n) for topic in self.intakes for n in assigned.lanes)
            except KafkaError:
                # Faust logs it and waits; the worker's end was asked for.
                return
            recovery = asyncio.get_running_loop().create_task(self._recover(assigned.lanes))
            self.tasks.append(recovery)
            await self._rejoin.wait()
            self._reader.suspend()
            await self.lanes.close()
            recovery.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            generation = self._generation
            if generation < 0 or self._rejoin.is_set():
                continue
            answer = await self.wire.ask(
                "heartbeat", lambda: self._group.heartbeat(self.name, self._generation)
            )
            if answer == "rejoin" and generation == self._generation:
                self._rejoin.set()

    async def _recover(self, numbers: tuple[int, ...]) -> None:
        """Rows from the changelog, then the committed marks, then let it flow."""
        for n in numbers:
            await self._restore(n)
        tps = self.lanes.unstarted()
        epoch = self.lanes.epoch
        # Twice, as Faust seeks by one answer and the lanes begin by another.
        positions = await self._committed(tps)
        marks = await self._committed(tps)
        ends = await self._ends(tps)
        if epoch == self.lanes.epoch:
            self.lanes.start(marks, ends)
            self._reader.resume({tp: mark.next_offset for tp, mark in positions.items()})

    async def _restore(self, number: int) -> None:
        tp = TP(self._changelog, number)
        log = self._broker.log(tp)
        end = await self.wire.ask("ends", log.stable_end)
        kept = self.rows.offset(number)
        position = 0 if kept is None else kept + 1
        while position < end:
            records, position = await self.wire.ask(
                "fetch", lambda position=position: log.read(position, CHANGELOG_READ)
            )
            if records:
                self.rows.put(number, [(r.key, r.value) for r in records], records[-1].offset)

    async def _survey(self, tps: Sequence[TP]) -> Mapping[TP, int] | None:
        return None if self.wire.away("ends") else await self._ends(tps)

    async def _ends(self, tps: Sequence[TP]) -> Mapping[TP, int]:
        ends: Mapping[TP, int] = await self.wire.ask(
            "ends", lambda: {tp: self._broker.log(tp).stable_end() for tp in tps}
        )
        return ends

    async def _committed(self, tps: list[TP]) -> dict[TP, Mark]:
        found = await self.wire.ask("committed", lambda: {tp: self._broker.committed.get(tp) for tp in tps})
        return {tp: mark_of(offset) or Mark(0, float("-inf")) for tp, offset in found.items()}


def _doors(settings: Settings) -> Iterator[tuple[str, Entrance]]:
    letters, homes = topics.DEAD_LETTERS.name, Homes(settings.partitions)
    for topic, read in READERS.values():
        yield topic.name, Door(topic.name, read, letters, homes, ahead_s(settings))
    control = topics.CONTROL.name
    awaited = settings.clock == "stream"
    yield control, ControlDoor(control, codec.read_control, letters, ticks_awaited=awaited)
