"""Which causes weigh how much: the newest contributions one by one, older ones per cause; sums are exact."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

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
    for cause, points, phrase in signals:
        left = fading(points, age_s, rules) if age_s else points
        if points > 0:
            customer.debit_points += left
        else:
            customer.credit_points += left
        rows = (*rows, Contribution(at_s, cause, event_id, points, phrase))
    for row in rows[:-NEWEST_MOST]:
        customer.older = _folded(customer.older, row, rules)
    customer.newest = rows[-NEWEST_MOST:]


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


def weights(customer: Customer, now: float, rules: Rules) -> list[Weight]:
    """Every cause as of `now`, the heaviest first; `level_points` sum to the level's whole movement."""
    sums = _sums(customer, max(now, customer.clock), rules)
    per_point = share(sum(fold.points for fold, _ in sums if fold.points > 0), rules)
    found = [
        Weight(
            fold.cause,
            fold.points,
            fold.points * per_point if fold.points > 0 else fold.points,
            fold.count,
            tuple(dict.fromkeys((fold.first_event_id, fold.newest_event_id))),
            phrase,
        )
        for fold, phrase in sums
    ]
    return sorted(found, key=lambda weight: (-abs(weight.level_points), weight.cause))


def _sums(customer: Customer, now: float, rules: Rules) -> list[tuple[Older, str | None]]:
    """All contributions folded per cause and faded to `now`, with the newest phrase still known."""
    older, phrases = customer.older, {}
    for row in customer.newest:
        older = _folded(older, row, rules)
        if row.phrase is not None:
            phrases[row.cause] = row.phrase
    return [
        (replace(fold, points=fading(fold.points, now - fold.at_s, rules), at_s=now), phrases.get(fold.cause))
        for fold in older
    ]
