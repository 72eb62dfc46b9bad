from schemas.event import Event
from schemas.ticket import (
    TicketClosed,
    TicketComment,
    TicketOpened,
    TicketReopened,
    TicketSolved,
    TicketStatusChanged,
)
from tests.agents.making import lived, made

HOUR_S = 3600.0


def moved(events: list[Event]) -> list[tuple[str, float]]:
    """The causes and points of these events, in their order."""
    customer, _ = lived(events)
    return [(row.cause, row.points) for row in customer.newest]


def comment(after_s: float, actor: str, text: str = "Hello.", *, public: bool = True) -> TicketComment:
    return made(TicketComment, after_s, actor=actor, text=text, public=public)


def test_the_first_public_comment_of_the_company_is_the_first_response() -> None:
    assert moved([made(TicketOpened), comment(8 * HOUR_S, "agent")]) == []
    assert moved([made(TicketOpened), comment(16 * HOUR_S, "agent")]) == [("first-response-wait", 2.0)]


def test_what_a_ticket_opens_with_counts_half() -> None:
    assert moved([made(TicketOpened, text="This is ridiculous.")]) == [("frustrated", 4.5)]


def test_an_internal_comment_does_not_exist_for_the_customer() -> None:
    opened, _ = lived([made(TicketOpened)])
    noted, _ = lived([comment(60, "agent", "My hands are tied.", public=False)], customer=opened)
    assert (noted.contacts, noted.touches, noted.newest) == (opened.contacts, opened.touches, ())


def test_a_change_of_status_is_our_own_bookkeeping() -> None:
    opened, _ = lived([made(TicketOpened)])
    moved_on, _ = lived([made(TicketStatusChanged, 60, status="solved")], customer=opened)
    assert (moved_on.contacts, moved_on.touches) == (opened.contacts, opened.touches)


def test_a_question_in_a_ticket_may_be_answered_within_a_day() -> None:
    day_s = 24 * HOUR_S
    asked = [comment(0, "agent"), comment(10, "customer", "And when?")]
    assert moved([*asked, comment(10 + day_s, "agent")]) == []
    assert moved([*asked, comment(10 + 2 * day_s, "agent")]) == [("silence", 2.0)]


def test_reopening_is_a_disservice_and_waits_for_an_answer() -> None:
    customer, _ = lived([made(TicketReopened)])
    assert [(row.cause, row.points) for row in customer.newest] == [("reopened", 6.0)]
    assert customer.contacts[0].waiting == "silence"


def test_a_solution_that_the_customer_confirms_is_a_credit() -> None:
    assert moved([made(TicketSolved, confirmed=True)]) == [("solved", -8.0)]


def test_neither_solving_nor_closing_earns_anything_without_the_customer() -> None:
    assert moved([made(TicketSolved, confirmed=False), made(TicketClosed, 60)]) == []


def test_solving_late_is_still_a_late_answer() -> None:
    assert moved([made(TicketOpened), made(TicketSolved, 16 * HOUR_S, confirmed=False)]) == [
        ("first-response-wait", 2.0)
    ]


def test_closing_a_ticket_that_nobody_answered_counts_the_wait_and_ends_the_contact() -> None:
    customer, _ = lived([made(TicketOpened), made(TicketClosed, 16 * HOUR_S)])
    assert [(row.cause, row.points) for row in customer.newest] == [("first-response-wait", 2.0)]
    assert customer.contacts == ()
