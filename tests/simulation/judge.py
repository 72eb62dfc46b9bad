"""What must be so when it is quiet: nothing lost, nothing twice, and every copy of a row the same."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from unittest.mock import patch

from faust.types import TP
from msgspec import structs

from agents.customer import NEVER, Customer
from agents.heart import tick
from agents.rules import Rules
from schemas import codec, dead_letters, topics
from streams.settings import Settings
from tests.kafka import oracle
from tests.kafka.cluster import Read
from tests.simulation.broker import Record
from tests.simulation.fold import Facts, in_order_of_commits

if TYPE_CHECKING:
    from tests.simulation.story import Story

AT_LAST_S = 1e12
"""When everything is due, in epoch seconds."""

INPUTS = {topic.name: topic for topic in topics.INPUTS}


class Wrong(Exception):  # noqa: N818 - a finding about the story
    """What the world should not have come to."""


def undone(story: "Story") -> list[str]:
    """What is left to be done: records not committed, transactions not ended, workers and lanes that wait."""
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
    found += [f"{worker.name} stands still" for worker in story.machines.running() if worker.stopped]
    owned = story.machines.owners()
    if story.plan.order == "live":
        pending = (n for n, worker in owned.items() if worker.lanes.ledgers[n].lane.first_due() != NEVER)
        found += [f"lane {n} has something due" for n in pending]
    return found + [f"lane {n} has no owner" for n in range(story.plan.settings.partitions) if n not in owned]


def judge(story: "Story") -> None:
    """Raises `Wrong` with the first thing that is."""
    _nobody_fell_over(story)
    _offsets_only_grow(story)
    _states_and_outputs(story)
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


def _states_and_outputs(story: "Story") -> None:
    def read(_settings: Settings, topic: topics.Topic) -> list[Read]:
        return [
            Read(tp.partition, r.offset, r.key, r.value, tuple(r.headers))
            for tp in _partitions(story, topic)
            for r in _good(story, tp)
        ]

    with patch.object(oracle, "read", read), patch.object(oracle, "DEFAULT", story.plan.rules):
        got = oracle.found(story.plan.settings)
        if story.plan.order == "many channels":
            wanted = in_order_of_commits(_facts(story), story.broker.commits)
        else:
            wanted = oracle.expected(story.plan.settings)
        if story.plan.order == "live":
            wanted = _when_all_is_due(wanted, story.plan.rules)
    for name in sorted(wanted.customers.keys() | got.customers.keys()):
        mine, should = got.customers.get(name), wanted.customers.get(name)
        if mine != should:
            raise Wrong(f"{name} {_difference(mine, should)}")
    outputs = Counter((i, codec.encode(output)) for i, output in wanted.outputs.items())
    found = Counter(got.outputs)
    for what, differing in (("missing", outputs - found), ("too many", found - outputs)):
        if differing:
            raise Wrong(f"{len(differing)} outputs {what}: {min(differing)}")


def _when_all_is_due(known: oracle.Expected, rules: Rules) -> oracle.Expected:
    """The same, and whatever comes due without any event: ticks have judged all of it by then."""
    customers, outputs = {}, dict(known.outputs)
    for name, customer in known.customers.items():
        customers[name], said = tick(name, customer, AT_LAST_S, rules)
        outputs |= {output.id: output for output in said}
    return known._replace(customers=customers, outputs=outputs)


def _difference(mine: Customer | None, should: Customer | None) -> str:
    if mine is None or should is None:
        return "is missing" if mine is None else "is there and should not be"
    was, is_to_be = structs.asdict(mine), structs.asdict(should)
    return ", ".join(
        f"has {key}={was[key]!r}, not {is_to_be[key]!r}" for key in was if was[key] != is_to_be[key]
    )


def _good(story: "Story", tp: TP) -> list[Record]:
    poison = {record.offset for at, record, _ in story.poison if at == tp}
    return [record for record in story.broker.log(tp).visible() if record.offset not in poison]


def _facts(story: "Story") -> Facts:
    return {
        tp: {r.offset: oracle.READ[INPUTS[tp.topic]](r.value) for r in _good(story, tp)}
        for tp in _partitions(story, *topics.INPUTS)
    }


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
    changelog = topics.changelog(story.plan.settings.app_id).name
    for n, worker in story.machines.owners().items():
        newest = {r.key: r.value for r in story.broker.log(TP(changelog, n)).visible()}
        rows = {key: value for key, value in newest.items() if value is not None}
        if dict(worker.rows.every(n)) != rows:
            raise Wrong(f"{worker.name} has other rows of lane {n} than the changelog")
