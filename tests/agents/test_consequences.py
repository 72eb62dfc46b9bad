from hypothesis import example, given
from hypothesis import strategies as st

from agents import consequences, ladder
from agents.customer import Customer
from agents.ladder import CONTENT
from agents.rules import DEFAULT

EDGES = DEFAULT.entering_levels


@given(st.floats(0, 100))
@example(EDGES[CONTENT])
@example(EDGES[CONTENT - 1] - DEFAULT.leaving_gap)
def test_of_a_content_customer_something_is_said_where_the_ladder_moves_them(level: float) -> None:
    moves = ladder.next_rung(CONTENT, level, DEFAULT) != CONTENT
    assert consequences.expected(Customer(rung=CONTENT, slope=50.0), level, DEFAULT) == moves
