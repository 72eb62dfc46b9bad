"""The ladder: two pools of points that fade, the level they read as, and the rung it stands for."""

from math import exp2
from typing import get_args

from agents.customer import Customer
from agents.rules import Rules
from schemas.outputs import Rung

RUNGS: tuple[Rung, ...] = get_args(Rung)
"""Best first; state and rows hold the index."""
DELIGHTED, CONTENT, UNSURE, ANNOYED, FURIOUS = range(5)

DAY_S = 86_400.0


def fading(points: float, age_s: float, rules: Rules) -> float:
    """What is left of points after so many seconds; debits outlive credits."""
    days = rules.debit_half_life_days if points > 0 else rules.credit_half_life_days
    return points * exp2(-age_s / (days * DAY_S))


def fade(customer: Customer, now: float, rules: Rules) -> None:
    """Move the clock of a working copy on to `now` and fade both pools; an earlier `now` changes nothing."""
    elapsed_s = now - customer.clock
    if elapsed_s <= 0:
        return
    customer.clock = now
    if points := customer.debit_points:
        customer.debit_points = fading(points, elapsed_s, rules)
    if points := customer.credit_points:
        customer.credit_points = fading(points, elapsed_s, rules)


def share(debit: float, rules: Rules) -> float:
    """What one point moves the level while the pool holds `debit`: little when alone, 1 in a crowd."""
    return debit / (debit + rules.patience_points)


def unclamped(debit: float, credit: float, rules: Rules) -> float:
    """Rest + load - goodwill, before it is held between 0 and 100; `credit` is zero or below.

    The load is convex in the debit: sparse disservices are forgiven, dense ones are not. It depends on the
    sum alone, so neither order nor channel matters and each point has the same share in it.
    """
    return rules.rest_level + debit * debit / (debit + rules.patience_points) + credit


def level(customer: Customer, rules: Rules) -> float:
    """The running frustration at the customer's clock, 0 to 100."""
    points = unclamped(customer.debit_points, customer.credit_points, rules)
    if points < 0:
        return 0.0
    return points if points < 100 else 100.0  # noqa: PLR2004 - `min` would cost as much as the rest


def next_rung(rung: int, points: float, rules: Rules) -> int:
    """The rung one event later at this level: the same or a neighbour, never two away."""
    edges = rules.entering_levels
    if rung < FURIOUS and points >= edges[rung]:
        return rung + 1
    if rung > DELIGHTED and points < edges[rung - 1] - rules.leaving_gap:
        return rung - 1
    return rung
