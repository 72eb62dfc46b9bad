"""The arithmetic at the end of a demo: rungs, leads, misses and delays from what was sent and said."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import get_args

from schemas.outputs import InterveneNow, MoodChanged, Output, Rung

RUNGS: tuple[Rung, ...] = get_args(Rung)
FIRST: Rung = "content"
"""Where a customer stands of whom no change was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to; a figure that nothing was measured for is None.

    `caught` and `missed` count entries into `furious`, with and without an intervention before them. Delays
    run from the producer's send of the triggering event to the arrival of its intervention, in seconds.
    """

    events: int
    took_s: float
    rungs: Mapping[Rung, int]
    interventions: int
    caught: int
    missed: int
    lead_touches: float | None
    lead_s: float | None
    p50_s: float | None
    p99_s: float | None


def summarise(
    sent_at: Mapping[str, float], customers: int, took_s: float, said: Iterable[tuple[float, Output]]
) -> Summary:
    """Sum up: when each event was sent by its id, how many customers, and each output with its arrival."""
    moods: dict[str, Rung] = {}
    entries: list[MoodChanged] = []
    delays: list[float] = []
    interventions = 0
    for arrived, output in said:
        if isinstance(output, InterveneNow):
            interventions += 1
            # What came due without an event has nothing that its delay could count from.
            if output.event_id in sent_at:
                delays.append(arrived - sent_at[output.event_id])
            continue
        moods[output.customer_id] = output.rung_to
        if output.rung_to == "furious":
            entries.append(output)
    caught = [entry for entry in entries if entry.warned]
    counts = Counter(moods.values())
    counts[FIRST] += customers - len(moods)
    return Summary(
        events=len(sent_at), took_s=took_s, rungs={rung: counts[rung] for rung in RUNGS},
        interventions=interventions, caught=len(caught), missed=len(entries) - len(caught),
        lead_touches=_median(entry.lead_touches for entry in caught),
        lead_s=_median(entry.lead_s for entry in caught),
        p50_s=percentile(delays, 50), p99_s=percentile(delays, 99),
    )  # fmt: skip


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The smallest value that at least so many percent are not above; None of nothing.

    >>> percentile([3.0, 1.0, 2.0], 50), percentile([3.0, 1.0, 2.0], 99), percentile([], 50)
    (2.0, 3.0, None)
    """
    if not values:
        return None
    return sorted(values)[max(ceil(len(values) * percent / 100), 1) - 1]


def duration(seconds: float) -> str:
    """A time span for people, in its two largest units.

    >>> duration(0.034), duration(95), duration(7500), duration(180000)
    ('34 ms', '1 min 35 s', '2 h 5 min', '2 d 2 h')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    for size, large, small_size, small in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            return f"{whole // size} {large} {whole % size // small_size} {small}"
    return f"{seconds:.1f} s"


def lines(summary: Summary, broker: str) -> list[str]:
    """The summary as it is printed."""
    s = summary
    rungs = ", ".join(f"{count} {rung}" for rung, count in s.rungs.items())
    found = [
        f"broker         {broker}",
        f"events         {s.events:,} in {s.took_s:.1f} s ({s.events / s.took_s:,.0f}/s, at the demo's pace)",
        f"customers      {sum(s.rungs.values()):,}: {rungs}",
        f"interventions  {s.interventions:,}",
        f"furious        {s.caught + s.missed:,} entries: {s.caught:,} caught before, {s.missed:,} missed",
    ]
    if s.lead_touches is not None and s.lead_s is not None:
        lead = f"{s.lead_touches:g} touches, {duration(s.lead_s)} before furious (medians of those caught)"
        found.append(f"lead           {lead}")
    if s.p50_s is not None and s.p99_s is not None:
        found.append(f"delay          event to intervention p50 {duration(s.p50_s)}, p99 {duration(s.p99_s)}")
    return found
