import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import causes, ladder
from agents.causes import NEWEST_MOST, Weight
from agents.customer import Contribution, Customer, Older
from agents.rules import DEFAULT
from agents.signals import Signal
from tests.agents.making import DAY_S

grievance = st.tuples(
    st.sampled_from(["silence", "transfer", "thanks", "stymie"]), st.floats(0.01, 25), st.floats(0, 3 * DAY_S)
)


def felt(grievances: list[tuple[str, float, float]]) -> Customer:
    """A customer with one contribution for each (cause, points, seconds since the one before)."""
    customer = Customer(clock=1.0)
    for i, (cause, points, gap_s) in enumerate(grievances):
        ladder.fade(customer, customer.clock + gap_s, DEFAULT)
        signal = Signal(cause, -points if cause == "thanks" else points)
        causes.add(customer, [signal], f"e{i}", customer.clock, DEFAULT)
    return customer


def test_a_debit_and_a_credit_go_to_their_pools_with_their_proof() -> None:
    customer = Customer(clock=50.0)
    causes.add(
        customer, [Signal("stymie", 6.0, "no exceptions"), Signal("thanks", -1.0)], "e1", 50.0, DEFAULT
    )
    assert customer == Customer(
        clock=50.0,
        debit_points=6.0,
        credit_points=-1.0,
        newest=(
            Contribution(50.0, "stymie", "e1", 6.0, "no exceptions"),
            Contribution(50.0, "thanks", "e1", -1.0),
        ),
    )


def test_a_late_debit_has_faded_by_its_own_age() -> None:
    customer = Customer(clock=30 * DAY_S)
    causes.add(customer, [Signal("transfer", 8.0)], "late", 0.0, DEFAULT)
    assert customer.debit_points == pytest.approx(4.0)
    assert customer.newest == (Contribution(0.0, "transfer", "late", 8.0),)


def test_the_seventeenth_contribution_folds_the_oldest_into_its_cause() -> None:
    customer = felt([("transfer", 3.0, 0.0)] * NEWEST_MOST)
    assert not customer.older
    causes.add(customer, [Signal("transfer", 3.0)], "e16", customer.clock, DEFAULT)
    causes.add(customer, [Signal("stymie", 3.0)], "e17", customer.clock, DEFAULT)
    assert customer.older == (Older("transfer", 2, 6.0, 1.0, "e0", "e1"),)
    assert [row.event_id for row in customer.newest] == [f"e{i}" for i in range(2, 18)]


@given(st.lists(grievance, max_size=60))
def test_rows_and_folds_sum_to_the_pools(grievances: list[tuple[str, float, float]]) -> None:
    customer = felt(grievances)
    found = causes.weights(customer, customer.clock, DEFAULT)
    debit = sum(weight.pool_points for weight in found if weight.pool_points > 0)
    credit = sum(weight.pool_points for weight in found if weight.pool_points < 0)
    assert debit == pytest.approx(customer.debit_points, rel=1e-9, abs=1e-12)
    assert credit == pytest.approx(customer.credit_points, rel=1e-9, abs=1e-12)
    assert sum(weight.count for weight in found) == len(grievances)


@given(st.lists(grievance, max_size=60), st.floats(0, 400 * DAY_S))
def test_the_weights_sum_to_the_movement_of_the_level(
    grievances: list[tuple[str, float, float]], later_s: float
) -> None:
    customer = felt(grievances)
    found = causes.weights(customer, customer.clock + later_s, DEFAULT)
    ladder.fade(customer, customer.clock + later_s, DEFAULT)
    whole = ladder.unclamped(customer.debit_points, customer.credit_points, DEFAULT)
    moved = sum(weight.level_points for weight in found)
    assert moved == pytest.approx(whole - DEFAULT.rest_level, rel=1e-9, abs=1e-9)


def test_the_heaviest_cause_comes_first_with_its_first_and_newest_event() -> None:
    customer = Customer(clock=1.0)
    for i, signal in enumerate(
        [Signal("stymie", 6.0, "no exceptions"), Signal("transfer", 3.0), Signal("stymie", 6.0, "no eta")]
    ):
        causes.add(customer, [signal], f"e{i}", 1.0, DEFAULT)
    assert causes.weights(customer, 1.0, DEFAULT) == [
        Weight("stymie", 12.0, 12.0 * 15 / 27, 2, ("e0", "e2"), "no eta"),
        Weight("transfer", 3.0, 3.0 * 15 / 27, 1, ("e1",), None),
    ]
