"""A customer who asked to be forgotten is."""

from msgspec.structs import replace

from agents import customer as state
from agents import erasure, heart
from agents.rules import DEFAULT
from schemas.care import CustomerErased
from schemas.chat import ChatMessage, ChatQueued
from tests.agents.making import START_S, lived, made

ANGRY = [made(ChatMessage, i, actor="customer", text="you are liars", matter_id="m") for i in range(5)]
ERASED = made(CustomerErased, 10)


def test_only_when_is_left() -> None:
    customer, said = lived([*ANGRY, ERASED])
    assert said == lived(ANGRY)[1]
    assert customer == state.Customer(erased_s=START_S + 10, due_s=START_S + 10 + DEFAULT.lateness_s)
    assert len(state.encode(customer)) < 100


def test_what_was_before_does_not_come_back_with_late_events() -> None:
    erased, _ = lived([*ANGRY, ERASED])
    assert lived([*ANGRY, made(ChatQueued, 10)], customer=erased) == (erased, [])
    assert heart.step(erased, ANGRY[0], START_S, DEFAULT)[0] is erased


def test_what_comes_after_is_a_new_customer() -> None:
    later = made(ChatMessage, 20, actor="customer", text="you are liars")
    again, _ = lived([later], customer=lived([*ANGRY, ERASED])[0])
    fresh, _ = lived([later])
    erasure.end(again)
    again.due_s = fresh.due_s
    assert again == fresh


def test_told_twice_it_erases_once() -> None:
    customer, _ = lived([*ANGRY, ERASED, made(ChatQueued, 20)])
    assert lived([ERASED], customer=customer) == (customer, [])


def test_nothing_is_left_when_nothing_older_can_come() -> None:
    erased, _ = lived([*ANGRY, ERASED])
    over_s = START_S + 10 + DEFAULT.lateness_s
    waiting, _ = heart.tick("ann", erased, over_s - 1, DEFAULT)
    assert not erasure.blank(waiting)
    gone, said = heart.tick("ann", erased, over_s, DEFAULT)
    assert (erasure.blank(gone), gone, said) == (True, state.new(), ())


def test_a_life_that_went_on_keeps_its_row() -> None:
    customer, _ = lived([*ANGRY, ERASED, made(ChatQueued, 20)])
    later, _ = heart.tick("ann", customer, START_S + 1e6, DEFAULT)
    assert later.erased_s is None
    assert not erasure.blank(later)


def test_somebody_unknown_is_erased_too() -> None:
    customer, _ = lived([ERASED])
    assert customer.erased_s == START_S + 10


def test_what_was_due_before_is_said_whether_a_tick_came_or_not() -> None:
    impatient = replace(DEFAULT, wait_points_per_doubling=12.0, wait_points_most=48.0)
    waiting, _ = lived([made(ChatQueued)], impatient)
    erased = made(CustomerErased, 3600)
    ticked, at_the_tick = heart.tick("ann", waiting, START_S + 3600, impatient)
    live, _ = lived([erased], impatient, ticked)
    late, when_late = lived([erased], impatient, waiting)
    assert len(at_the_tick) > 1
    assert (late, tuple(when_late)) == (live, at_the_tick)
