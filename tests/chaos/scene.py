"""A Kafka, one to three workers, and somebody who starts anew what has ended, as an orchestrator does."""

import os
import resource
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
STOP_WITHIN_S = 10.0
LOG_ROOM = 16_384
"""Bytes of log that a worker may still write when its disk is full; a table's file is ten times that."""


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
    findings: list[str] = field(default_factory=list)
    stops_s: list[float] = field(default_factory=list)
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

    def end_worker(self, slot: int, *, kill: bool) -> None:
        """SIGKILL, or SIGTERM, after which a worker that had not given up before ends in good order."""
        worker = self.workers.pop(slot)
        gave_up = worker.popen.poll() is not None
        if kill:
            worker.kill()
        else:
            self._stop(worker, in_order=not gave_up and self.node.alive())
        self._stacks.pop(slot).close()

    def _stop(self, worker: Process, *, in_order: bool) -> None:
        begun = time.monotonic()
        code = worker.stop()
        took_s = time.monotonic() - begun
        self.stops_s.append(took_s)
        if took_s > STOP_WITHIN_S or (in_order and "did not stop within" in worker.said()):
            self.findings.append(f"{worker.log}: exit {code}, {took_s:.1f} s after it was told to")
        elif code == -signal.SIGTERM and "ready at" not in worker.said():
            # It had only just been made, and nobody listened yet.
            return
        elif code != 0:
            # With its own line: it was on its way out already, or there is no broker to say goodbye to.
            self._note(worker, code)

    def _note(self, worker: Process, code: int) -> None:
        line = _last_words(worker)
        self.ended_by_themselves.append(f"exit {code}: {line}")
        if code != 1 or not line.startswith("simmer worker: "):
            self.findings.append(f"{worker.log}: exit {code}: {line}")

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
                if worker.popen.poll() is not None and word in _last_words(worker):
                    return
            time.sleep(0.2)
        raise NotAsItShouldBe(f"no worker ended with {word!r} within {END_WITHIN_S:g} s")

    def freeze(self, slot: int, *, on: bool) -> None:
        """The process of a worker stands still, or goes on."""
        os.kill(self.workers[slot].popen.pid, signal.SIGSTOP if on else signal.SIGCONT)

    @contextmanager
    def no_room(self, slot: int) -> Iterator[None]:
        """No file of a worker grows any more until the block ends, but for its log."""
        worker = self.workers[slot]
        _limit(worker, worker.log.stat().st_size + LOG_ROOM)
        try:
            yield
        finally:
            _limit(worker, None)

    @contextmanager
    def no_broker(self, *, kill: bool) -> Iterator[None]:
        """The broker ends, in order or not, and comes back with its data when the block ends."""
        if kill:
            self.node.process.kill()
            self.node.process.wait()
        self.node.stop()
        # The next one begins its log anew, and this one's may be the evidence.
        self.node.log.rename(self.node.log.with_name(f"broker-{time.time():.0f}.log"))
        try:
            yield
        finally:
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


def _last_words(worker: Process) -> str:
    """Its own last line, else the last of all: what it leaves behind may still tell something after it."""
    lines = worker.said().splitlines() or ["?"]
    own = [line for line in lines if line.startswith("simmer worker: ") and "ready at" not in line]
    return (own or lines)[-1]


def _limit(worker: Process, most: int | None) -> None:
    """The soft limit alone: what was taken can be given back by the same user."""
    if worker.popen.poll() is None:
        pid = worker.popen.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if most is None else most, hard))


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
