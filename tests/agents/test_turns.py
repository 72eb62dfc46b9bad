import pytest

from agents.customer import Contact, Customer
from schemas.call import CallSegment
from schemas.chat import ChatAccepted, ChatMessage, ChatQueued
from tests.agents.making import START_S, lived, made


def only(customer: Customer) -> Contact:
    [contact] = customer.contacts
    return contact


def asked(after_s: float, text: str = "Where is my order?") -> ChatMessage:
    return made(ChatMessage, after_s, actor="customer", text=text)


def answered(after_s: float, actor: str = "agent", text: str = "On its way.") -> ChatMessage:
    return made(ChatMessage, after_s, actor=actor, text=text)


def test_a_question_begins_a_wait_and_the_answer_ends_it() -> None:
    customer, _ = lived([asked(0)])
    assert only(customer) == Contact("one", "chat", waiting="silence", since_s=START_S, spoke=True)
    customer, _ = lived([answered(240)], customer=customer)
    assert (only(customer).waiting, only(customer).served) == ("", True)
    assert [(row.cause, row.points, row.event_id) for row in customer.newest] == [
        ("silence", 2.0, "ChatMessage@240")
    ]


def test_in_writing_the_wait_runs_from_the_first_unanswered_message() -> None:
    customer, _ = lived([asked(0), asked(200, "Hello there?"), answered(240)])
    assert [row.points for row in customer.newest] == [2.0]


def test_on_the_phone_who_still_speaks_does_not_wait_yet() -> None:
    said = [made(CallSegment, i * 50.0, actor="customer", text="and then the next thing") for i in range(4)]
    customer, _ = lived([*said, made(CallSegment, 200, actor="agent", text="i see")])
    assert customer.newest == ()


def test_kind_words_begin_no_wait() -> None:
    customer, _ = lived([asked(0, "Thank you!"), answered(4000, text="You are welcome.")])
    assert [row.cause for row in customer.newest] == ["thanks"]


def test_a_message_in_the_queue_leaves_the_queues_wait_as_it_is() -> None:
    customer, _ = lived([made(ChatQueued), asked(100), made(ChatAccepted, 240)])
    assert [(row.cause, row.points) for row in customer.newest] == [("queue-wait", 2.0)]


def test_a_persons_message_ends_a_queue_that_nobody_accepted() -> None:
    customer, _ = lived([made(ChatQueued), answered(240)])
    assert [(row.cause, row.points) for row in customer.newest] == [("queue-wait", 2.0)]


def test_a_bot_answers_a_question_but_is_nobody_who_comes() -> None:
    customer, _ = lived([asked(0), answered(240, "bot")])
    assert [row.cause for row in customer.newest] == ["silence"]
    assert not only(customer).served
    customer, _ = lived([made(ChatQueued), answered(239, "bot")])
    assert (customer.newest, only(customer).waiting) == ((), "queue")


@pytest.mark.parametrize("actor", ["agent", "bot"])
def test_a_stymie_counts_whoever_says_it(actor: str) -> None:
    customer, _ = lived([answered(0, actor, "That's the policy.")])
    assert [(row.cause, row.phrase) for row in customer.newest] == [("stymie", "that's the policy")]


@pytest.mark.parametrize("actor", ["customer", "agent", "bot"])
def test_every_word_that_passes_is_a_touch(actor: str) -> None:
    customer, _ = lived([answered(0, actor)])
    assert customer.touches == 1
