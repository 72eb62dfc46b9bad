import pytest

from agents import slide
from agents.customer import Customer, Intervention, Stand
from agents.ladder import ANNOYED, CONTENT, DELIGHTED, FURIOUS, UNSURE
from agents.rules import DEFAULT


def standing(*rungs: int, **fields: object) -> Customer:
    """A customer who stood on these rungs, the last one now."""
    path = tuple(Stand(rung, 10.0 * i) for i, rung in enumerate(rungs))
    return Customer(rung=rungs[-1], clock=100.0, path=path, **fields)  # type: ignore[arg-type]


def test_the_first_event_puts_a_customer_where_new_ones_stand() -> None:
    customer = Customer(clock=100.0)
    slide.begin(customer, DEFAULT)
    assert customer == Customer(clock=100.0, path=(Stand(CONTENT, 100.0),), level=25.0)


def test_the_slope_follows_the_change_per_touch_by_half() -> None:
    customer = Customer(level=25.0)
    slide.touch(customer, 35.0, DEFAULT)
    assert (customer.level, customer.slope) == (35.0, 5.0)
    slide.touch(customer, 35.0, DEFAULT)
    assert (customer.level, customer.slope) == (35.0, 2.5)


def test_leaving_content_begins_an_episode_named_by_its_event() -> None:
    customer = standing(CONTENT)
    slide.move(customer, UNSURE, "e1")
    assert (customer.rung, customer.episode) == (UNSURE, "e1")
    assert customer.path == (Stand(CONTENT, 0.0), Stand(UNSURE, 100.0))


def test_falling_further_is_the_same_episode() -> None:
    customer = standing(CONTENT, UNSURE, episode="e1", intervention=Intervention("i", 1.0, 1))
    slide.move(customer, ANNOYED, "e2")
    assert (customer.episode, customer.intervention) == ("e1", Intervention("i", 1.0, 1))


def test_back_at_content_the_episode_and_its_intervention_end() -> None:
    customer = standing(CONTENT, UNSURE, episode="e1", intervention=Intervention("i", 1.0, 1))
    slide.move(customer, CONTENT, "e2")
    assert (customer.episode, customer.intervention) == ("", None)


def test_going_up_or_down_above_content_is_no_episode() -> None:
    customer = standing(DELIGHTED)
    slide.move(customer, CONTENT, "e1")
    assert customer.episode == ""


def test_the_path_keeps_the_newest_six_stands() -> None:
    customer = standing(CONTENT)
    for i in range(9):
        slide.move(customer, UNSURE if i % 2 == 0 else CONTENT, f"e{i}")
    assert [stand.rung for stand in customer.path] == [CONTENT, UNSURE, CONTENT, UNSURE, CONTENT, UNSURE]


@pytest.mark.parametrize(
    ("rung", "watched"),
    [(DELIGHTED, False), (CONTENT, False), (UNSURE, True), (ANNOYED, True), (FURIOUS, False)],
)
def test_only_the_unsure_and_the_annoyed_are_watched(rung: int, watched: bool) -> None:  # noqa: FBT001 - a column
    assert slide.watched(standing(rung)) is watched


def test_who_has_an_open_intervention_is_not_watched() -> None:
    assert not slide.watched(standing(ANNOYED, intervention=Intervention("i", 1.0, 1)))


def test_falling_to_annoyed_calls_for_help_whatever_the_slope() -> None:
    assert slide.calls_for_help(standing(CONTENT, UNSURE, ANNOYED, slope=-9.0), 60.0, DEFAULT)


def test_rising_to_annoyed_does_not() -> None:
    assert not slide.calls_for_help(standing(ANNOYED, FURIOUS, ANNOYED, slope=-9.0), 79.0, DEFAULT)


def test_a_slope_that_ends_at_furious_calls_from_unsure() -> None:
    customer = standing(CONTENT, UNSURE, slope=8.0)
    assert not slide.calls_for_help(customer, 36.9, DEFAULT)
    assert slide.calls_for_help(customer, 37.0, DEFAULT)


def test_an_intervention_remembers_when_it_was_called_for() -> None:
    customer = standing(CONTENT, UNSURE, touches=7)
    slide.intervened(customer, "i")
    assert customer.intervention == Intervention("i", 100.0, 7)
