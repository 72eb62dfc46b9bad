"""Catching up gives what live would have given, byte for byte."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from agents.rules import Rules, Waits
from tests.simulation import judge
from tests.simulation.deadlines import BY_EVENT, BY_TICK
from tests.simulation.outside import sendings
from tests.simulation.plan import Plan, plan
from tests.simulation.story import Story, Told, lived

HOUR_S = 3600.0

RULES = Rules(
    waits=Waits(chat_queue=30, chat_first_response=15, call_queue=30, call_hold=15, ticket_first_response=60),
    lateness_s=300.0,
)


def _hour(starts_s: float) -> Plan:
    """An hour of events, lived from its beginning, or by workers that start later; nothing goes wrong."""
    any_plan = plan(0)
    settings = replace(any_plan.settings, partitions=3, clock="wall", settle_s=5.0)
    return replace(
        any_plan,
        settings=settings, rules=RULES, machines=2, starts_s=starts_s, calm_s=starts_s, faults=[],
        quiet_within_s=HOUR_S,
        sendings=sendings(Random("hour 4"), settings, HOUR_S, pace_s=40.0),
    )  # fmt: skip


def _outcome(starts_s: float) -> tuple[Told, Mapping[bytes, bytes], judge.Published]:
    story = Story(_hour(starts_s))
    told = lived(story)
    assert told.wrong is None
    return told, judge.rows(story), judge.published(story)


def test_an_hours_events_after_an_hours_stop_give_what_they_gave_live() -> None:
    live, live_rows, live_said = _outcome(0.0)
    late, late_rows, late_said = _outcome(2 * HOUR_S)
    assert late_said == live_said
    assert late_rows == live_rows
    # Live, ticks pass deadlines; while catching up, the events that come after them do.
    assert live.deadlines[BY_TICK] > 2 * late.deadlines[BY_TICK] > 0
    assert late.deadlines[BY_EVENT] > 2 * live.deadlines[BY_EVENT]
    assert live_said.total() > 10
    assert set(live_said.values()) == {1}
