import msgspec
import pytest

from agents.effort import ATTEMPTS_MOST
from agents.rules import DEFAULT
from schemas.call import CallQueued, CallTransferred
from schemas.chat import ChatEnded, ChatMessage, ChatQueued
from schemas.event import Event
from schemas.ticket import TicketOpened
from tests.agents.making import DAY_S, lived, made


def moved(events: list[Event]) -> list[tuple[str, float]]:
    """The causes and points of these events, in their order; nobody here minds waiting."""
    customer, _ = lived(events, msgspec.structs.replace(DEFAULT, wait_points_per_doubling=0.0))
    return [(row.cause, row.points) for row in customer.newest]


def queued(after_s: float, conversation: str, **fields: object) -> ChatQueued:
    return made(ChatQueued, after_s, conversation_id=conversation, **fields)


def test_the_second_third_and_fourth_attempt_weigh_once_twice_and_three_times() -> None:
    assert moved([queued(i * 3600, f"c{i}", matter_id="m") for i in range(4)]) == [
        ("another-attempt", 4.0),
        ("another-attempt", 8.0),
        ("another-attempt", 12.0),
    ]


def test_attempts_count_whichever_channel_they_take_and_a_hop_is_felt() -> None:
    assert moved(
        [
            made(TicketOpened, 0, conversation_id="t", issue="late"),
            made(CallQueued, 60, conversation_id="c", issue="late"),
            made(CallQueued, 3600, conversation_id="d", issue="late"),
        ]
    ) == [("another-attempt", 4.0), ("channel-hop", 2.0), ("another-attempt", 8.0)]


def test_an_attempt_a_day_later_is_a_first_one_again() -> None:
    assert moved([queued(0, "a", matter_id="m"), queued(DAY_S, "b", matter_id="m")]) == []
    assert len(moved([queued(0, "a", matter_id="m"), queued(DAY_S - 1, "b", matter_id="m")])) == 1


def test_another_matter_is_another_count() -> None:
    assert moved([queued(0, "a", matter_id="m"), queued(60, "b", matter_id="n")]) == []


def test_a_matter_and_an_issue_of_the_same_name_are_two() -> None:
    assert moved([queued(0, "a", matter_id="late"), queued(60, "b", issue="late")]) == []


def test_the_matter_counts_before_the_issue() -> None:
    assert (
        moved([queued(0, "a", matter_id="m", issue="late"), queued(60, "b", matter_id="n", issue="late")])
        == []
    )


def test_without_matter_or_issue_each_conversation_is_its_own_matter() -> None:
    assert moved([queued(0, "a"), queued(60, "b")]) == []


def test_one_conversation_is_one_attempt_also_when_it_comes_back_after_its_end() -> None:
    events: list[Event] = []
    for i in range(3):
        events += [
            queued(i * 60, "a", matter_id="m"),
            made(ChatEnded, i * 60 + 30, conversation_id="a", by="agent"),
        ]
    assert moved(events) == []


def test_the_same_id_on_another_channel_is_another_conversation() -> None:
    assert moved([made(ChatQueued, 0, matter_id="m"), made(CallQueued, 60, matter_id="m")]) == [
        ("another-attempt", 4.0),
        ("channel-hop", 2.0),
    ]


def test_a_matter_named_only_later_in_the_contact_still_counts() -> None:
    events = [
        queued(0, "a", matter_id="m"),
        queued(60, "b"),
        made(ChatMessage, 90, conversation_id="b", actor="customer", text="hello", matter_id="m"),
    ]
    assert moved(events) == [("another-attempt", 4.0)]


def test_what_the_company_begins_is_no_attempt() -> None:
    events = [
        queued(0, "a", matter_id="m"),
        made(ChatMessage, 90, conversation_id="b", actor="agent", text="hello", matter_id="m"),
    ]
    assert moved(events) == []


def test_attempts_told_in_another_order_cost_the_same() -> None:
    events = [queued(i * 3600, f"c{i}", matter_id="m") for i in range(3)]
    in_order = sum(points for _, points in moved([*events]))
    assert sum(points for _, points in moved([events[2], events[0], events[1]])) == in_order


def test_attempts_kept_are_bounded() -> None:
    customer, _ = lived([queued(i, f"c{i}", matter_id="m") for i in range(40)])
    assert [attempt.conversation_id for attempt in customer.attempts] == [
        f"c{i}" for i in range(40 - ATTEMPTS_MOST, 40)
    ]


@pytest.mark.parametrize(("gap_s", "points"), [(3600.0, [3.0, 6.0]), (3601.0, [3.0, 3.0])])
def test_second_transfer_within_an_hour_counts_double(gap_s: float, points: list[float]) -> None:
    customer, _ = lived([made(CallTransferred, 0), made(CallTransferred, gap_s)])
    assert [row.points for row in customer.newest if row.cause == "transfer"] == points


def test_transfers_of_two_calls_are_not_added_up() -> None:
    customer, _ = lived([made(CallTransferred, i, conversation_id=f"c{i}") for i in range(2)])
    assert [row.points for row in customer.newest] == [3.0, 3.0]
