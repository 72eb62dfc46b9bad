"""Rows, outputs and offsets are durable as one: a worker may die at any moment, and nothing shows it."""

import random

import pytest

from streams.settings import Settings
from tests.kafka.cluster import Group, send, sent
from tests.kafka.crowd import crowd
from tests.kafka.oracle import agree
from tests.worker_process import FAUST, OURS, running

EVENTS = 20_000


@pytest.mark.parametrize("command", [OURS, FAUST], ids=["simmer worker", "faust -A streams.app worker"])
def test_each_entry_point_reaches_lag_0_with_the_state_of_the_pure_fold(
    deployment: Settings, command: tuple[str, ...]
) -> None:
    send(deployment, map(sent, crowd(2_000, customers=50, seed=1)))
    with Group(deployment) as group, running(deployment, command) as worker:
        worker.until(lambda: group.committed() == 2_000, 60, "lag 0")
        assert worker.stop() == 0
    assert agree(deployment).events == 2_000


def test_kill_9_in_the_middle_of_20_000_events_loses_and_repeats_nothing(deployment: Settings) -> None:
    send(deployment, map(sent, crowd(EVENTS, customers=400, seed=2)))
    rng = random.Random(2)
    killed_at = []
    with Group(deployment) as group:
        for _ in range(4):
            before = group.committed()
            with running(deployment) as worker:
                goal = min(EVENTS, before + rng.randrange(1, EVENTS // 5))
                worker.until(lambda goal=goal: group.committed() >= goal, 60, "progress")
                worker.kill()
            killed_at.append(group.committed())
        with running(deployment) as worker:
            worker.until(lambda: group.committed() == EVENTS, 60, "lag 0")
    assert 0 < killed_at[0] < EVENTS, f"no kill was in the middle: {killed_at}"
    assert agree(deployment).events == EVENTS
