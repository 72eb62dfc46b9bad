from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import customer as state
from agents.explain import CauseShare, explain, lines
from agents.rules import DEFAULT
from schemas.chat import ChatMessage
from schemas.outputs import Stand
from schemas.ticket import TicketReopened, TicketSolved
from tests.agents.making import DAY_S, START, START_S, lived, made

ANGRY = [
    made(ChatMessage, 0, event_id="e0", actor="customer", text="Hello."),
    made(ChatMessage, 60, event_id="e1", actor="customer", text="You are liars."),
    made(ChatMessage, 120, event_id="e2", actor="agent", text="That's the policy."),
    made(ChatMessage, 180, event_id="e3", actor="customer", text="You are crooks."),
]


def test_a_customer_of_whom_nothing_is_known_rests() -> None:
    told = explain(state.new(), START_S, DEFAULT)
    assert (told.level, told.rung, told.margin, told.causes, told.path) == (25.0, "content", 60.0, (), ())


def test_the_explanation_names_every_cause_with_its_first_and_newest_event() -> None:
    customer, _ = lived(ANGRY)
    told = explain(customer, customer.clock, DEFAULT)
    assert [(c.cause, c.count, c.event_ids, c.phrase) for c in told.causes] == [
        ("furious", 2, ("e1", "e3"), "crooks"),
        ("stymie", 1, ("e2",), "that's the policy"),
    ]
    assert told.level == pytest.approx(25 + 50 * 50 / 62, abs=0.01)
    assert (told.rung, told.touches, told.clamped_points) == ("annoyed", 4, 0.0)
    assert told.path == (
        Stand(rung="content", since=START),
        Stand(rung="unsure", since=START + timedelta(seconds=60)),
        Stand(rung="annoyed", since=START + timedelta(seconds=180)),
    )
    assert told.since == told.path[-1].since
    assert told.intervention is not None


@given(st.floats(0, 400 * DAY_S))
def test_the_causes_sum_to_the_levels_movement_at_any_time(later_s: float) -> None:
    customer, _ = lived([*ANGRY, made(TicketSolved, 200, confirmed=True)])
    told = explain(customer, customer.clock + later_s, DEFAULT)
    moved = sum(cause.points for cause in told.causes)
    assert told.level == pytest.approx(told.rest_level + moved - told.clamped_points, rel=1e-9)
    assert told.at.timestamp() == pytest.approx(customer.clock + later_s, abs=1e-3)


def test_what_the_scale_cuts_off_is_said() -> None:
    furious, _ = lived([made(TicketReopened, float(i)) for i in range(40)])
    told = explain(furious, furious.clock, DEFAULT)
    assert told.level == 100.0
    assert told.clamped_points == pytest.approx(25 + 240 * 240 / 252 - 100, abs=0.1)
    assert any("beyond the ends of the scale" in line for line in lines(told))


def test_time_lowers_the_level_and_the_rung_waits_for_the_next_event() -> None:
    customer, _ = lived(ANGRY)
    later = explain(customer, customer.clock + 60 * DAY_S, DEFAULT)
    assert later.level < 40
    assert later.rung == "annoyed"


def test_a_time_before_the_newest_event_is_that_of_the_newest_event() -> None:
    customer, _ = lived(ANGRY)
    assert explain(customer, 0.0, DEFAULT) == explain(customer, customer.clock, DEFAULT)


def test_explaining_changes_nothing() -> None:
    customer, _ = lived(ANGRY)
    before = state.encode(customer)
    explain(customer, customer.clock + DAY_S, DEFAULT)
    assert state.encode(customer) == before


def test_an_explanation_is_json() -> None:
    customer, _ = lived(ANGRY)
    told = explain(customer, customer.clock, DEFAULT)
    assert msgspec.json.decode(msgspec.json.encode(told), type=type(told)) == told


PATH = (
    "The path: content on 2026-03-02 08:00, then unsure on 2026-03-02 08:01, "
    "then annoyed on 2026-03-02 08:03."
)


def test_an_explanation_reads_as_sentences() -> None:
    customer, _ = lived(ANGRY)
    told = explain(customer, customer.clock, DEFAULT)
    assert lines(told) == [
        "The customer is annoyed since 2026-03-02 08:03 UTC, at level 65.3 of 100.",
        "19.7 points are left to furious; 4 touches, slope +13.5 points each.",
        PATH,
        "Everybody rests at 25.0; what moves this customer from there:",
        '  +35.5  furious, 2 times, last "crooks" (e1 to e3)',
        '  +4.8  stymie, once, last "that\'s the policy" (e2)',
        f"Intervention {told.intervention} is open.",
    ]


def test_nothing_left_is_said_so() -> None:
    assert lines(explain(state.new(), START_S, DEFAULT))[-2:] == [
        "  nothing that is left.",
        "No intervention is open.",
    ]


def test_a_share_of_a_cause_is_a_value() -> None:
    share = CauseShare(cause="hold", points=1.0, count=1, event_ids=("e1",), phrase=None)
    with pytest.raises(AttributeError):
        share.points = 2.0  # type: ignore[misc]
