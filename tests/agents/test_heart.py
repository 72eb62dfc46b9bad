import random
from datetime import timedelta, timezone
from itertools import pairwise
from math import inf
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents import causes, heart, ladder
from agents import customer as state
from agents.ladder import RUNGS
from agents.rules import DEFAULT, Rules
from schemas import call, chat, ticket
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged
from tests.agents.making import DAY_S, lived, made

LINES = (
    "hello, where is my order please",
    "this is ridiculous, I have been waiting for an hour",
    "thank you so much, that worked",
    "you are liars, I want to cancel",
    "That's the policy.",
    "Could you repeat that?",
    "ok",
)
KINDS: dict[str, list[tuple[type[Any], dict[str, Any]]]] = {
    "chat": [
        (chat.ChatQueued, {}),
        (chat.ChatAccepted, {}),
        *(
            (chat.ChatMessage, {"actor": who, "text": text})
            for who in ("customer", "agent", "bot")
            for text in LINES
        ),
        (chat.ChatAbandoned, {}),
        (chat.ChatEnded, {"by": "agent"}),
    ],
    "call": [
        (call.CallQueued, {}),
        (call.CallAnswered, {}),
        *(
            (call.CallSegment, {"actor": who, "text": text})
            for who in ("customer", "agent")
            for text in LINES
        ),
        (call.CallHoldStarted, {}),
        (call.CallHoldEnded, {}),
        (call.CallTransferred, {}),
        (call.CallAbandoned, {}),
        (call.CallEnded, {"by": "customer"}),
    ],
    "ticket": [
        (ticket.TicketOpened, {"text": LINES[0]}),
        *(
            (ticket.TicketComment, {"actor": who, "text": text, "public": public})
            for who, public in (("customer", True), ("agent", True), ("agent", False))
            for text in LINES
        ),
        (ticket.TicketStatusChanged, {"status": "pending"}),
        (ticket.TicketReopened, {}),
        (ticket.TicketSolved, {"confirmed": True}),
        (ticket.TicketSolved, {"confirmed": False}),
        (ticket.TicketClosed, {}),
    ],
}


@st.composite
def lives(draw: st.DrawFn, most: int = 60) -> list[Event]:
    """Any events of one customer on all channels, in the order of their time."""
    after_s, events = 0.0, []
    for i in range(draw(st.integers(0, most))):
        after_s += draw(st.sampled_from([0.0, 1.0, 40.0, 300.0, 7200.0, 9 * DAY_S]))
        channel = draw(st.sampled_from(sorted(KINDS)))
        kind, fields = draw(st.sampled_from(KINDS[channel]))
        conversation = f"{channel}-{draw(st.integers(0, 1))}"
        # A matter on one channel alone: over several the order of arrival decides which attempt was a hop.
        matter = f"m-{channel}" if draw(st.booleans()) else None
        events.append(
            made(kind, after_s, event_id=f"e{i}", conversation_id=conversation, matter_id=matter, **fields)
        )
    return events


def test_every_event_that_can_be_said_has_a_reading() -> None:
    said = {
        kind for union in (chat.ChatEvent, call.CallEvent, ticket.TicketEvent) for kind in get_args(union)
    }
    assert set(heart.READINGS) == said
    for kind, reading in heart.READINGS.items():
        assert str(kind.__struct_config__.tag).startswith(f"{reading.channel}.")


@given(lives())
def test_the_customer_given_is_never_changed(events: list[Event]) -> None:
    customer = state.new()
    for event in events:
        before = state.encode(customer)
        after, _ = heart.step(customer, event, event.at.timestamp(), DEFAULT)
        assert state.encode(customer) == before
        customer = after


@given(lives())
def test_the_same_facts_give_the_same_customer_and_the_same_words(events: list[Event]) -> None:
    assert lived(events) == lived(events)


@given(lives())
def test_a_customer_who_went_through_a_row_goes_on_alike(events: list[Event]) -> None:
    stored, said = state.new(), []
    for event in events:
        stored, outputs = lived([event], customer=state.decode(state.encode(stored)))
        said += outputs
    assert (stored, said) == lived(events)


@given(lives())
def test_nobody_ever_moves_two_rungs_at_once(events: list[Event]) -> None:
    customer = state.new()
    for event in events:
        after, said = lived([event], customer=customer)
        moods = [output for output in said if isinstance(output, MoodChanged)]
        rungs = [customer.rung, *(RUNGS.index(mood.rung_to) for mood in moods)]
        assert rungs[-1] == after.rung
        assert all(abs(b - a) == 1 for a, b in pairwise(rungs))
        customer = after


@given(lives(most=120))
def test_an_episode_has_at_most_one_intervention_and_an_id_is_never_used_twice(events: list[Event]) -> None:
    _, said = lived(events)
    calls = [output for output in said if isinstance(output, InterveneNow)]
    assert len({output.episode for output in calls}) == len(calls)
    assert len({output.id for output in said}) == len(said)
    assert all(output.rung_to in ("unsure", "annoyed") for output in calls)


@given(lives())
def test_the_causes_of_a_life_sum_to_its_pools(events: list[Event]) -> None:
    customer, _ = lived(events)
    found = causes.weights(customer, customer.clock, DEFAULT)
    assert sum(w.pool_points for w in found if w.pool_points > 0) == pytest.approx(
        customer.debit_points, rel=1e-9
    )
    assert sum(w.pool_points for w in found if w.pool_points < 0) == pytest.approx(
        customer.credit_points, rel=1e-9
    )


@given(lives(), st.randoms(use_true_random=False))
def test_channels_that_arrive_in_another_order_give_the_same_level(
    events: list[Event], rng: random.Random
) -> None:
    # What comes due is judged by what is known then; who told of it too late is not made up for.
    patient = replace(DEFAULT, wait_points_per_doubling=0.0)
    one, _ = lived(events, patient)
    other, _ = lived(_delayed(events, rng), patient)
    assert ladder.level(other, patient) == pytest.approx(ladder.level(one, patient), abs=1e-6)
    assert other.debit_points == pytest.approx(one.debit_points, rel=1e-9)
    assert other.clock == one.clock
    assert _points_by_cause(other) == pytest.approx(_points_by_cause(one), rel=1e-9)


def _delayed(events: list[Event], rng: random.Random) -> list[Event]:
    """The events as they arrive when each may be late within the bound, every channel in its own order."""
    newest_s = dict.fromkeys(KINDS, 0.0)
    arriving = []
    for event in events:
        channel = heart.READINGS[type(event)].channel
        delayed_s = event.at.timestamp() + rng.uniform(0, DEFAULT.lateness_s)
        newest_s[channel] = max(newest_s[channel], delayed_s)
        arriving.append((newest_s[channel], event))
    return [event for _, event in sorted(arriving, key=lambda pair: pair[0])]


def _points_by_cause(customer: state.Customer) -> dict[str, float]:
    return {w.cause: w.pool_points for w in causes.weights(customer, customer.clock, DEFAULT)}


LIGHTENED: dict[str, Rules] = {
    **{
        family: replace(DEFAULT, words=replace(DEFAULT.words, **{family.replace("-", "_"): 0.0}))
        for family in ("furious", "leaving", "frustrated", "chasing", "stymie", "asked-again")
    },
    **{
        cause: replace(DEFAULT, waits=replace(DEFAULT.waits, **dict.fromkeys(fields, inf)))
        for cause, fields in {
            "queue-wait": ("chat_queue", "call_queue"),
            "first-response-wait": ("chat_first_response", "ticket_first_response"),
            "hold": ("call_hold",),
            "silence": ("chat_silence", "call_silence", "ticket_silence"),
        }.items()
    },
    "another-attempt": replace(DEFAULT, attempt_points=0.0),
    "channel-hop": replace(DEFAULT, channel_hop_points=0.0),
    "transfer": replace(DEFAULT, transfer_points=0.0),
    "reopened": replace(DEFAULT, reopened_points=0.0),
    "abandoned": replace(DEFAULT, abandoned_points=0.0),
}


@given(lives())
def test_where_the_top_cause_weighs_nothing_the_customer_stands_lower(events: list[Event]) -> None:
    customer, _ = lived(events)
    level = ladder.level(customer, DEFAULT)
    debits = [
        weight for weight in causes.weights(customer, customer.clock, DEFAULT) if weight.pool_points > 0
    ]
    assume(debits and 0 < level < 100)
    spared, _ = lived(events, LIGHTENED[debits[0].cause])
    assert ladder.level(spared, DEFAULT) < level


HAPPENS: dict[str, tuple[str, type[Any], dict[str, Any]]] = {
    "anger": ("furious", chat.ChatMessage, {"actor": "customer", "text": "Liars."}),
    "frustration": ("frustrated", chat.ChatMessage, {"actor": "customer", "text": "Ridiculous."}),
    "stymie": ("stymie", chat.ChatMessage, {"actor": "agent", "text": "That's the policy."}),
    "transfer": ("transfer", call.CallTransferred, {}),
    "reopening": ("reopened", ticket.TicketReopened, {}),
}


@given(st.lists(st.sampled_from(sorted(HAPPENS)), min_size=1, max_size=12))
def test_without_the_events_of_the_top_cause_the_customer_stands_lower(happens: list[str]) -> None:
    # A second apart: nobody waits, so each event is felt for itself alone and can be taken away.
    told = [
        (HAPPENS[what][0], made(HAPPENS[what][1], float(i), **HAPPENS[what][2]))
        for i, what in enumerate(happens)
    ]
    customer, _ = lived([event for _, event in told])
    level = ladder.unclamped(customer.debit_points, customer.credit_points, DEFAULT)
    top = causes.weights(customer, customer.clock, DEFAULT)[0].cause
    spared, _ = lived([event for cause, event in told if cause != top])
    assert ladder.unclamped(spared.debit_points, spared.credit_points, DEFAULT) < level


def test_a_late_event_weighs_as_if_it_had_come_in_time() -> None:
    events = [
        made(chat.ChatMessage, 0, actor="customer", text="Hello."),
        made(chat.ChatMessage, 20, actor="agent", text="That's the policy."),
        made(chat.ChatMessage, 60, actor="customer", text="I see."),
    ]
    in_time, _ = lived(events)
    late, _ = lived([events[0], events[2], events[1]])
    assert late.clock == in_time.clock == events[2].at.timestamp()
    assert late.debit_points == pytest.approx(in_time.debit_points, rel=1e-12)


def test_an_event_older_than_everything_known_turns_nothing_back() -> None:
    before, _ = lived([made(ticket.TicketReopened, 400 * DAY_S, conversation_id="new")])
    after, _ = lived([made(call.CallTransferred, 0)], customer=before)
    assert after.clock == before.clock
    assert 0 < after.debit_points - before.debit_points < 0.001


def test_the_time_zone_of_an_event_changes_nothing_but_its_at() -> None:
    here = made(ticket.TicketReopened, 0)
    there = replace(here, at=here.at.astimezone(timezone(timedelta(hours=5))))
    assert lived([here])[0] == lived([there])[0]


def test_a_thousand_tiny_debits_in_thirty_days_annoy_in_any_order_within_the_bound() -> None:
    tiny = replace(DEFAULT, reopened_points=0.1)
    events = [
        made(ticket.TicketReopened, i * 30 * DAY_S / 1000, conversation_id=f"t{i}") for i in range(1000)
    ]
    rng = random.Random(7)
    late = sorted(events, key=lambda event: event.at.timestamp() + rng.uniform(0, 7200))
    assert late != events
    levels = [ladder.level(lived(order, tiny)[0], tiny) for order in (events, late)]
    assert min(levels) >= 60
    assert levels[0] == pytest.approx(levels[1], abs=1e-6)
