from datetime import timedelta

import msgspec
from msgspec.structs import replace

from agents import ids
from agents.rules import DEFAULT, Rules
from schemas import codec
from schemas.chat import ChatMessage, ChatQueued
from schemas.event import Event
from schemas.outputs import InterveneNow, MoodChanged, Reason, Stand
from schemas.ticket import TicketSolved
from tests.agents.making import START, lived, made

ANGRY = "This is ridiculous, you are liars."


def said(after_s: float, text: str, actor: str = "customer") -> ChatMessage:
    where = {"matter_id": "m", "issue": "late", "queue": "orders", "tenant": "acme"}
    return made(ChatMessage, after_s, event_id=f"e{after_s:g}", actor=actor, text=text, **where)


def test_a_change_of_rung_says_who_where_and_why() -> None:
    _, [mood, _] = lived([said(0, "Hello."), said(60, ANGRY)])
    assert mood == MoodChanged(
        id=ids.of("ann", "e60", "unsure"),
        at=START + timedelta(seconds=60),
        customer_id="ann",
        conversation_id="one",
        channel="chat",
        rung_from="content",
        rung_to="unsure",
        level=41.89,
        event_id="e60",
        reasons=(
            Reason(cause="furious", points=11.99, count=1, event_ids=("e60",), phrase="liars"),
            Reason(cause="frustrated", points=4.9, count=1, event_ids=("e60",), phrase="ridiculous"),
        ),
        rules_version=DEFAULT.version,
        tenant="acme",
    )


def test_a_call_for_help_says_who_where_how_far_and_why() -> None:
    _, [_, help_] = lived([said(0, "Hello."), said(60, ANGRY)])
    assert help_ == InterveneNow(
        id=ids.of("ann", "e60", "act", "slide"),
        at=START + timedelta(seconds=60),
        customer_id="ann",
        conversation_id="one",
        channel="chat",
        tier="act",
        trigger="slide",
        rung_from="content",
        rung_to="unsure",
        level=41.89,
        slope=8.45,
        margin=43.11,
        touches_left=5.1,
        episode="e60",
        event_id="e60",
        reasons=(
            Reason(cause="furious", points=11.99, count=1, event_ids=("e60",), phrase="liars"),
            Reason(cause="frustrated", points=4.9, count=1, event_ids=("e60",), phrase="ridiculous"),
        ),
        path=(
            Stand(rung="content", since=START),
            Stand(rung="unsure", since=START + timedelta(seconds=60)),
        ),
        rules_version=DEFAULT.version,
        matter_id="m",
        issue="late",
        queue="orders",
        tenant="acme",
        quote=ANGRY,
    )


def furious(*between: ChatMessage) -> MoodChanged:
    """How the entry into `furious` is told after three angry messages and what lies between the last two."""
    events = [said(0, "Hello."), said(60, ANGRY), said(90, ANGRY), *between, said(200, ANGRY)]
    _, outputs = lived(events)
    mood = outputs[-1]
    assert isinstance(mood, MoodChanged)
    assert mood.rung_to == "furious"
    return mood


def test_an_entry_into_furious_says_how_long_before_we_warned() -> None:
    mood = furious(said(100, "I am sorry.", "agent"))
    assert (mood.warned, mood.lead_s, mood.lead_touches) == (True, 140.0, 3)
    assert mood.intervention_id == ids.of("ann", "e60", "act", "slide")


def test_other_changes_of_rung_say_nothing_of_warnings() -> None:
    _, [mood, _] = lived([said(0, "Hello."), said(60, ANGRY)])
    assert isinstance(mood, MoodChanged)
    assert (mood.warned, mood.lead_s, mood.lead_touches, mood.intervention_id) == (None, None, None, None)


def test_at_most_five_reasons_and_none_that_rounds_to_nothing() -> None:
    texts = [
        "Ridiculous.",
        "You promised.",
        "I was told. Forget it.",
        "Still waiting.",
        "I want a manager.",
        "Liars.",
    ]
    _, outputs = lived([said(i * 10.0, text) for i, text in enumerate(texts)])
    reasons = outputs[-1].reasons
    assert [reason.cause for reason in reasons] == ["furious", "let-down", "escalating", "chasing", "gave-up"]
    lighter = replace(
        DEFAULT, words=replace(DEFAULT.words, frustrated=0.0001, furious=60.0), message_points_most=99.0
    )
    _, outputs = lived([said(0, "Hello."), said(1, ANGRY)], lighter)
    assert [reason.cause for reason in outputs[0].reasons] == ["furious"]


def test_a_reason_may_be_a_credit() -> None:
    helped = [made(TicketSolved, i * 60.0, confirmed=True) for i in range(3)]
    _, [mood] = lived(helped)
    assert [(reason.cause, reason.points, reason.count) for reason in mood.reasons] == [("solved", -16.0, 2)]


def test_the_outputs_survive_the_wire() -> None:
    _, outputs = lived([said(0, "Hello."), said(60, ANGRY)])
    for output in outputs:
        assert msgspec.json.decode(codec.encode(output), type=type(output)) == output


def test_a_level_that_is_ahead_of_the_rung_leaves_no_margin() -> None:
    drastic = replace(DEFAULT, words=replace(DEFAULT.words, furious=200.0), message_points_most=200.0)
    _, outputs = lived([said(0, "Hello."), said(60, ANGRY)], drastic)
    help_ = outputs[-1]
    assert isinstance(help_, InterveneNow)
    assert (help_.rung_to, help_.level, help_.margin, help_.touches_left) == ("unsure", 100.0, 0.0, 0.0)


def test_an_intervention_that_no_touch_followed_is_no_warning() -> None:
    drastic = replace(DEFAULT, words=replace(DEFAULT.words, furious=200.0), message_points_most=200.0)
    queued = [made(ChatQueued, 60.0 + i, conversation_id=f"c{i}") for i in range(1, 3)]
    _, outputs = lived([said(0, "Hello."), said(60, ANGRY), *queued], drastic)
    mood = outputs[-1]
    assert isinstance(mood, MoodChanged)
    assert (mood.rung_to, mood.warned, mood.lead_s, mood.lead_touches) == ("furious", False, None, None)
    assert mood.intervention_id is None


LIARS = "You are liars! Call me on 0171 2345678, I want to cancel."


def interventions(*events: Event, rules: Rules = DEFAULT) -> list[InterveneNow]:
    _, said = lived(events, rules)
    return [output for output in said if isinstance(output, InterveneNow)]


def liars(n: int, **fields: object) -> list[ChatMessage]:
    return [made(ChatMessage, i, actor="customer", text=LIARS, **fields) for i in range(n)]


def test_an_intervention_quotes_the_words_that_called_for_it_without_what_is_personal() -> None:
    [said] = interventions(*liars(3))
    assert said.quote == "You are liars! Call me on [phone], I want to cancel."


def test_quotes_can_be_left_out() -> None:
    [said] = interventions(*liars(3), rules=replace(DEFAULT, quotes=False))
    assert said.quote is None


def test_nobody_but_the_customer_is_quoted() -> None:
    policy = [made(ChatMessage, i, actor="agent", text="That is the policy, sorry.") for i in range(20)]
    [said] = interventions(*policy)
    assert said.quote is None
