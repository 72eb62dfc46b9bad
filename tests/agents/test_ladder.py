import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import ladder
from agents.customer import Customer
from agents.rules import DEFAULT
from tests.agents.making import DAY_S

pool = st.floats(0, 1000)


def test_debits_halve_in_thirty_days_and_credits_in_seven() -> None:
    assert ladder.fading(8.0, 30 * DAY_S, DEFAULT) == pytest.approx(4.0)
    assert ladder.fading(-8.0, 7 * DAY_S, DEFAULT) == pytest.approx(-4.0)


def test_both_pools_fade_to_the_new_clock() -> None:
    customer = Customer(clock=100.0, debit_points=8.0, credit_points=-8.0)
    ladder.fade(customer, 100.0 + 30 * DAY_S, DEFAULT)
    assert customer.clock == 100.0 + 30 * DAY_S
    assert customer.debit_points == pytest.approx(4.0)
    assert customer.credit_points == pytest.approx(-8.0 * 0.5 ** (30 / 7))


def test_the_clock_never_goes_back() -> None:
    customer = Customer(clock=100.0, debit_points=8.0)
    ladder.fade(customer, 40.0, DEFAULT)
    assert customer == Customer(clock=100.0, debit_points=8.0)


def test_a_customer_without_a_grudge_or_goodwill_rests_at_25() -> None:
    assert ladder.level(Customer(), DEFAULT) == 25.0


def test_the_level_stays_between_0_and_100() -> None:
    assert ladder.level(Customer(debit_points=1e6), DEFAULT) == 100.0
    assert ladder.level(Customer(credit_points=-1e6), DEFAULT) == 0.0


def test_what_is_a_tenth_as_large_moves_less_than_a_tenth() -> None:
    def load(debit: float) -> float:
        return ladder.unclamped(debit, 0.0, DEFAULT) - DEFAULT.rest_level

    assert load(0.8) < load(8.0) / 10


@given(pool, pool, pool)
def test_more_debit_never_lowers_the_level(debit: float, more: float, credit: float) -> None:
    less_level = ladder.unclamped(debit, -credit, DEFAULT)
    assert ladder.unclamped(debit + more, -credit, DEFAULT) >= less_level - 1e-9


@given(pool, pool)
def test_the_load_is_shared_out_exactly(one: float, other: float) -> None:
    share = ladder.share(one + other, DEFAULT)
    whole = ladder.unclamped(one + other, 0.0, DEFAULT) - DEFAULT.rest_level
    assert one * share + other * share == pytest.approx(whole, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("rung", "level", "after"),
    [
        (ladder.DELIGHTED, 14.9, ladder.DELIGHTED),
        (ladder.DELIGHTED, 15.0, ladder.CONTENT),
        (ladder.CONTENT, 34.9, ladder.CONTENT),
        (ladder.CONTENT, 35.0, ladder.UNSURE),
        (ladder.CONTENT, 10.0, ladder.CONTENT),
        (ladder.CONTENT, 9.9, ladder.DELIGHTED),
        (ladder.UNSURE, 60.0, ladder.ANNOYED),
        (ladder.UNSURE, 30.0, ladder.UNSURE),
        (ladder.UNSURE, 29.9, ladder.CONTENT),
        (ladder.ANNOYED, 85.0, ladder.FURIOUS),
        (ladder.ANNOYED, 54.9, ladder.UNSURE),
        (ladder.FURIOUS, 100.0, ladder.FURIOUS),
        (ladder.FURIOUS, 80.0, ladder.FURIOUS),
        (ladder.FURIOUS, 79.9, ladder.ANNOYED),
    ],
)
def test_a_rung_is_entered_at_its_edge_and_left_five_points_below(
    rung: int, level: float, after: int
) -> None:
    assert ladder.next_rung(rung, level, DEFAULT) == after


@given(st.integers(0, 4), st.floats(0, 100))
def test_nobody_skips_a_rung(rung: int, level: float) -> None:
    assert abs(ladder.next_rung(rung, level, DEFAULT) - rung) <= 1


@given(st.integers(0, 4), st.floats(0, 100))
def test_every_level_has_a_rung_to_come_to_rest_on(rung: int, level: float) -> None:
    for _ in range(5):
        rung = ladder.next_rung(rung, level, DEFAULT)
    assert ladder.next_rung(rung, level, DEFAULT) == rung
