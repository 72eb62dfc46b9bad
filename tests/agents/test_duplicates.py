"""An event told twice changes nothing while it is remembered."""

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents import customer as state
from agents import duplicates
from agents.duplicates import MARK_BYTES, SEEN_MOST
from agents.heart import step
from agents.rules import DEFAULT
from schemas.chat import ChatMessage
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged
from schemas.ticket import TicketReopened, TicketSolved
from tests.agents.making import lived, made
from tests.agents.test_heart import lives

WINDOW_S = DEFAULT.duplicates_window_s


@given(lives(), st.data())
def test_repeats_within_the_window_change_nothing_and_say_nothing(
    events: list[Event], data: st.DataObject
) -> None:
    told: list[Event] = []
    for i, event in enumerate(events):
        told.append(event)
        newest = max(e.at for e in events[: i + 1])
        again = data.draw(st.sampled_from(events[max(0, i + 1 - SEEN_MOST) : i + 1]))
        if (newest - again.at).total_seconds() < WINDOW_S:
            told.append(again)
    assert lived(told) == lived(events)


def test_a_mark_is_the_same_in_every_process() -> None:
    assert duplicates.mark("customer-1-0-0").hex() == "4c0d215e5a55a882"


def test_a_repeat_gives_back_the_very_customer() -> None:
    event = made(TicketReopened)
    customer, _ = lived([event])
    after, said = step(customer, event, event.at.timestamp(), DEFAULT)
    assert after is customer
    assert said == ()


def test_each_event_is_known_for_the_window_and_forgotten_after_two() -> None:
    first = made(TicketReopened, 0)
    almost, _ = lived([first, made(TicketReopened, WINDOW_S / 2), made(TicketReopened, WINDOW_S)])
    assert duplicates.seen(almost, duplicates.mark(first.event_id))
    later, _ = lived(
        [made(TicketReopened, 2 * WINDOW_S), made(TicketReopened, 3 * WINDOW_S)], customer=almost
    )
    assert not duplicates.seen(later, duplicates.mark(first.event_id))


def test_the_newest_events_are_known_however_many_come_at_once() -> None:
    events = [made(TicketReopened, i) for i in range(10 * SEEN_MOST)]
    customer, _ = lived(events)
    assert all(duplicates.seen(customer, duplicates.mark(event.event_id)) for event in events[-SEEN_MOST:])
    assert len(customer.seen) + len(customer.seen_before) <= 2 * SEEN_MOST * MARK_BYTES


def test_the_window_is_a_number_of_the_rules() -> None:
    rules = replace(DEFAULT, duplicates_window_s=10.0)
    first = made(ChatMessage, 0, actor="customer", text="this is ridiculous")
    others = [made(TicketReopened, n) for n in (10.0, 20.0, 30.0)]
    once, _ = lived([first, *others], rules)
    twice, _ = lived([first, *others, first], rules)
    assert twice.debit_points > once.debit_points


@given(st.lists(st.binary(min_size=MARK_BYTES, max_size=MARK_BYTES), min_size=2, max_size=6), st.data())
def test_a_mark_across_two_neighbours_is_not_seen(marks: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(marks)
    start = data.draw(st.integers(1, len(whole) - MARK_BYTES))
    across = whole[start : start + MARK_BYTES]
    assume(across not in marks)
    assert not duplicates.seen(replace(state.new(), seen=whole), across)
    assert all(duplicates.seen(replace(state.new(), seen_before=whole), mark) for mark in marks)


def test_a_long_pause_leaves_nothing_of_the_time_before() -> None:
    first = made(TicketReopened, 0)
    later, _ = lived([first, made(TicketReopened, 2 * WINDOW_S)])
    assert not duplicates.seen(later, duplicates.mark(first.event_id))


def test_what_was_forgotten_and_is_told_again_causes_something_of_another_name() -> None:
    hello = made(ChatMessage, 0, actor="customer", text="Hello.")
    angry = made(ChatMessage, 60, actor="customer", text="This is ridiculous. You liars!")
    calm = [made(TicketSolved, (n + 2) * WINDOW_S, confirmed=True) for n in range(3)]
    _, said = lived([hello, angry, *calm, angry])
    moods = [output.id for output in said if isinstance(output, MoodChanged) and output.rung_to == "unsure"]
    interventions = [output.id for output in said if isinstance(output, InterveneNow)]
    assert (len(moods), len(set(moods))) == (2, 2)
    assert (len(interventions), len(set(interventions))) == (2, 2)
