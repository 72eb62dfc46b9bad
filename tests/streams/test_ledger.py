"""The ledger's life: what it makes durable when, and what it does when it can't."""

import asyncio
from collections.abc import AsyncIterator
from math import inf

import pytest

from streams import ledger as module
from streams.lane import Lane
from streams.ledger import Ledger, World
from streams.ports import LaneLost, Mark
from tests.streams.fakes import FakeFacts, FakeHeart, FakeOutlet, FakeRows, event


async def turns() -> None:
    """Give everything that could happen now its turn, to see that it does not."""
    for _ in range(10):
        await asyncio.sleep(0)


class FakeEnds:
    """A broker that knows of nothing more, unless told; `hold` keeps the question waiting."""

    def __init__(self) -> None:
        self.end: int | None = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.asked = asyncio.Event()

    async def ends(self, lane: int) -> list[int] | None:
        self.asked.set()
        await self.hold.wait()
        return None if self.end is None else [self.end]


class Bench:
    """A ledger with its fakes."""

    def __init__(self, interval_s: float = 0.0) -> None:
        self.rows, self.outlet, self.facts = FakeRows(), FakeOutlet(), FakeFacts()
        lane = Lane(0, ("chat",), FakeHeart(), self.rows)  # type: ignore[arg-type]
        self.broker = FakeEnds()
        self.ledger = Ledger(lane, self.outlet, World(self.rows, self.facts, self.broker.ends, interval_s))
        lane.start((Mark(0, -inf),), (0,))
        self.ledger.start()

    def offer(self, n: int) -> None:
        lane = self.ledger.lane
        first = lane.sources[0].position
        lane.offer("chat", [(float(i), i, event(f"e{i}")) for i in range(first, first + n)], first + n, 0)
        self.ledger.poke()

    async def told(self, what: str, times: int = 1) -> None:
        while sum(name == what for name, _ in self.facts.told) < times:
            self.facts.news.clear()
            await asyncio.wait_for(self.facts.news.wait(), 5)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.ledger.close()


async def test_rows_are_kept_only_after_the_broker_has_them(bench: Bench) -> None:
    bench.outlet.hold.clear()
    bench.offer(2)
    await asyncio.sleep(0)
    assert bench.rows.rows == {}
    bench.outlet.hold.set()
    await bench.told("flushed")
    assert (bench.rows.rows, bench.rows.offset) == ({b"ann": b"e0 e1"}, 101)


async def test_what_comes_during_a_flush_goes_into_the_next(bench: Bench) -> None:
    bench.outlet.hold.clear()
    bench.offer(1)
    await turns()
    bench.offer(2)
    bench.outlet.hold.set()
    await bench.told("flushed", times=2)
    assert [flush.events for flush in bench.outlet.flushes] == [{"chat": 1}, {"chat": 2}]


async def test_a_little_is_gathered_and_much_is_not_waited_for() -> None:
    bench = Bench(interval_s=30.0)
    bench.offer(module.FULL - 1)
    await turns()
    assert bench.outlet.flushes == []
    bench.offer(1)
    await bench.told("flushed")
    assert bench.outlet.flushes[0].events == {"chat": module.FULL}
    await bench.ledger.close()


async def test_a_failed_flush_keeps_nothing_and_says_so(bench: Bench) -> None:
    bench.outlet.fail = OSError("gone")
    bench.offer(1)
    await bench.told("failed")
    assert (bench.rows.rows, bench.ledger.dead, bench.ledger.open) == ({}, True, False)


async def test_a_fenced_lane_is_lost_and_fails_only_when_no_rebalance_takes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOST_FOR_S", 0.01)
    bench.outlet.fail = LaneLost("lane 0")
    bench.offer(1)
    await bench.told("failed")
    assert bench.facts.told == [("lost", 0), ("failed", LaneLost)]


async def test_closing_finishes_the_flush_under_way_and_drops_the_rest(bench: Bench) -> None:
    bench.outlet.hold.clear()
    bench.offer(1)
    await turns()
    bench.offer(1)
    closing = asyncio.create_task(bench.ledger.close())
    await asyncio.sleep(0)
    bench.outlet.hold.set()
    await closing
    assert [flush.events for flush in bench.outlet.flushes] == [{"chat": 1}]
    assert (bench.rows.rows, bench.outlet.closed) == ({b"ann": b"e0"}, True)


async def test_a_tick_is_durable_like_any_flush_and_needs_no_record(bench: Bench) -> None:
    lane = bench.ledger.lane
    lane.offer("chat", [(0.0, 0, event("a?"))], 1, 0)
    bench.ledger.poke()
    await bench.told("flushed")
    bench.ledger.judge(10.0)
    await bench.told("flushed", times=2)
    assert bench.outlet.flushes[1].marks == {}
    assert bench.rows.rows == {b"ann": b"a?0 due@10"}


async def test_a_tick_with_nothing_due_makes_no_transaction(bench: Bench) -> None:
    bench.ledger.judge(10.0)
    await turns()
    assert (bench.outlet.flushes, bench.ledger.lane.ripe()) == ([], False)


async def test_silence_is_judged_by_the_ends_that_were_asked_for_after_the_tick(bench: Bench) -> None:
    lane = bench.ledger.lane
    lane.offer("chat", [(0.0, 0, event("a?"))], 1, 0)
    bench.ledger.poke()
    await bench.told("flushed")
    bench.broker.end = 2
    bench.ledger.judge(10.0)
    await turns()
    assert bench.rows.rows == {b"ann": b"a?0"}
    lane.offer("chat", [(5.0, 1, event("b", "bob"))], 2, 0)
    bench.ledger.poke()
    await bench.told("flushed", times=2)
    assert bench.rows.rows == {b"ann": b"a?0 due@10", b"bob": b"b"}


async def test_a_tick_during_the_question_is_not_lost(bench: Bench) -> None:
    lane = bench.ledger.lane
    lane.offer("chat", [(0.0, 0, event("a?"))], 1, 0)
    bench.ledger.poke()
    await bench.told("flushed")
    bench.broker.hold.clear()
    bench.broker.asked.clear()
    bench.ledger.judge(5.0)
    await bench.broker.asked.wait()
    bench.ledger.judge(10.0)
    bench.broker.hold.set()
    await bench.told("flushed", times=2)
    assert bench.rows.rows == {b"ann": b"a?0 due@10"}


async def test_what_is_offered_during_the_question_is_folded_after_the_next(bench: Bench) -> None:
    bench.broker.hold.clear()
    bench.offer(1)
    await bench.broker.asked.wait()
    bench.offer(2)
    bench.broker.hold.set()
    await bench.told("flushed", times=2)
    assert [flush.events for flush in bench.outlet.flushes] == [{"chat": 1}, {"chat": 2}]


async def test_a_broker_that_cannot_be_asked_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    bench.broker.end = None
    bench.offer(1)
    await turns()
    assert bench.outlet.flushes == []
    bench.broker.end = 1
    await bench.told("flushed")


async def test_closing_does_not_wait_for_an_answer(bench: Bench) -> None:
    bench.broker.hold.clear()
    bench.offer(1)
    await bench.broker.asked.wait()
    await asyncio.wait_for(bench.ledger.close(), 1)
    assert (bench.outlet.flushes, bench.outlet.closed) == ([], True)


async def test_waiting_time_counts_from_the_first_record_that_waits() -> None:
    bench = Bench(interval_s=30.0)
    assert bench.ledger.waiting_s(1e12) == 0
    bench.offer(1)
    assert bench.ledger.waiting_s(1e12) > 0
    bench.offer(module.FULL)
    await bench.told("flushed")
    assert bench.ledger.waiting_s(1e12) == 0
    await bench.ledger.close()


async def test_a_marker_that_the_reader_has_passed_waits_no_more_but_a_flush_that_hangs_does(
    bench: Bench,
) -> None:
    lane, ledger = bench.ledger.lane, bench.ledger
    lane.known("chat", None, 1)
    ledger.poke()
    assert ledger.waiting_s(1e12) > 0
    lane.known("chat", 1, 1)
    ledger.poke()
    assert ledger.waiting_s(1e12) == 0
    bench.outlet.hold.clear()
    bench.offer(1)
    await turns()
    ledger.poke()
    assert ledger.waiting_s(1e12) > 0
    bench.outlet.hold.set()
