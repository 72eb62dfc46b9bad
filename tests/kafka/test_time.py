"""Time passes where nobody says a word, and alike for those who look at once and those who come late."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import pytest

from agents.customer import Customer
from agents.rules import DEFAULT
from schemas import topics
from schemas.call import CallHoldStarted
from schemas.care import CustomerErased
from schemas.chat import ChatMessage
from schemas.event import Event
from streams.settings import Settings
from tests.kafka.cluster import Group, deployed, read, send, sent, ticks
from tests.kafka.crowd import START, crowd
from tests.kafka.oracle import agree, found
from tests.worker_process import running

CUSTOMERS = 150
HOUR = list(crowd(1_800, CUSTOMERS, seed=3, late=0.0))
MINUTE = 30
END = START + timedelta(hours=3)


class Lived(NamedTuple):
    """What a deployment came to: outputs but for where they lie, states, and who moved without a word."""

    said: list[tuple[str, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]]
    customers: dict[str, Customer]

    def by_deadlines(self) -> int:
        """Outputs that no event caused."""
        return sum(b"-wait@" in (value or b"") for _, _, value, _ in self.said)


def _reached(group: Group, total: int) -> bool:
    return group.committed() >= total


def lived(
    settings: Settings, parts: Iterable[Sequence[Event]], workers: int = 1, before: Sequence[Event] = ()
) -> Lived:
    """Send some before any worker runs; then part after part, a tick after each; then a closing tick."""
    send(settings, map(sent, before))
    total = len(before)
    with Group(settings) as group, ExitStack() as stack:
        own = [replace(settings, data_dir=settings.data_dir / str(n)) for n in range(workers)]
        first, *_ = [stack.enter_context(running(each)) for each in own]
        for part in parts:
            send(settings, [*map(sent, part), *ticks(settings, part[-1].at)])
            total += len(part) + settings.partitions
            first.until(partial(_reached, group, total), 60, "the part's end")
        send(settings, ticks(settings, END))
        first.until(partial(_reached, group, total + settings.partitions), 60, "the closing tick")
    outputs = sorted(
        (topic.name, record.key, record.value, record.headers)
        for topic in (topics.INTERVENTIONS, topics.MOODS)
        for record in read(settings, topic)
    )
    agree(settings)
    return Lived(outputs, found(settings).customers)


@pytest.fixture(scope="module")
def base(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(broker=broker, data_dir=tmp_path_factory.mktemp("time"), web_port=0, clock="stream")


@pytest.fixture(scope="module")
def afterwards(base: Settings) -> Lived:
    """The hour as a worker finds it that starts when it is over."""
    return lived(deployed(base), [], before=HOUR)


def test_catching_up_gives_what_live_gives(base: Settings, afterwards: Lived) -> None:
    minutes = [HOUR[i : i + MINUTE] for i in range(0, len(HOUR), MINUTE)]
    assert lived(deployed(base), minutes) == afterwards
    assert afterwards.by_deadlines() > 10


@pytest.mark.parametrize(("partitions", "workers"), [(1, 1), (3, 3), (8, 1)])
def test_partitions_and_workers_change_nothing(
    base: Settings, afterwards: Lived, partitions: int, workers: int
) -> None:
    settings = deployed(replace(base, partitions=partitions))
    assert lived(settings, [], workers, before=HOUR) == afterwards


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_on_the_wall_clock_somebody_on_hold_is_noticed_before_anything_happens(
    base: Settings, store: str
) -> None:
    settings = deployed(replace(base, clock="wall", settle_s=1.0, store=store))
    due_s = 2 * DEFAULT.waits.call_hold
    begun = datetime.now(UTC) - timedelta(seconds=due_s - 6)
    hold = CallHoldStarted(event_id="e", at=begun, customer_id="ann", conversation_id="p")
    send(settings, [sent(hold)])
    with running(settings) as worker:
        worker.until(lambda: found(settings).customers, 60, "a row")
        assert found(settings).customers["ann"].newest == ()
        # Known from its row by whoever comes next.
        worker.kill()
    with running(settings) as worker:
        worker.until(lambda: found(settings).customers["ann"].newest, 60, "the deadline")
        assert worker.stop() == 0
    [row] = found(settings).customers["ann"].newest
    assert (row.cause, row.at_s) == ("hold", begun.timestamp() + due_s)


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_somebody_erased_does_not_come_back_after_kill_9_and_leaves_no_row(
    base: Settings, store: str
) -> None:
    settings = deployed(replace(base, store=store))

    def message(i: int) -> Event:
        at = START + timedelta(seconds=i)
        text = "you are liars, I am fed up"
        return ChatMessage(
            event_id=f"e{i}", at=at, customer_id="ann", conversation_id="v", actor="customer", text=text
        )

    erased = CustomerErased(event_id="x", at=START + timedelta(seconds=99), customer_id="ann")
    with Group(settings) as group:
        with running(settings) as worker:
            send(settings, map(sent, map(message, range(50))))
            worker.until(lambda: group.committed() == 50, 60, "fifty messages")
            send(settings, [sent(erased)])
            worker.kill()
        with running(settings) as worker:
            send(settings, map(sent, map(message, range(50, 90))))
            worker.until(lambda: group.committed() == 91, 60, "what came late")
            assert found(settings).customers["ann"].newest == ()
            over = erased.at + timedelta(seconds=DEFAULT.lateness_s)
            send(settings, ticks(settings, over))
            worker.until(lambda: group.committed() == 91 + settings.partitions, 60, "the tick")
            assert worker.stop() == 0
    assert agree(settings).customers == found(settings).customers == {}
