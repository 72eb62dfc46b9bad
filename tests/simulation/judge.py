"""What must be so when it is quiet: nothing lost, nothing twice, and every copy of a row the same."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from faust.types import TP
from msgspec import structs

from agents import customer as state
from agents.customer import NEVER
from schemas import dead_letters, topics
from tests.simulation.truth import truth

if TYPE_CHECKING:
    from tests.simulation.story import Story

Published = Counter[tuple[str, int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]]
"""Topic, partition, key, value and headers of everything that was said, and how often."""


class Wrong(Exception):  # noqa: N818 - a finding about the story
    """What the world should not have come to."""


def undone(story: "Story") -> list[str]:
    """What is left to do, of records, transactions, lanes and deadlines."""
    found = []
    for tp in _partitions(story, *topics.INPUTS):
        visible = story.broker.log(tp).visible()
        committed = story.broker.committed.get(tp)
        left = (visible[-1].offset + 1 if visible else 0) - (committed.offset if committed else 0)
        if left > 0:
            found.append(f"{tp.topic}-{tp.partition} lags by {left}")
    found += [
        f"{tp.topic}-{tp.partition} has an open end" for tp, log in story.broker.logs.items() if log.open
    ]
    owned = story.machines.owners()
    found += [f"lane {n} has no owner" for n in range(story.plan.settings.partitions) if n not in owned]
    for n, worker in owned.items():
        ledger = worker.lanes.ledgers[n]
        if ledger.lane.first_due() != NEVER or ledger._flushing:
            found.append(f"lane {n} has deadlines")
    return found


def judge(story: "Story") -> None:
    """Raises `Wrong` with the first thing that is."""
    _nobody_fell_over(story)
    _offsets_only_grow(story)
    _rows_and_outputs(story)
    _letters(story)
    _owners_rows(story)


def _partitions(story: "Story", *of: topics.Topic) -> Iterator[TP]:
    for topic in of:
        for n in range(story.plan.settings.partitions):
            yield TP(topic.name, n)


def _nobody_fell_over(story: "Story") -> None:
    for worker in story.machines.workers:
        for task in worker.tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                raise Wrong(f"{worker.name} fell over: {task.exception()!r}")
    if story.loop.strays:
        raise Wrong(f"an exception that nobody took: {story.loop.strays[0]}")


def _offsets_only_grow(story: "Story") -> None:
    reached: dict[TP, int] = {}
    for commit in story.broker.commits:
        for tp, offset in commit.items():
            if offset.offset < reached.get(tp, 0):
                raise Wrong(f"{tp.topic}-{tp.partition} went back from {reached[tp]} to {offset.offset}")
            reached[tp] = offset.offset


def rows(story: "Story") -> dict[bytes, bytes]:
    """The newest row of each customer, for who reads committed."""
    found: dict[bytes, bytes] = {}
    for n in range(story.plan.settings.partitions):
        found |= _rows_of(story, n)
    return found


def _rows_of(story: "Story", lane: int) -> dict[bytes, bytes]:
    changelog = topics.changelog(story.plan.settings.app_id).name
    newest = {r.key or b"": r.value for r in story.broker.log(TP(changelog, lane)).visible()}
    return {key: value for key, value in newest.items() if value is not None}


def published(story: "Story") -> Published:
    """Everything that was said, for who reads committed."""
    return Counter(
        (tp.topic, tp.partition, record.key, record.value, tuple(record.headers))
        for tp in _partitions(story, topics.INTERVENTIONS, topics.MOODS)
        for record in story.broker.log(tp).visible()
    )


def _rows_and_outputs(story: "Story") -> None:
    wanted = truth(story.plan.sendings, story.plan.rules)
    got = rows(story)
    for key in sorted(wanted.rows.keys() | got.keys()):
        if got.get(key) != wanted.rows.get(key):
            raise Wrong(f"{key.decode()} {_difference(got.get(key), wanted.rows.get(key))}")
    said = published(story)
    should = Counter(
        (record.topic, story.home(record.key), record.key, record.value, tuple(record.headers))
        for record in map(story.machines.heart.publish, wanted.outputs)
    )
    for what, differing in (("missing", should - said), ("too many", said - should)):
        if differing:
            raise Wrong(f"{differing.total()} outputs {what}: {min(differing, key=repr)}")


def _difference(got: bytes | None, should: bytes | None) -> str:
    if got is None or should is None:
        return "is missing" if got is None else "is there and should not be"
    was, is_to_be = structs.asdict(state.decode(got)), structs.asdict(state.decode(should))
    return ", ".join(
        f"has {key}={was[key]!r}, not {is_to_be[key]!r}" for key in was if was[key] != is_to_be[key]
    )


def _letters(story: "Story") -> None:
    wanted = Counter(
        (tp.topic, str(tp.partition), str(record.offset), code) for tp, record, code in story.poison
    )
    names = (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET, dead_letters.CODE)
    got = Counter(
        tuple(dict(record.headers)[name].decode() for name in names)
        for tp in _partitions(story, topics.DEAD_LETTERS)
        for record in story.broker.log(tp).visible()
    )
    if wanted != got:
        raise Wrong(f"dead letters {dict(got)}, should be {dict(wanted)}")


def _owners_rows(story: "Story") -> None:
    for n, worker in story.machines.owners().items():
        if dict(worker.rows.every(n)) != _rows_of(story, n):
            raise Wrong(f"{worker.name} has other rows of lane {n} than the changelog")
