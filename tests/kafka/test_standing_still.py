"""A worker that cannot go on ends with a line, one that is told to end does so in time; nothing is lost."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Event

from streams.broker import kafka
from streams.free_port import free_port
from streams.settings import Settings
from tests.kafka.cluster import Group, deployed, send, sent
from tests.kafka.crowd import crowd
from tests.kafka.oracle import agree
from tests.worker_process import Process, running

EVENTS = 20_000
STALL_S = 4.0


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process stands still as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def ended(worker: Process, seconds: float) -> int:
    """The exit code of a worker that ends by itself within so many seconds."""
    return worker.popen.wait(seconds)


def test_a_worker_whose_flushes_hang_ends_with_a_line_and_the_next_goes_on(
    parts_of_kafka: tuple[str, Path], tmp_path: Path
) -> None:
    java, jars = parts_of_kafka
    address = ("127.0.0.1", free_port("127.0.0.1"))
    node = kafka.start(address, tmp_path / "kafka", jars, java)
    try:
        base = Settings(
            broker="{}:{}".format(*address), data_dir=tmp_path, web_port=0, stall_s=STALL_S, clock="stream"
        )
        deployment = deployed(base)
        send(deployment, map(sent, crowd(EVENTS, customers=400, seed=4)))
        with Group(deployment) as group:
            with running(deployment) as worker:
                worker.until(lambda: group.committed() > 0, 60, "progress")
                with frozen(node.process.pid):
                    assert ended(worker, STALL_S * 3 + 20) == 1
                assert "none became durable for" in worker.said().splitlines()[-1]
            with running(replace(deployment, stall_s=60.0)) as worker:
                worker.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        assert agree(deployment).events == EVENTS
    finally:
        node.stop()


@contextmanager
def load(deployment: Settings) -> Iterator[list[int]]:
    """Events are sent as long as the block lasts; the list grows by what the broker has acknowledged."""
    acked: list[int] = []
    enough = Event()
    events = crowd(10**9, customers=400, seed=5)

    def go_on() -> None:
        while not enough.is_set():
            send(deployment, map(sent, islice(events, 2_000)))
            acked.append(2_000)

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(go_on)
        try:
            yield acked
        finally:
            enough.set()
            going.result()


def test_sigterm_under_load_ends_in_time_and_loses_nothing(deployment: Settings) -> None:
    with Group(deployment) as group:
        with load(deployment) as acked, running(deployment) as worker:
            worker.until(lambda: group.committed() > EVENTS / 2, 60, "progress")
            begun = time.monotonic()
            assert worker.stop() == 0
            assert time.monotonic() - begun < 10
            assert not group.joined(), "the worker did not leave its group"
        assert group.committed() < sum(acked), "there was no load when the worker ended"
        with running(deployment) as worker:
            worker.until(lambda: group.committed() == sum(acked), 60, "lag 0")
    assert agree(deployment).events == sum(acked)
