"""What happens when nothing happens: waits that go on, and when anybody asks."""

import random
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import customer as state
from agents import heart
from agents.causes import weights
from agents.customer import Customer
from agents.rules import DEFAULT
from schemas.call import CallAnswered, CallEnded, CallHoldStarted, CallQueued
from schemas.chat import ChatMessage, ChatQueued
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged, Output
from schemas.ticket import TicketOpened
from tests.agents.making import START_S, lived, made
from tests.agents.test_heart import lives

QUEUE_S = DEFAULT.waits.call_queue


def ticked(customer: Customer, after_s: float) -> tuple[Customer, tuple[Output, ...]]:
    return heart.tick("ann", customer, START_S + after_s, DEFAULT)


def test_a_wait_counts_at_each_doubling_while_it_lasts() -> None:
    customer, _ = lived([made(CallQueued)])
    for doublings in range(1, 5):
        before, _ = ticked(customer, QUEUE_S * 2**doublings - 1)
        assert len(before.newest) == min(1, doublings - 1)
        customer, _ = ticked(customer, QUEUE_S * 2**doublings)
        [row] = customer.newest
        assert (row.event_id, row.cause) == ("queue-wait@2026-03-02T08:00:00Z", "queue-wait")
        assert row.points == pytest.approx(2.0 * doublings, rel=1e-3)
    assert customer.due_s == state.NEVER, "16 times as long is as bad as it gets"


def test_its_end_adds_what_was_not_counted_yet() -> None:
    whole, _ = lived([made(CallQueued), made(CallAnswered, QUEUE_S * 3)])
    [row] = whole.newest
    assert row.points == pytest.approx(2 * log2(3), rel=1e-4)
    assert weights(whole, whole.clock, DEFAULT)[0].count == 1


def test_a_wait_between_one_and_two_times_as_expected_is_told_by_the_event_that_ends_it() -> None:
    whole, _ = lived([made(CallQueued), made(CallAnswered, QUEUE_S * 1.5, event_id="a")])
    assert [row.event_id for row in whole.newest] == ["a"]


def test_an_answer_in_time_leaves_nothing_due() -> None:
    customer, _ = lived([made(CallQueued), made(CallAnswered, QUEUE_S)])
    assert (customer.newest, customer.due_s) == ((), state.NEVER)


def test_a_contact_that_ends_leaves_nothing_due() -> None:
    customer, _ = lived([made(CallQueued), made(CallEnded, 1, by="agent")])
    assert customer.due_s == state.NEVER


def test_silence_after_a_message_is_not_counted_before_it_ends() -> None:
    customer, _ = lived([made(ChatMessage, actor="customer", text="Where is my order?")])
    assert customer.due_s == state.NEVER


def test_the_first_of_many_is_due_first() -> None:
    customer, _ = lived(
        [
            made(TicketOpened, 0, conversation_id="t"),
            made(ChatQueued, 0, conversation_id="c"),
            made(CallHoldStarted, 30, conversation_id="p"),
        ]
    )
    assert customer.due_s == START_S + 30 + 2 * DEFAULT.waits.call_hold
    customer, _ = ticked(customer, 16 * 3600)
    found = [(row.cause, row.at_s - START_S) for row in customer.newest]
    assert found == [("hold", 30 + 16 * 60), ("queue-wait", 16 * 120), ("first-response-wait", 2 * 28_800)]


def test_somebody_who_waits_is_helped_before_they_say_a_word() -> None:
    grim = [made(ChatMessage, i, actor="customer", text="this is ridiculous, I am fed up") for i in range(3)]
    customer, said = lived([*grim, made(CallQueued, 10, conversation_id="p", tenant="acme", queue="billing")])
    assert not any(isinstance(output, InterveneNow) for output in said[-1:])
    found: list[Output] = []
    for minute in range(1, 60):
        customer, outputs = ticked(customer, 10 + minute * 60.0)
        found += outputs
    assert found, "a rung was crossed in the queue"
    first = found[0]
    assert isinstance(first, MoodChanged)
    assert first.at.timestamp() == START_S + 10 + 8 * QUEUE_S, "its due time, not the tick's"
    assert first.event_id == "queue-wait@2026-03-02T08:16:10Z"
    assert (first.conversation_id, first.channel, first.tenant) == ("p", "call", "acme")
    assert first.reasons[0].points > 0


@given(lives(), st.integers(0, 2**32))
def test_whoever_asks_and_how_often_the_customer_and_the_words_are_the_same(
    events: list[Event], seed: int
) -> None:
    events = sorted(events, key=lambda event: event.at)
    rng = random.Random(seed)
    end = START_S + 1e9
    asked, said = state.new(), []
    for event in events:
        at = event.at.timestamp()
        for now in sorted(rng.uniform(asked.clock or at, at) for _ in range(rng.randrange(3))):
            asked, outputs = heart.tick("ann", asked, now, DEFAULT)
            said += outputs
        asked, outputs = heart.step(asked, event, at, DEFAULT)
        said += outputs
    asked, outputs = heart.tick("ann", asked, end, DEFAULT)
    unasked, at_once = lived(events)
    late, outputs_late = heart.tick("ann", unasked, end, DEFAULT)
    assert (asked, [*said, *outputs]) == (late, [*at_once, *outputs_late])


@given(lives())
def test_what_is_due_is_known_from_the_row(events: list[Event]) -> None:
    customer, _ = lived(events)
    assert state.glance(state.encode(customer)).due_s == customer.due_s
    waits = [contact.due_s for contact in customer.contacts if contact.due_s is not None]
    assert customer.due_s <= min(waits, default=state.NEVER)
