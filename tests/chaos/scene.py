"""A Kafka, one to three workers, and somebody who starts anew what has ended, as an orchestrator does."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from streams.broker import kafka
from streams.broker.kafka import Node
from streams.free_port import free_port
from streams.settings import Settings
from tests.kafka.asking import on_a_free_port
from tests.kafka.cluster import deployed, kafka_parts
from tests.worker_process import Process, running

WORKERS_MOST = 3
END_WITHIN_S = 60.0


class NotAsItShouldBe(AssertionError):  # noqa: N818 - a finding
    """A worker did what none should."""


@dataclass
class Scene:
    """What runs right now; faults change it, `tend` puts it right."""

    folder: Path
    node: Node
    address: tuple[str, int]
    settings: Settings
    wanted: int = 1
    workers: dict[int, Process] = field(default_factory=dict)
    asked: dict[int, Settings] = field(default_factory=dict)
    started: int = 0
    ended_by_themselves: list[str] = field(default_factory=list)
    _stacks: dict[int, ExitStack] = field(default_factory=dict)

    def start_worker(self) -> None:
        """One more worker, with files and a port of its own, and a log for each life."""
        self.started += 1
        slot = next(n for n in range(WORKERS_MOST) if n not in self.workers)
        settings = on_a_free_port(replace(self.settings, data_dir=self.folder / f"worker-{slot}"))
        stack = ExitStack()
        self.workers[slot] = stack.enter_context(running(settings, name=f"life-{self.started}"))
        self.asked[slot] = settings
        self._stacks[slot] = stack

    def end_worker(self, slot: int, *, kill: bool, wants: int | None = 0) -> None:
        """SIGKILL; or SIGTERM, after which a worker that had not given up before ends with this code."""
        worker = self.workers.pop(slot)
        gave_up = worker.popen.poll() is not None
        if kill:
            worker.kill()
            code = worker.popen.wait()
        else:
            code = worker.stop()
        self._stacks.pop(slot).close()
        if not (kill or gave_up or wants is None or code == wants):
            # Its own line, if the broker was away: it was on its way out already.
            self._note(worker, code)

    def _note(self, worker: Process, code: int) -> None:
        line = (worker.said().splitlines() or ["?"])[-1]
        self.ended_by_themselves.append(f"exit {code}: {line}")

    def tend(self) -> None:
        """Start anew what has ended, as an orchestrator does."""
        for slot, worker in list(self.workers.items()):
            code = worker.popen.poll()
            if code is not None:
                self._note(worker, code)
                self.end_worker(slot, kill=True)
        while len(self.workers) < self.wanted:
            self.start_worker()

    def await_end(self, word: str) -> None:
        """Until some worker has ended by itself, with a line in which this word is."""
        deadline = time.monotonic() + END_WITHIN_S
        while time.monotonic() < deadline:
            for worker in self.workers.values():
                if worker.popen.poll() is not None and word in worker.said().splitlines()[-1]:
                    return
            time.sleep(0.2)
        raise NotAsItShouldBe(f"no worker ended with {word!r} within {END_WITHIN_S:g} s")

    def freeze(self, slot: int, *, on: bool) -> None:
        """The process of a worker stands still, or goes on."""
        os.kill(self.workers[slot].popen.pid, signal.SIGSTOP if on else signal.SIGCONT)

    def restart_broker(self, *, kill: bool) -> None:
        """The broker ends, in order or not, and comes back with its data."""
        if kill:
            self.node.process.kill()
            self.node.process.wait()
        self.node.stop()
        java, jars = kafka_parts()
        self.node = kafka.start(self.address, self.folder / "kafka", jars, java)

    def close(self) -> None:
        """End whatever runs."""
        for worker in self.workers.values():
            with suppress(ProcessLookupError):
                worker.popen.send_signal(signal.SIGCONT)
            worker.kill()
        for stack in self._stacks.values():
            stack.close()
        self.node.stop()


@contextmanager
def scene(folder: Path, store: str) -> Iterator[Scene]:
    """A Kafka and one worker."""
    java, jars = kafka_parts()
    address = ("127.0.0.1", free_port("127.0.0.1"))
    node = kafka.start(address, folder / "kafka", jars, java)
    base = Settings(
        broker="{}:{}".format(*address),
        data_dir=folder,
        web_port=0,
        session_timeout_s=6.0,
        store=store,
        stall_s=20.0,
        clock="stream",
    )
    made = Scene(folder, node, address, deployed(base))
    try:
        made.tend()
        yield made
    finally:
        made.close()
