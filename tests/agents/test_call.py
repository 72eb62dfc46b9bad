from schemas.call import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallHoldEnded,
    CallHoldStarted,
    CallQueued,
    CallSegment,
    CallTransferred,
)
from schemas.event import Event
from tests.agents.making import lived, made


def moved(events: list[Event]) -> list[tuple[str, float]]:
    """The causes and points of these events, in their order."""
    customer, _ = lived(events)
    return [(row.cause, row.points) for row in customer.newest]


def test_picking_up_ends_the_queue_and_is_the_first_human_word() -> None:
    customer, _ = lived([made(CallQueued), made(CallAnswered, 240)])
    assert [(row.cause, row.points) for row in customer.newest] == [("queue-wait", 2.0)]
    assert (customer.contacts[0].served, customer.contacts[0].waiting) == (True, "")


def test_a_hold_is_measured_to_its_end_and_then_the_answer_is_waited_for() -> None:
    events = [
        made(CallHoldStarted),
        made(CallHoldEnded, 120),
        made(CallSegment, 240, actor="agent", text="so"),
    ]
    assert moved(events[:2]) == [("hold", 2.0)]
    assert moved(events) == [("hold", 2.0), ("silence", 2.0)]


def test_an_answer_right_after_a_hold_leaves_only_the_hold() -> None:
    events = [
        made(CallSegment, 0, actor="customer", text="where is it"),
        made(CallHoldStarted, 10),
        made(CallHoldEnded, 130),
        made(CallSegment, 140, actor="agent", text="it is on its way"),
    ]
    assert moved(events) == [("hold", 2.0)]


def test_a_transfer_costs_and_begins_another_queue() -> None:
    events = [made(CallAnswered), made(CallTransferred, 60), made(CallAnswered, 300)]
    assert moved(events) == [("transfer", 3.0), ("queue-wait", 2.0)]


def test_a_transfer_out_of_a_hold_counts_the_hold() -> None:
    assert moved([made(CallHoldStarted), made(CallTransferred, 120)]) == [("hold", 2.0), ("transfer", 3.0)]


def test_hanging_up_unanswered_costs_and_ends_the_contact() -> None:
    customer, _ = lived([made(CallQueued), made(CallAbandoned, 30)])
    assert [(row.cause, row.points) for row in customer.newest] == [("abandoned", 5.0)]
    assert customer.contacts == ()


def test_hanging_up_on_a_hold_costs_the_hold_alone() -> None:
    assert moved([made(CallAnswered), made(CallHoldStarted, 10), made(CallAbandoned, 130)]) == [("hold", 2.0)]


def test_the_end_of_a_call_ends_the_contact() -> None:
    customer, _ = lived([made(CallAnswered), made(CallEnded, 60, by="customer")])
    assert (customer.contacts, customer.newest) == ((), ())


def test_a_last_word_before_the_end_of_a_call_is_a_goodbye() -> None:
    goodbye = made(CallSegment, 0, actor="customer", text="right then bye")
    assert moved([made(CallAnswered), goodbye, made(CallEnded, 600, by="agent")]) == []


def test_touches_are_what_both_sides_notice() -> None:
    for kind, touches in [
        (CallQueued, 0),
        (CallAnswered, 1),
        (CallHoldStarted, 0),
        (CallHoldEnded, 1),
        (CallTransferred, 1),
        (CallAbandoned, 1),
    ]:
        assert lived([made(kind)])[0].touches == touches, kind
