"""Who asks for silence to be judged, and until when."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams import ticker as module
from streams.ticker import Ticker, Wall

TOPICS = ("chat", "call")


class FakeLane:
    def __init__(self, due: float) -> None:
        self.due = due
        self.asked: list[tuple[float, Sequence[int]]] = []
        self.confirmed: list[tuple[int, Sequence[int]]] = []
        self.ticks = 0

    def first_due(self) -> float:
        return self.due

    def unconfirmed(self) -> int:
        return self.ticks

    def confirm(self, ticks: int, ends: Sequence[int]) -> None:
        self.confirmed.append((ticks, ends))

    def ask(self, now: float, ends: Sequence[int]) -> None:
        self.asked.append((now, ends))


def fake_lanes(*dues: float) -> Any:
    ledgers = {
        n: SimpleNamespace(open=True, lane=FakeLane(due), poke=lambda: None) for n, due in enumerate(dues)
    }
    return SimpleNamespace(epoch=1, ledgers=ledgers, wiring=SimpleNamespace(topics=TOPICS))


async def ends(tps: Sequence[TP]) -> dict[TP, int]:
    return {tp: 10 * tp.partition + TOPICS.index(tp.topic) for tp in tps}


def ticker(lanes: Any, now: float = 100.0, ask: Any = ends) -> Ticker:
    return Ticker(lanes, Wall(lambda: now, settle_s=5.0), ask)


async def test_lanes_with_something_due_are_asked_and_told_where_their_topics_end() -> None:
    lanes = fake_lanes(96.0, 95.0, 10.0)
    await ticker(lanes).tick()
    assert [ledger.lane.asked for ledger in lanes.ledgers.values()] == [
        [], [(95.0, [10, 11])], [(95.0, [20, 21])],
    ]  # fmt: skip


async def test_the_time_is_read_before_the_ends_are_asked_for() -> None:
    lanes, clock = fake_lanes(10.0), [100.0]

    async def slowly(tps: Sequence[TP]) -> dict[TP, int]:
        clock[0] = 200.0
        return await ends(tps)

    await Ticker(lanes, Wall(lambda: clock[0], 0.0), slowly).tick()
    assert lanes.ledgers[0].lane.asked == [(100.0, [0, 1])]


async def test_an_answer_from_before_a_rebalance_is_void() -> None:
    lanes = fake_lanes(10.0)

    async def meanwhile(tps: Sequence[TP]) -> dict[TP, int]:
        lanes.epoch += 1
        return await ends(tps)

    await ticker(lanes, ask=meanwhile).tick()
    assert lanes.ledgers[0].lane.asked == []


async def test_a_lane_that_is_not_open_is_not_asked() -> None:
    lanes = fake_lanes(10.0)
    lanes.ledgers[0].open = False
    await ticker(lanes).tick()
    assert lanes.ledgers[0].lane.asked == []


async def test_a_broker_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    lanes, times, asked = fake_lanes(10.0), [], asyncio.Event()
    lanes.ledgers[0].poke = asked.set

    async def away(tps: Sequence[TP]) -> dict[TP, int]:
        times.append(1)
        if len(times) < 3:
            raise KafkaConnectionError
        return await ends(tps)

    running = asyncio.create_task(ticker(lanes, ask=away).run())
    await asyncio.wait_for(asked.wait(), 5)
    running.cancel()
    assert len(times) >= 3


async def test_on_the_stream_clock_ticks_on_record_are_confirmed_by_ends_asked_for_after_them() -> None:
    lanes = fake_lanes(10.0, 10.0)
    lanes.ledgers[1].lane.ticks = 2

    async def meanwhile(tps: Sequence[TP]) -> dict[TP, int]:
        lanes.ledgers[1].lane.ticks += 1
        return await ends(tps)

    silent = Ticker(lanes, None, meanwhile)
    await silent.tick()
    assert [ledger.lane.confirmed for ledger in lanes.ledgers.values()] == [[], [(2, [10, 11])]]
    assert (lanes.ledgers[0].lane.asked, silent.overdue_s()) == ([], 0.0)


@pytest.mark.parametrize(("due", "overdue_s"), [(10.0, 85.0), (96.0, 0.0), (float("inf"), 0.0)])
def test_what_is_past_and_not_judged_shows(due: float, overdue_s: float) -> None:
    assert ticker(fake_lanes(due, 99.0)).overdue_s() == overdue_s


def test_without_lanes_nothing_is_overdue() -> None:
    assert ticker(fake_lanes()).overdue_s() == 0.0
