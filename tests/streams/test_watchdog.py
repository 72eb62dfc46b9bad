"""What counts as standing still, and that a worker which does is told to end."""

import time
from concurrent.futures import Future
from queue import SimpleQueue

import pytest
from faust.types import TP

from streams import watchdog
from streams.watchdog import Patience, Standing, Watchdog

CHANGELOG = TP("changelog", 0)


def recovering(offset: int | None) -> Standing:
    return Standing({}, {CHANGELOG: offset})


def test_a_lane_whose_records_wait_for_too_long_is_a_reason() -> None:
    patience = Patience(60)
    assert patience.judge(Standing({0: 0.0, 1: 60.0}, None), 1.0) is None
    line = patience.judge(Standing({0: 0.0, 1: 61.0}, None), 2.0)
    assert line == "lane 1: records wait and none became durable for 61 s"


def test_a_recovery_that_comes_forward_is_given_its_time() -> None:
    patience = Patience(60)
    assert all(patience.judge(recovering(i), 50.0 * i) is None for i in range(10))


def test_a_recovery_that_stands_still_is_a_reason() -> None:
    patience = Patience(60)
    looks = [patience.judge(recovering(7), now) for now in (100.0, 130.0, 160.0, 161.0)]
    assert looks == [None, None, None, "recovery has not come forward for 61 s"]


def test_a_later_recovery_begins_with_new_patience() -> None:
    patience = Patience(60)
    patience.judge(recovering(None), 0.0)
    patience.judge(Standing({}, None), 50.0)
    assert patience.judge(recovering(None), 100.0) is None
    assert patience.judge(recovering(None), 150.0) is None


def _asked_of(look: Future[Standing], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(watchdog, "end_anyway", lambda _line: None)
    asked: SimpleQueue[str] = SimpleQueue()
    Watchdog(lambda: look, asked.put, 0.04).start()
    return asked.get(timeout=5)


def test_a_loop_that_does_not_answer_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _asked_of(Future(), monkeypatch) == "the event loop has not turned for 0.04 s"


def test_the_reason_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    look: Future[Standing] = Future()
    look.set_result(Standing({3: time.monotonic()}, None))
    assert _asked_of(look, monkeypatch).startswith("lane 3: records wait")
