"""The lane's order, horizon and flushes, without Kafka and without Faust."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from math import inf

import pytest

from schemas.control import ClockTicked
from streams.lane import LIVE_MOST, TICK_MOST, Lane, new_flush
from streams.ports import Flush, Mark, Taken
from tests.streams.fakes import FakeHeart, FakeRows, Seen, event, letter

TOPICS = ("chat", "call", "ticket")
START = (Mark(0, -inf),) * 3


def lane(ends: Sequence[int] = (0, 0, 0), rows: FakeRows | None = None) -> Lane:
    made = Lane(0, TOPICS, FakeHeart(), rows or FakeRows())  # type: ignore[arg-type]
    made.start(START, ends)
    return made


def taken(name: str, *times: float, first: int = 0) -> list[Taken]:
    return [(at, first + i, event(f"{name}{first + i}", at=at)) for i, at in enumerate(times)]


def asked(made: Lane, *ends: int) -> None:
    """The broker was asked where the topics end, after all that was offered so far; else it knew no more."""
    made.surveyed(made.offered(), ends or [source.end for source in made.sources])


def order(made: Lane, most: int = 1_000) -> list[str]:
    """What is folded next, once the broker was asked and knew of nothing more."""
    asked(made)
    return [waiting[4].event_id for waiting in made.take(most)]  # type: ignore[union-attr]


def tick(at: float) -> tuple[float, int, ClockTicked]:
    return at, 0, ClockTicked(at=datetime.fromtimestamp(at, UTC))


def flushed(made: Lane, most: int = 1_000) -> Flush:
    flush = new_flush()
    asked(made)
    made.fold(made.take(most), flush)
    made.tick(flush)
    made.seal(flush)
    return flush


def test_records_of_all_topics_come_in_the_order_of_time() -> None:
    made = lane()
    made.offer("chat", taken("chat", 1.0, 4.0), 2, 0)
    made.offer("call", taken("call", 2.0, 3.0), 2, 0)
    assert order(made) == ["chat0", "call0", "call1", "chat1"]


def test_a_late_record_takes_the_place_of_the_newest_before_it_in_its_source() -> None:
    made = lane()
    made.offer("chat", taken("chat", 5.0, 1.0), 2, 0)
    made.offer("call", taken("call", 3.0), 1, 0)
    assert order(made) == ["call0", "chat0", "chat1"]


def test_at_one_moment_topic_and_offset_decide() -> None:
    made = lane()
    made.offer("ticket", taken("ticket", 1.0), 1, 0)
    made.offer("chat", taken("chat", 1.0, 1.0), 2, 0)
    assert order(made) == ["chat0", "chat1", "ticket0"]


def test_nothing_is_taken_that_something_unread_may_precede() -> None:
    made = lane(ends=(2, 1, 0))
    made.offer("chat", taken("chat", 1.0, 2.0), 2, 0)
    assert order(made) == []
    made.offer("call", taken("call", 1.5), 1, 0)
    assert order(made) == ["chat0", "call0", "chat1"]


def test_what_was_read_of_a_topic_that_has_more_is_taken_up_to_its_newest() -> None:
    made = lane(ends=(2, 2, 0))
    made.offer("chat", taken("chat", 1.0, 4.0), 2, 0)
    made.offer("call", taken("call", 3.0), 1, 0)
    assert order(made) == ["chat0", "call0"]


def test_control_records_at_a_topics_end_do_not_hold_the_lane() -> None:
    made = lane(ends=(1, 3, 0))
    made.offer("chat", taken("chat", 1.0), 1, 0)
    assert order(made) == []
    made.known("call", position=3, end=3)
    assert order(made) == ["chat0"]


def test_a_newly_learnt_end_holds_the_lane() -> None:
    made = lane()
    made.known("call", position=0, end=1)
    made.offer("chat", taken("chat", 1.0), 1, 0)
    assert order(made) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_order_depends_neither_on_chunks_nor_on_how_much_is_taken_nor_on_restarts(seed: int) -> None:
    """The same records, cut into chunks at random and restarted at random, fold to the same rows."""
    rng = random.Random(seed)
    sources = {name: [rng.uniform(0, 50) for _ in range(40)] for name in TOPICS}
    whole = lane(ends=(40, 40, 40))
    for name, times in sources.items():
        whole.offer(name, taken(name, *times), 40, 0)
    wanted = order(whole)

    marks, got = list(START), []
    while len(got) < len(wanted):
        part = Lane(0, TOPICS, FakeHeart(), FakeRows())  # type: ignore[arg-type]
        part.start(marks, (40, 40, 40))
        positions = [mark.next_offset for mark in marks]
        for _ in range(rng.randrange(2, 12)):
            i = rng.randrange(3)
            first, upto = positions[i], min(40, positions[i] + rng.randrange(1, 15))
            times = sources[TOPICS[i]][first:upto]
            part.offer(TOPICS[i], taken(TOPICS[i], *times, first=first), upto, 0)
            positions[i] = upto
            if rng.random() < 0.5:
                continue
            flush = new_flush()
            asked(part)
            some = part.take(rng.randrange(1, 20))
            got += [waiting[4].event_id for waiting in some]  # type: ignore[union-attr]
            part.fold(some, flush)
            part.seal(flush)
            marks = [flush.marks.get(topic, mark) for topic, mark in zip(TOPICS, marks, strict=True)]
    assert got == wanted


def test_a_flush_has_one_row_per_customer_the_outputs_and_the_marks() -> None:
    made = lane()
    made.offer("chat", [(1.0, 7, event("a", "ann")), (2.0, 8, event("b!", "bob"))], 9, 123)
    made.offer("call", [(1.5, 3, event("c", "ann"))], 4, 456)
    flush = flushed(made)
    assert dict(flush.rows) == {b"ann": b"a c", b"bob": b"b!"}
    assert [(r.topic, r.key, r.value) for r in flush.records] == [("out", b"bob", b"b!")]
    assert flush.marks == {"chat": Mark(9, 2.0), "call": Mark(4, 1.5)}
    assert flush.events == {"chat": 2, "call": 1}
    assert flush.ages_ms == [("chat", 123), ("call", 456)]
    assert flush.rungs == [(None, 1), (None, 1)]


def test_repeats_are_counted() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a!")), (1.0, 1, event("a!")), (2.0, 2, event("b"))], 3, 0)
    flush = flushed(made)
    assert (flush.repeated, flush.erased) == (1, 0)
    assert dict(flush.rows) == {b"ann": b"a! b"}


def test_a_dead_letter_keeps_its_place_and_touches_no_customer() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a!")), (None, 1, letter()), (2.0, 2, event("b!"))], 3, 0)
    flush = flushed(made)
    assert [record.value for record in flush.records] == [b"a!", b"rubbish", b"b!"]
    assert flush.letters == ["not-json"]
    assert dict(flush.rows) == {b"ann": b"a! b!"}
    assert flush.marks == {"chat": Mark(3, 2.0)}


def test_the_next_flush_goes_on_from_memory_and_a_new_lane_from_the_row() -> None:
    rows = FakeRows()
    made = lane(rows=rows)
    made.offer("chat", taken("a", 1.0), 1, 0)
    rows.put(0, flushed(made).rows, 0)
    made.durable()
    made.offer("chat", taken("a", 2.0, first=1), 2, 0)
    assert flushed(made).rows == [(b"ann", b"a0 a1")]
    anew = lane(rows=rows)
    anew.offer("chat", taken("b", 3.0), 1, 0)
    flush = flushed(anew)
    assert (flush.rows, flush.rungs) == ([(b"ann", b"a0 b0")], [(1, 1)])


def test_customers_beyond_the_bound_leave_memory_and_come_back_from_their_rows() -> None:
    rows = FakeRows()
    made = lane(rows=rows)
    many = LIVE_MOST + 1
    made.offer("chat", [(float(i), i, event("x", f"c{i}", at=i)) for i in range(many)], many, 0)
    rows.put(0, flushed(made, many).rows, 0)
    made.durable()
    made.offer("chat", [(float(many), many, event("y", "c0"))], many + 1, 0)
    assert flushed(made).rows == [(b"c0", b"x y")]


def test_a_tick_lets_pass_what_is_due_by_then_once_all_before_it_was_folded() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a?", "ann")), (5.0, 1, event("b?", "bob"))], 2, 0)
    flushed(made)
    assert made.first_due() == 11.0
    made.known("call", position=0, end=1)
    made.ask(12.0, (2, 1, 0))
    assert not made.ripe()
    assert flushed(made).empty
    made.offer("call", [(9.0, 0, event("c", "cid"))], 1, 0)
    flush = flushed(made)
    assert dict(flush.rows) == {b"cid": b"c", b"ann": b"a?1 due@11"}
    assert [record.value for record in flush.records] == [b"due@11"]
    assert (made.ripe(), made.first_due()) == (False, 15.0)


def test_what_was_read_but_not_folded_holds_a_tick() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a?"))], 1, 0)
    flushed(made)
    made.known("call", position=0, end=1)
    made.offer("chat", [(2.0, 1, event("b"))], 2, 0)
    made.ask(12.0, (2, 0, 0))
    assert not made.ripe()
    made.offer("call", [(1.5, 0, event("c", "cid"))], 1, 0)
    flush = flushed(made)
    assert dict(flush.rows) == {b"ann": b"a?1 b", b"cid": b"c"}
    assert flush.records == []


def test_a_tick_that_waits_is_not_put_off_by_the_next() -> None:
    made = lane(ends=(0, 1, 0))
    made.ask(1.0, (0, 1, 0))
    made.ask(2.0, (0, 5, 0))
    made.known("call", position=1, end=5)
    assert made.ripe()


def test_more_than_one_flush_can_take_stays_due() -> None:
    rows = FakeRows()
    made = lane(rows=rows)
    many = TICK_MOST + 1
    made.offer("chat", [(0.0, i, event("a?", f"c{i}")) for i in range(many)], many, 0)
    rows.put(0, flushed(made, many).rows, 0)
    made.ask(10.0, (0, 0, 0))
    assert len(flushed(made).rows) == TICK_MOST
    assert made.ripe()
    assert len(flushed(made).rows) == 1
    assert not made.ripe()


def test_a_tick_on_record_has_its_place_in_the_order_of_time() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a?")), (30.0, 1, event("z", "bob"))], 2, 0)
    made.offer("ticket", [tick(20.0)], 1, 0)
    flush = flushed(made)
    assert dict(flush.rows) == {b"ann": b"a?1 due@11", b"bob": b"z"}
    assert flush.marks["ticket"] == Mark(1, 20.0)


def test_nothing_is_taken_before_the_broker_was_asked_where_the_topics_end() -> None:
    made = lane()
    made.offer("chat", taken("chat", 1.0), 1, 0)
    assert (made.able(), made.take(10)) == (True, [])
    assert order(made) == ["chat0"]


def test_what_the_broker_has_beyond_what_the_reader_knew_comes_first() -> None:
    made = lane()
    made.offer("chat", [(1.0, 0, event("a?"))], 1, 0)
    made.offer("ticket", [tick(20.0)], 1, 0)
    asked(made, 1, 1, 1)
    assert (made.able(), made.take(10)) == (False, [])
    made.offer("call", [(9.0, 0, event("b"))], 1, 0)
    flush = flushed(made)
    assert dict(flush.rows) == {b"ann": b"a?1 b"}
    assert flush.marks["ticket"] == Mark(1, 20.0)


def test_what_is_offered_while_the_broker_is_asked_waits_for_the_next_answer() -> None:
    made = lane()
    made.offer("chat", taken("chat", 2.0), 1, 0)
    before = made.offered()
    made.offer("call", taken("call", 1.0), 1, 0)
    made.offer("chat", taken("chat", 3.0, first=1), 2, 0)
    made.surveyed(before, (2, 1, 0))
    # Of the ticket's topic nobody knows yet whether something older came with the call.
    assert made.take(10) == []
    assert order(made) == ["call0", "chat0", "chat1"]


def test_a_source_that_is_ahead_in_time_does_not_wait_for_what_came_after_the_question() -> None:
    made = lane()
    made.offer("chat", taken("chat", 3_600.0), 1, 0)
    asked(made, 1, 1, 0)
    assert made.take(10) == []
    made.offer("call", taken("call", 1.0), 1, 0)
    # There is always one more call; the chat was there before this one.
    asked(made, 1, 2, 0)
    assert [waiting[4].event_id for waiting in made.take(10)] == ["call0", "chat0"]  # type: ignore[union-attr]


def test_what_was_there_at_the_question_is_waited_for_although_it_is_not_sure_itself() -> None:
    made = lane()
    made.offer("chat", taken("chat", 9.0), 1, 0)
    asked(made, 1, 1, 0)
    made.offer("call", taken("call", 1.0), 1, 0)
    assert made.take(10) == []
    asked(made, 1, 1, 1)
    assert made.take(10) == []
    made.offer("ticket", taken("ticket", 0.5), 1, 0)
    assert order(made) == ["ticket0", "call0", "chat0"]


def test_what_is_sure_and_older_is_taken_before_what_is_not() -> None:
    made = lane()
    made.offer("chat", taken("chat", 2.0), 1, 0)
    before = made.offered()
    made.offer("call", taken("call", 4.0), 1, 0)
    made.surveyed(before, (1, 1, 0))
    assert [waiting[4].event_id for waiting in made.take(10)] == ["chat0"]  # type: ignore[union-attr]


def test_a_tick_does_not_wait_for_a_topic_that_is_ahead_of_it() -> None:
    made = lane()
    made.offer("ticket", [tick(20.0)], 1, 0)
    made.offer("chat", [(1.0, 0, event("a")), (30.0, 1, event("b", "bob"))], 2, 0)
    asked(made, 99, 0, 1)
    flush = flushed(made)
    assert flush.marks == {"chat": Mark(2, 30.0), "ticket": Mark(1, 20.0)}


def test_a_deadline_is_known_again_from_its_row() -> None:
    made = lane()
    made.remember("ann", 11.0)
    assert made.first_due() == 11.0


def test_somebody_of_whom_nothing_is_known_has_no_row() -> None:
    class Forgetful(FakeHeart):
        def dump(self, customer: Seen) -> bytes | None:
            return None

    made = Lane(0, TOPICS, Forgetful(), FakeRows())  # type: ignore[arg-type]
    made.start(START, (0, 0, 0))
    made.offer("chat", taken("a", 1.0), 1, 0)
    flush = flushed(made)
    assert (flush.rows, flush.rungs) == ([(b"ann", None)], [(None, None)])


def test_what_was_dropped_is_gone() -> None:
    made = lane()
    made.offer("chat", taken("a", 1.0), 1, 0)
    made.drop()
    assert (made.buffered, made.take(10), made.room("chat"), made.waits()) == (0, [], False, False)
