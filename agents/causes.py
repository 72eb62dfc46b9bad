"""Which causes weigh how much: the newest contributions one by one, older ones per cause; sums are exact."""

from collections.abc import Iterable

from msgspec import Struct

from agents.customer import Contribution, Customer, Older
from agents.ladder import fading, share
from agents.rules import Rules
from agents.signals import Signal

NEWEST_MOST = 16
"""Contributions kept as rows of their own."""


def add(customer: Customer, signals: Iterable[Signal], event_id: str, at_s: float, rules: Rules) -> None:
    """Put signals into a working copy whose clock is at or after `at_s`; late ones fade by their age."""
    age_s = customer.clock - at_s
    rows = customer.newest
    for cause, points, phrase, grows in signals:
        left = fading(points, age_s, rules) if age_s else points
        if points > 0:
            customer.debit_points += left
        else:
            customer.credit_points += left
        if grows is None:
            rows = (*rows, Contribution(at_s, cause, event_id, points, phrase))
        else:
            rows = _grown(rows, Contribution(at_s, cause, grows, points, phrase), rules)
    if len(rows) > NEWEST_MOST:
        for row in rows[:-NEWEST_MOST]:
            customer.older = _folded(customer.older, row, rules)
        rows = rows[-NEWEST_MOST:]
    customer.newest = rows


def _grown(rows: tuple[Contribution, ...], row: Contribution, rules: Rules) -> tuple[Contribution, ...]:
    """The rows with one that grew as the newest; the same sum, faded to the later of both times."""
    # Nearly always one of the last.
    for i in range(len(rows) - 1, -1, -1):
        before = rows[i]
        if before.event_id == row.event_id and before.cause == row.cause:
            at_s = max(before.at_s, row.at_s)
            points = fading(before.points, at_s - before.at_s, rules)
            points += fading(row.points, at_s - row.at_s, rules)
            return (*rows[:i], *rows[i + 1 :], Contribution(at_s, row.cause, row.event_id, points))
    return (*rows, row)


def _folded(older: tuple[Older, ...], row: Contribution, rules: Rules) -> tuple[Older, ...]:
    for i, fold in enumerate(older):
        if fold.cause == row.cause:
            return (*older[:i], _joined(fold, row, rules), *older[i + 1 :])
    return (*older, Older(row.cause, 1, row.points, row.at_s, row.event_id, row.event_id))


def _joined(fold: Older, row: Contribution, rules: Rules) -> Older:
    at_s = max(fold.at_s, row.at_s)
    points = fading(fold.points, at_s - fold.at_s, rules) + fading(row.points, at_s - row.at_s, rules)
    return Older(fold.cause, fold.count + 1, points, at_s, fold.first_event_id, row.event_id)


class Weight(Struct, frozen=True, gc=False):
    """One cause: its points in the pool, what they move the level by, its first and newest event."""

    cause: str
    pool_points: float
    level_points: float
    count: int
    event_ids: tuple[str, ...]
    phrase: str | None


Sum = tuple[int, float, str, str, str | None]
"""One cause's count, faded points, first and newest event id, newest phrase."""


def weights(customer: Customer, now: float, rules: Rules) -> list[Weight]:
    """Every cause as of `now`, the heaviest first; `level_points` sum to the level's whole movement."""
    sums = _sums(customer, max(now, customer.clock), rules)
    per_point = share(sum(points for _, points, *_ in sums.values() if points > 0), rules)
    found = [
        Weight(
            cause,
            points,
            points * per_point if points > 0 else points,
            count,
            (first,) if first == newest else (first, newest),
            phrase,
        )
        for cause, (count, points, first, newest, phrase) in sums.items()
    ]
    return sorted(found, key=lambda weight: (-abs(weight.level_points), weight.cause))


def _sums(customer: Customer, now: float, rules: Rules) -> dict[str, Sum]:
    """All contributions summed per cause and faded to `now`, with the newest phrase still known."""
    sums: dict[str, Sum] = {}
    for fold in customer.older:
        points = fading(fold.points, now - fold.at_s, rules)
        sums[fold.cause] = (fold.count, points, fold.first_event_id, fold.newest_event_id, None)
    for row in customer.newest:
        points = fading(row.points, now - row.at_s, rules)
        count, before, first, _, phrase = sums.get(row.cause, (0, 0.0, row.event_id, "", None))
        sums[row.cause] = (count + 1, before + points, first, row.event_id, row.phrase or phrase)
    return sums
