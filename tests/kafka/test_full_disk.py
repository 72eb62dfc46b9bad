"""A worker whose disk is full: it says so in a line and ends, and goes on where it was once there is room."""

import resource
import subprocess
from contextlib import ExitStack
from dataclasses import replace

from streams.settings import Settings
from tests.kafka.cluster import Group, send, sent
from tests.kafka.crowd import crowd
from tests.kafka.oracle import agree
from tests.worker_process import OURS, ROOT, environ, running

EVENTS = 3_000


def without_room(settings: Settings) -> subprocess.CompletedProcess[str]:
    """A worker none of whose files may hold a byte, to its end; what it says goes through a pipe."""

    def nothing_fits() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    return subprocess.run(
        OURS, cwd=ROOT, env=environ(settings), text=True, timeout=60, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=nothing_fits,
    )  # fmt: skip


def test_a_worker_that_cannot_open_its_rows_says_so_and_its_next_goes_on(deployment: Settings) -> None:
    deployment = replace(deployment, store="rocksdb")
    events = list(crowd(2 * EVENTS, customers=200, seed=6))
    with Group(deployment) as group, ExitStack() as stack:
        send(deployment, map(sent, events[:EVENTS]))
        worker = stack.enter_context(running(deployment))
        worker.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        assert worker.stop() == 0
        send(deployment, map(sent, events[EVENTS:]))
        ended = without_room(deployment)
        last = ended.stdout.splitlines()[-1]
        assert (ended.returncode, last.partition("(")[0]) == (
            1,
            f"simmer worker: SIMMER_DATA_DIR={deployment.data_dir}: the rows cannot be opened ",
        ), ended.stdout[-2000:]
        assert group.committed() == EVENTS
        worker = stack.enter_context(running(deployment, name="again"))
        worker.until(lambda: group.committed() == 2 * EVENTS, 60, "lag 0")
    agree(deployment)
