"""Generated journeys of any number of customers, in the order of time and in little memory."""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from random import Random

from schemas.event import Event
from streams.journeys.contacts import Contact, events
from streams.journeys.scenes import Plot, script
from streams.journeys.texts import FIELDS

DAY_S = 86400
OPEN_S = 12 * 3600
"""Contacts begin in the first 12 hours of a day, counted from the start."""
ARRIVALS_DAYS = 7
MOST_CONTACTS = 64


def journeys(customers: int, seed: int, start: datetime) -> Iterator[Event]:
    """The journeys of so many customers, in the order of `at`; the same arguments give the same events.

    They last about three weeks from `start`. A contact is made when its time comes, so memory goes with the
    number of contacts under way.
    """
    planned = sorted(
        (contact for i in range(customers) for contact in _plan(i, seed)),
        key=lambda c: (c.begins_s, c.customer),
    )
    rng = Random()
    coming: list[tuple[float, int, int, Event]] = []
    for contact in planned:
        while coming and coming[0][0] < contact.begins_s:
            yield heappop(coming)[3]
        rng.seed(_seed(seed, contact.customer, contact.number + 1))
        for n, (at_s, event) in enumerate(events(contact, start, rng)):
            heappush(coming, (at_s, contact.customer, contact.number * MOST_CONTACTS + n, event))
    while coming:
        yield heappop(coming)[3]


def _seed(seed: int, customer: int, place: int) -> int:
    return (seed << 40) + customer * MOST_CONTACTS + place


def _plan(customer: int, seed: int) -> Iterator[Contact]:
    rng = Random(_seed(seed, customer, 0))
    plots = script().plots.values()
    plot = rng.choices(tuple(plots), [p.share for p in plots])[0]
    field, top = rng.choice(FIELDS), rng.choice(plot.top)
    scenes = _scenes(plot, rng)
    begins_s = rng.random() * ARRIVALS_DAYS * DAY_S
    for number, (matter, scene, share) in enumerate(scenes):
        begins_s = _open(begins_s)
        temper = plot.first + round(share * (top - plot.first))
        issues = script().issues[field]
        yield Contact(
            customer, number, begins_s, scene, temper, top, matter, field, issues[matter % len(issues)]
        )
        begins_s += rng.uniform(*plot.hours_apart) * 3600


def _scenes(plot: Plot, rng: Random) -> list[tuple[int, str, float]]:
    """For each contact its matter, its scene, and how far the temper has gone, 0 to 1."""
    scenes = script().scenes
    before = [(i, rng.choice(scenes["calm"]), 0.0) for i in range(rng.randint(0, plot.before))]
    count, pool = rng.randint(*plot.contacts), [scene for kind in plot.scenes for scene in scenes[kind]]
    chosen = [rng.choice(pool) for _ in range(count)]
    if plot.last is not None:
        chosen.append(rng.choice(scenes[plot.last]))
    matter = len(before)
    return before + [
        (matter if plot.one_matter else matter + i, scene, min(i / max(count - 1, 1), 1.0))
        for i, scene in enumerate(chosen)
    ]


def _open(at_s: float) -> float:
    """The moment itself, or the same share of the next day's opening hours where it is closed then."""
    day, second = divmod(at_s, DAY_S)
    return at_s if second < OPEN_S else (day + 1) * DAY_S + (second - OPEN_S)
