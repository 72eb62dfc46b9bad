"""Whatever goes wrong with a chunk stops the worker before any of its offsets is committed."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.door import TooManyBad
from streams.intake import Intake
from streams.settings import Settings
from streams.transport import Fetched

TOPIC = TP("support.chat", 2)


class FakeLane:
    def __init__(self) -> None:
        self.offers: list[tuple[Any, ...]] = []

    def offer(self, *offer: Any) -> None:
        self.offers.append(offer)


class FakeLanes:
    """One lane, and which partitions it was told of."""

    def __init__(self) -> None:
        self.lane = FakeLane()
        self.ledgers = {TOPIC.partition: SimpleNamespace(lane=self.lane)}
        self.told: list[TP] = []

    def offered(self, tp: TP) -> None:
        self.told.append(tp)


class FakeDoor:
    def __init__(self, raises: Exception | None) -> None:
        self.raises = raises

    def admit(self, *_chunk: Any) -> list[tuple[float, int, str]]:
        if self.raises is not None:
            raise self.raises
        return [(1.0, 7, "event")]


def offered(raises: Exception | None) -> tuple[FakeLanes, list[str]]:
    """What the lane got of one chunk, and why the worker was asked to stop."""
    lanes, asked = FakeLanes(), []
    stopping = SimpleNamespace(ask=asked.append)
    intake = Intake(FakeDoor(raises), lanes, stopping, Settings())  # type: ignore[arg-type]
    record: Any = SimpleNamespace(timestamp=123)
    intake.offer(Fetched(TOPIC, [record], 8, 0, lanes))  # type: ignore[arg-type]
    return lanes, asked


def test_a_chunk_is_offered_to_its_lane() -> None:
    lanes, asked = offered(None)
    assert lanes.lane.offers == [("support.chat", [(1.0, 7, "event")], 8, 123)]
    assert (lanes.told, asked) == ([TOPIC], [])


@pytest.mark.parametrize(
    ("raises", "line"),
    [
        (ZeroDivisionError("by zero"), "support.chat 2: ZeroDivisionError: by zero"),
        (
            TooManyBad("partition 2: 501 bad"),
            "partition 2: 501 bad; not the data, then: look at the dead letters before starting again",
        ),
    ],
)
def test_what_goes_wrong_stops_the_worker_and_nothing_of_the_chunk_is_offered(
    raises: Exception, line: str
) -> None:
    lanes, asked = offered(raises)
    assert asked == [line]
    assert (lanes.lane.offers, lanes.told) == ([], [])
