"""Who asks for silence to be judged, and until when."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from streams import ticker as module
from streams.ticker import Ticker, Wall


class FakeLedger:
    def __init__(self, due: float) -> None:
        self.lane = SimpleNamespace(first_due=lambda: due)
        self.open = True
        self.judged: list[float] = []
        self.news = asyncio.Event()

    def judge(self, now: float) -> None:
        self.judged.append(now)
        self.news.set()


def fake_lanes(*dues: float) -> Any:
    return SimpleNamespace(ledgers={n: FakeLedger(due) for n, due in enumerate(dues)})


def ticker(lanes: Any, now: float = 100.0) -> Ticker:
    return Ticker(lanes, Wall(lambda: now, settle_s=5.0))


def test_lanes_with_something_due_judge_what_has_settled() -> None:
    lanes = fake_lanes(96.0, 95.0, 10.0)
    ticker(lanes).tick()
    assert [ledger.judged for ledger in lanes.ledgers.values()] == [[], [95.0], [95.0]]


def test_a_lane_that_is_not_open_is_not_asked() -> None:
    lanes = fake_lanes(10.0)
    lanes.ledgers[0].open = False
    ticker(lanes).tick()
    assert lanes.ledgers[0].judged == []


async def test_it_ticks_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    lanes = fake_lanes(10.0)
    running = asyncio.create_task(ticker(lanes).run())
    for _ in range(2):
        await asyncio.wait_for(lanes.ledgers[0].news.wait(), 5)
        lanes.ledgers[0].news.clear()
    running.cancel()


async def test_on_the_stream_clock_nobody_ticks() -> None:
    lanes = fake_lanes(10.0)
    silent = Ticker(lanes, None)
    await asyncio.wait_for(silent.run(), 5)
    assert (lanes.ledgers[0].judged, silent.overdue_s()) == ([], 0.0)


@pytest.mark.parametrize(("due", "overdue_s"), [(10.0, 85.0), (96.0, 0.0), (float("inf"), 0.0)])
def test_what_is_past_and_not_judged_shows(due: float, overdue_s: float) -> None:
    assert ticker(fake_lanes(due, 99.0)).overdue_s() == overdue_s


def test_without_lanes_nothing_is_overdue() -> None:
    assert ticker(fake_lanes()).overdue_s() == 0.0
