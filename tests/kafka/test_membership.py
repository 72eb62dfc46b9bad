"""Workers that stand by for others, and workers that come back under their own name."""

import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from streams.settings import Settings
from tests.kafka.asking import metric, on_a_free_port, ready
from tests.kafka.cluster import Group, send, sent
from tests.kafka.crowd import crowd
from tests.kafka.oracle import agree
from tests.worker_process import running

EVENTS, CUSTOMERS = 6_000, 2_000


@pytest.fixture(params=["memory", "rocksdb"])
def pair(deployment: Settings, request: pytest.FixtureRequest) -> tuple[Settings, Settings]:
    """Two workers' settings, on either store."""
    one, two = (
        on_a_free_port(
            replace(
                deployment, store=request.param, data_dir=deployment.data_dir / name, session_timeout_s=6.0
            )
        )
        for name in ("one", "two")
    )
    return one, two


def shares(one: Settings, two: Settings) -> float:
    """Lanes of both workers together, once both have some."""
    lanes = metric(one, "simmer_lanes"), metric(two, "simmer_lanes")
    return sum(lanes) if all(lanes) else 0


def test_who_stood_by_takes_over_without_reading_the_changelog_again(pair: tuple[Settings, Settings]) -> None:
    one, two = (replace(settings, standby_replicas=1) for settings in pair)
    events = list(crowd(EVENTS + 10, CUSTOMERS, seed=4))
    with Group(one) as group, running(one) as leaving:
        send(one, map(sent, events[:EVENTS]))
        leaving.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        with running(two) as staying:
            # All of its own lanes and, standing by, all of the other's.
            staying.until(lambda: metric(two, "simmer_restored_rows_total") >= CUSTOMERS, 60, "copies")
            before = metric(two, "simmer_restored_rows_total")
            leaving.kill()
            staying.until(lambda: metric(two, "simmer_lanes") == two.partitions, 60, "all lanes")
            send(two, map(sent, events[EVENTS:]))
            staying.until(lambda: group.committed() == EVENTS + 10, 60, "what came after")
            assert metric(two, "simmer_customers") == CUSTOMERS
            assert metric(two, "simmer_restored_rows_total") - before < CUSTOMERS / 4
            assert staying.stop() == 0
    agree(two)


def test_without_anybody_standing_by_the_changelog_is_read(pair: tuple[Settings, Settings]) -> None:
    one, two = pair
    with Group(one) as group, running(one) as leaving:
        send(one, map(sent, crowd(EVENTS, CUSTOMERS, seed=4)))
        leaving.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        with running(two) as staying:
            staying.until(ready(two), 60, "two workers")
            before = metric(two, "simmer_restored_rows_total")
            leaving.kill()
            staying.until(lambda: metric(two, "simmer_customers") == CUSTOMERS, 60, "all customers")
            assert metric(two, "simmer_restored_rows_total") - before >= CUSTOMERS / 4
    agree(two)


def test_who_takes_over_twice_within_seconds_has_all_rows(pair: tuple[Settings, Settings]) -> None:
    one, two = pair
    with Group(one) as group, running(one) as leaving:
        send(one, map(sent, crowd(EVENTS, CUSTOMERS, seed=4)))
        leaving.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        with running(two) as staying:
            staying.until(lambda: metric(two, "simmer_lanes") > 0 and ready(two)(), 60, "its share")
            assert leaving.stop() == 0
            staying.until(
                lambda: metric(two, "simmer_lanes") == two.partitions and ready(two)(), 60, "all lanes"
            )
            assert metric(two, "simmer_customers") == CUSTOMERS
    agree(two)


def test_a_worker_with_a_name_comes_back_without_a_rebalance(pair: tuple[Settings, Settings]) -> None:
    one, two = (
        replace(settings, instance_id=settings.data_dir.name, session_timeout_s=20.0) for settings in pair
    )
    events = list(crowd(EVENTS, CUSTOMERS, seed=4))
    with Group(one) as group, running(one) as staying, ExitStack() as stack:
        leaving = stack.enter_context(running(two))
        staying.until(lambda: shares(one, two) == one.partitions, 60, "two workers")
        owned, before = metric(two, "simmer_lanes"), metric(one, "simmer_rebalances_total")
        send(one, map(sent, events))
        leaving.kill()
        again = stack.enter_context(running(two))
        again.until(lambda: group.committed() == EVENTS, 60, "lag 0")
        assert metric(two, "simmer_lanes") == owned
        assert metric(one, "simmer_rebalances_total") == before
        assert (again.stop(), staying.stop()) == (0, 0)
    agree(one)


@pytest.mark.parametrize("apart_s", [0.2, 0.5])
def test_workers_that_are_told_to_end_during_a_rebalance_end_in_good_order(
    deployment: Settings, apart_s: float
) -> None:
    three = [on_a_free_port(replace(deployment, data_dir=deployment.data_dir / str(n))) for n in range(3)]
    with ExitStack() as stack:
        workers = [stack.enter_context(running(settings)) for settings in three]
        for settings, worker in zip(three, workers, strict=True):
            worker.until(ready(settings), 60, "readiness")
        for worker in workers:
            worker.popen.terminate()
            time.sleep(apart_s)
        codes = [worker.popen.wait(15) for worker in workers]
        assert codes == [0, 0, 0], [worker.said()[-2000:] for worker in workers]
