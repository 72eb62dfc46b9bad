import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import waits
from agents.customer import Contact, Waiting
from agents.rules import DEFAULT, Waits
from agents.signals import Signal
from schemas.call import CallAbandoned, CallAnswered, CallQueued
from schemas.chat import ChatAbandoned, ChatAccepted, ChatMessage, ChatQueued
from tests.agents.making import lived, made


def waiting(what: Waiting, **fields: object) -> Contact:
    return Contact("one", "chat", waiting=what, since_s=1000.0, **fields)  # type: ignore[arg-type]


def test_a_wait_as_long_as_expected_costs_nothing() -> None:
    contact = waiting("queue")
    assert waits.end(contact, 1000.0 + DEFAULT.waits.chat_queue, DEFAULT) == []
    assert contact.waiting == ""


@pytest.mark.parametrize(("times", "points"), [(2, 2.0), (4, 4.0), (8, 6.0), (16, 8.0), (10_000, 8.0)])
def test_each_doubling_of_the_expected_wait_costs_two_points_up_to_eight(times: int, points: float) -> None:
    ended = waits.end(waiting("queue"), 1000.0 + times * DEFAULT.waits.chat_queue, DEFAULT)
    assert ended == [Signal("queue-wait", points)]


def test_who_does_not_wait_is_owed_nothing() -> None:
    assert waits.end(waiting(""), 1e9, DEFAULT) == []


def test_a_wait_that_ends_before_it_began_costs_nothing() -> None:
    assert waits.end(waiting("silence"), 10.0, DEFAULT) == []


def test_a_wait_is_judged_once() -> None:
    contact = waiting("silence")
    assert waits.end(contact, 5000.0, DEFAULT) != []
    assert waits.end(contact, 9000.0, DEFAULT) == []


def test_every_wait_of_every_channel_has_an_expectation() -> None:
    expected = {field.name for field in msgspec.structs.fields(Waits)}
    assert expected == {
        *(f"chat_{what}" for what in ("queue", "first_response", "silence")),
        *(f"call_{what}" for what in ("queue", "hold", "silence")),
        *(f"ticket_{what}" for what in ("first_response", "silence")),
    }


def test_a_last_word_without_an_answer_is_a_goodbye() -> None:
    assert waits.close(waiting("silence", served=True), 1e6, DEFAULT) == []


@pytest.mark.parametrize("what", ["queue", "first_response"])
def test_a_person_who_never_came_counts_when_the_contact_closes(what: Waiting) -> None:
    assert [signal.points for signal in waits.close(waiting(what), 1e6, DEFAULT)] == [8.0]


@given(waited_s=st.floats(0, 1e6), channel=st.sampled_from(["chat", "call"]))
def test_leaving_before_the_first_human_word_costs_more_than_waiting_as_long(
    waited_s: float, channel: str
) -> None:
    queued, left, served = {
        "chat": (ChatQueued, ChatAbandoned, ChatAccepted),
        "call": (CallQueued, CallAbandoned, CallAnswered),
    }[channel]
    gone, _ = lived([made(queued), made(left, waited_s)])
    helped, _ = lived([made(queued), made(served, waited_s)])
    assert gone.debit_points > helped.debit_points


def test_leaving_after_a_human_word_costs_only_the_wait() -> None:
    events = [
        made(ChatMessage, 0, actor="agent", text="Hello."),
        made(ChatMessage, 1, actor="customer", text="Hi."),
    ]
    customer, _ = lived([*events, made(ChatAbandoned, 1 + 2 * DEFAULT.waits.chat_silence)])
    assert [(row.cause, row.points) for row in customer.newest] == [("silence", 2.0)]
