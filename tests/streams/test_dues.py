"""Whose deadline is first, however often it moves."""

import random

from agents.customer import NEVER
from streams.dues import STALE_MOST, Dues


def test_the_earliest_comes_first_and_each_once() -> None:
    dues = Dues()
    for name, due_s in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        dues.put(name, due_s)
    assert list(dues.taken(2.0, 10)) == ["a", "b"]
    assert (dues.first(), list(dues.taken(2.0, 10))) == (3.0, [])


def test_the_newest_word_counts() -> None:
    dues = Dues()
    dues.put("a", 1.0)
    dues.put("b", 2.0)
    dues.put("a", 5.0)
    dues.put("b", NEVER)
    assert (dues.first(), list(dues.taken(9.0, 10))) == (5.0, ["a"])
    assert dues.first() == NEVER


def test_no_more_than_asked_for_are_taken() -> None:
    dues = Dues()
    for i in range(5):
        dues.put(f"c{i}", 1.0)
    assert (len(list(dues.taken(1.0, 3))), len(list(dues.taken(1.0, 3)))) == (3, 2)


def test_a_deadline_that_moves_for_ever_takes_no_room() -> None:
    dues = Dues()
    for i in range(10 * STALE_MOST):
        dues.put("a", float(i))
    assert len(dues._heap) <= STALE_MOST + 2
    assert dues.first() == 10 * STALE_MOST - 1


def test_it_agrees_with_a_plain_list() -> None:
    rng = random.Random(5)
    dues, plain = Dues(), {}
    for _ in range(5000):
        name, due_s = f"c{rng.randrange(50)}", rng.choice([NEVER, float(rng.randrange(1000))])
        dues.put(name, due_s)
        plain[name] = due_s
        if rng.random() < 0.05:
            now = float(rng.randrange(1000))
            wanted = {name for name, due_s in plain.items() if due_s <= now}
            assert set(dues.taken(now, 100)) == wanted
            plain.update(dict.fromkeys(wanted, NEVER))
