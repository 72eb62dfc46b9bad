import msgspec
import pytest

from agents import customer as state
from agents.customer import Attempt, Contact, Contribution, Customer, Intervention, Older, Stand
from agents.rules import DEFAULT
from schemas.chat import ChatAccepted, ChatEnded, ChatMessage, ChatQueued
from schemas.ticket import TicketReopened
from tests.agents.making import lived, made

LONG_ID = "5f0c1a52-7a04-4c57-9d4e-0d7c4f0d3c11"

FULL = Customer(
    rung=3,
    due_s=1_772_438_500.0,
    clock=1_772_438_400.25,
    debit_points=51.5,
    credit_points=-2.25,
    level=61.0,
    slope=4.5,
    touches=17,
    episode="e3",
    intervention=Intervention("abc", 1_772_438_300.0, 15),
    path=(Stand(1, 1_772_430_000.0), Stand(2, 1_772_438_000.0), Stand(3, 1_772_438_300.0)),
    contacts=(
        Contact(
            "one", "chat", "mm1", "silence", 1_772_438_400.25, served=True, spoke=True, earned=("thanks",)
        ),
    ),
    attempts=(Attempt("mm1", "one", "chat", 1_772_438_000.0),),
    newest=(Contribution(1_772_438_300.0, "furious", "e5", 22.0, "liars"),),
    older=(Older("silence", 3, 4.5, 1_772_438_100.0, "e1", "e4"),),
)


@pytest.mark.parametrize("customer", [state.new(), FULL], ids=["new", "full"])
def test_a_row_is_the_customer(customer: Customer) -> None:
    assert state.decode(state.encode(customer)) == customer


def test_a_new_customer_is_content_and_nothing_is_known() -> None:
    assert state.new() == Customer(rung=1)
    assert state.new().path == ()


def test_rung_and_deadline_are_read_without_the_rest() -> None:
    glance = state.glance(state.encode(FULL))
    assert (glance.rung, glance.due_s) == (3, 1_772_438_500.0)
    glance = state.glance(state.encode(state.new()))
    assert (glance.rung, glance.due_s) == (1, state.NEVER)


def test_what_is_no_row_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        state.decode(b"not a row")


def test_a_working_copy_is_another_value() -> None:
    copied = state.copy_of(FULL)
    copied.rung = 0
    assert FULL.rung == 3


def test_a_calm_customers_row_is_smaller_than_300_bytes() -> None:
    chat = {"conversation_id": LONG_ID, "issue": "late delivery"}
    customer, _ = lived(
        [
            made(ChatQueued, 0, event_id=LONG_ID + "0", **chat),
            made(ChatAccepted, 200, event_id=LONG_ID + "1", **chat),
            made(ChatMessage, 220, event_id=LONG_ID + "2", actor="customer", text="Where is it?", **chat),
            made(ChatMessage, 260, event_id=LONG_ID + "3", actor="agent", text="On its way.", **chat),
        ]
    )
    ended, _ = lived([made(ChatEnded, 300, event_id=LONG_ID + "4", by="agent", **chat)], customer=customer)
    assert len(state.encode(ended)) < 300
    assert len(state.encode(ended)) < len(state.encode(customer)) < 370


def test_a_row_stays_below_two_kilobytes_after_a_thousand_grievances() -> None:
    events = [
        made(TicketReopened, i * 60.0, event_id=f"{LONG_ID}-{i}", conversation_id=f"{LONG_ID}-{i % 3}")
        for i in range(1000)
    ]
    customer, _ = lived(events, DEFAULT)
    assert len(state.encode(customer)) < 2048
