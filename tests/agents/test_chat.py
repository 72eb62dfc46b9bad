from schemas.chat import ChatAbandoned, ChatAccepted, ChatEnded, ChatMessage, ChatQueued
from tests.agents.making import START_S, lived, made


def test_a_chat_queues_is_accepted_and_waits_for_a_first_word() -> None:
    customer, _ = lived([made(ChatQueued)])
    assert (customer.touches, customer.contacts[0].waiting) == (0, "queue")
    customer, _ = lived([made(ChatAccepted, 240)], customer=customer)
    assert (customer.touches, customer.contacts[0].waiting) == (1, "first_response")
    assert customer.contacts[0].since_s == START_S + 240
    customer, _ = lived([made(ChatMessage, 360, actor="agent", text="Hello.")], customer=customer)
    assert [(row.cause, row.points) for row in customer.newest] == [
        ("queue-wait", 2.0),
        ("first-response-wait", 2.0),
    ]


def test_taking_over_a_served_chat_is_no_wait_for_a_first_word() -> None:
    customer, _ = lived([made(ChatMessage, 0, actor="agent", text="Hello."), made(ChatAccepted, 10)])
    assert customer.contacts[0].waiting == ""


def test_leaving_the_queue_costs_the_wait_and_the_leaving_and_ends_the_contact() -> None:
    customer, _ = lived([made(ChatQueued), made(ChatAbandoned, 240)])
    assert [(row.cause, row.points) for row in customer.newest] == [("queue-wait", 2.0), ("abandoned", 5.0)]
    assert customer.contacts == ()


def test_an_abandoned_chat_whose_queueing_was_never_heard_of_is_an_attempt() -> None:
    customer, _ = lived([made(ChatAbandoned, matter_id="m")])
    assert [attempt.matter for attempt in customer.attempts] == ["mm"]


def test_the_end_of_a_chat_ends_the_contact() -> None:
    customer, _ = lived(
        [made(ChatMessage, 0, actor="customer", text="Bye."), made(ChatEnded, 9000, by="agent")]
    )
    assert (customer.contacts, customer.newest, customer.touches) == ((), (), 2)
