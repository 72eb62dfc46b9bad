"""Sample journeys: generated customers and hand-written stories, as events in the order of time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from operator import attrgetter

from schemas.codec import encode
from schemas.event import Event
from streams.journeys.generate import journeys
from streams.journeys.stories import stories

__all__ = ["START", "journeys", "population", "raw", "stories"]

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When the sample journeys begin, unless told otherwise: a Monday morning."""


def population(customers: int, seed: int, start: datetime = START) -> Iterator[Event]:
    """Generated customers and those of the stories, in the order of `at`."""
    yield from merge(journeys(customers, seed, start), stories(start), key=attrgetter("at"))


def raw(customers: int, seed: int, start: datetime = START) -> Iterator[tuple[str, str, bytes]]:
    """Generated journeys for loaders: (channel, customer id, JSON) in the order of `at`."""
    for event in journeys(customers, seed, start):
        channel = event.__struct_config__.tag.split(".", 1)[0]  # type: ignore[union-attr]
        yield channel, event.customer_id, encode(event)
