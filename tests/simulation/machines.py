"""Where workers run: each machine keeps its disk and starts a new worker when the last one is gone."""

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from random import Random

from streams.ports import Heart
from streams.rows import MemoryRows
from streams.settings import Settings
from tests.simulation.broker import Broker
from tests.simulation.group import Group
from tests.simulation.loop import Loop
from tests.simulation.stores import DiskRows
from tests.simulation.wire import Weather, Wire
from tests.simulation.worker import Worker

MOST = 4
"""Machines of one story."""


@dataclass
class Machine:
    """What outlives a worker's process."""

    name: str
    disk: DiskRows = field(default_factory=DiskRows)
    worker: Worker | None = None
    starts: int = 0
    leaves: bool = False
    """Whether nothing is started here any more."""


@dataclass
class Machines:
    """All machines, and every worker that ever ran on one."""

    settings: Settings
    heart: Heart
    loop: Loop
    rng: Random
    broker: Broker
    group: Group
    weather: Weather
    outside: Context
    tell: Callable[[str], None]
    all: list[Machine] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)

    def add(self) -> None:
        """One more, where there may be more."""
        if len(self.all) < MOST:
            self.all.append(Machine(f"w{len(self.all)}"))
            self.start(self.all[-1])

    def start(self, machine: Machine) -> None:
        """Start a worker, unless one runs there."""
        if machine.worker is not None or machine.leaves:
            return
        machine.starts += 1
        name = f"{machine.name}.{machine.starts}"
        worker = Worker(name, self.broker, self.group, Wire(self.weather), self.tell)
        rows = machine.disk if self.settings.store == "rocksdb" else MemoryRows()
        worker.build(self.settings, self.heart, rows, self.rng)
        machine.worker = worker
        self.workers.append(worker)
        worker.tell("starts")
        running = self.loop.begin(worker, worker.run())
        worker.tasks.append(running)
        running.add_done_callback(lambda _: self._ended(machine, worker), context=self.outside)

    def kill(self, machine: Machine, pause_s: float) -> None:
        """End the worker as `kill -9` does, and start another one after so long."""
        if machine.worker is not None:
            self.loop.kill(machine.worker)
            machine.worker = None
            self.loop.call_later(pause_s, self.start, machine, context=self.outside)

    def _ended(self, machine: Machine, worker: Worker) -> None:
        if machine.worker is worker:
            worker.tell("ended")
            self.kill(machine, self.rng.uniform(0.2, 3))

    def running(self) -> list[Worker]:
        """Every worker that was not killed and has not ended."""
        return [machine.worker for machine in self.all if machine.worker is not None]

    def owners(self) -> dict[int, Worker]:
        """Who owns which lane, as the group says, and takes offers for it."""
        by_name = {worker.name: worker for worker in self.running()}
        found = {}
        for n, name in self.group.owners.items():
            worker = by_name.get(name)
            if worker is not None and n in worker.lanes.ledgers and worker.lanes.ledgers[n].open:
                found[n] = worker
        return found
