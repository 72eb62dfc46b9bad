"""Why a customer stands where they stand: the level taken apart into its causes, and said in sentences."""

from datetime import datetime

from msgspec import Struct

from agents import ladder
from agents.causes import weights
from agents.customer import Customer
from agents.ladder import RUNGS
from agents.notices import moment, path
from agents.rules import Rules
from schemas.outputs import Rung, Stand


class CauseShare(Struct, frozen=True, kw_only=True):
    """One cause: the points it moves the level by now, how often, its first and newest event, our phrase."""

    cause: str
    points: float
    count: int
    event_ids: tuple[str, ...]
    phrase: str | None


class Explanation(Struct, frozen=True, kw_only=True):
    """A customer as of `at`: `level` = `rest_level` + the points of all causes - `clamped_points`, exactly.

    `clamped_points` is what the level would lie outside 0 to 100. The rung is where the newest event left
    them: time alone moves the level, the rung follows with the next event. `slope` is in points per touch,
    `margin` the points left to `furious`, `intervention` the id of the open one.
    """

    level: float
    rung: Rung
    since: datetime
    slope: float
    margin: float
    rest_level: float
    clamped_points: float
    path: tuple[Stand, ...]
    causes: tuple[CauseShare, ...]
    intervention: str | None
    touches: int
    at: datetime
    newest_at: datetime
    rules_version: str


def explain(customer: Customer, now: float, rules: Rules) -> Explanation:
    """The customer faded to `now` in epoch seconds, or to their newest event where that is later."""
    now = max(now, customer.clock)
    causes = tuple(
        CauseShare(
            cause=weight.cause,
            points=weight.level_points,
            count=weight.count,
            event_ids=weight.event_ids,
            phrase=weight.phrase,
        )
        for weight in weights(customer, now, rules)
    )
    whole = rules.rest_level + sum(cause.points for cause in causes)
    level = min(max(whole, 0.0), 100.0)
    stands = path(customer)
    return Explanation(
        level=level,
        rung=RUNGS[customer.rung],
        since=stands[-1].since if stands else moment(customer.clock),
        slope=customer.slope,
        margin=max(rules.entering_levels[ladder.ANNOYED] - level, 0.0),
        rest_level=rules.rest_level,
        clamped_points=whole - level,
        path=stands,
        causes=causes,
        intervention=None if customer.intervention is None else customer.intervention.id,
        touches=customer.touches,
        at=moment(now),
        newest_at=moment(customer.clock),
        rules_version=rules.version,
    )


def lines(explanation: Explanation) -> list[str]:
    """The explanation in plain sentences, one a line."""
    e = explanation
    said = [
        f"The customer is {e.rung} since {e.since:%Y-%m-%d %H:%M} UTC, at level {e.level:.1f} of 100.",
        f"{e.margin:.1f} points are left to furious; {e.touches} touches, slope {e.slope:+.1f} points each.",
    ]
    if len(e.path) > 1:
        said.append(
            "The path: " + ", then ".join(f"{s.rung} on {s.since:%Y-%m-%d %H:%M}" for s in e.path) + "."
        )
    said.append(f"Everybody rests at {e.rest_level:.1f}; what moves this customer from there:")
    said += [_line(cause) for cause in e.causes] or ["  nothing that is left."]
    if e.clamped_points:
        said.append(f"  {-e.clamped_points:+.1f}  beyond the ends of the scale, 0 to 100")
    said.append(f"Intervention {e.intervention} is open." if e.intervention else "No intervention is open.")
    return said


def _line(cause: CauseShare) -> str:
    often = "once" if cause.count == 1 else f"{cause.count} times"
    phrase = f', last "{cause.phrase}"' if cause.phrase else ""
    return f"  {cause.points:+.1f}  {cause.cause}, {often}{phrase} ({' to '.join(cause.event_ids)})"
