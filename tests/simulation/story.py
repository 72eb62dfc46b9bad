"""One seed, one story: a world of workers and faults, told line by line, and judged when it is quiet."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

from faust.types import TP

from streams import ledger, transaction
from streams.partitioning import partition_of
from tests.simulation import judge
from tests.simulation.broker import Broker, Record
from tests.simulation.deadlines import heart
from tests.simulation.faults import Faults
from tests.simulation.group import Group
from tests.simulation.loop import CURRENT, Loop, Stuck
from tests.simulation.machines import Machines
from tests.simulation.outside import Sending
from tests.simulation.plan import Plan, plan
from tests.simulation.producer import Producer
from tests.simulation.wire import Weather
from tests.simulation.worker import Worker

LOOK_EVERY_S = 0.5

AFTERWARDS_S = 3.0
"""How long it goes on when all seems done: a zombie may still have something to say."""


class Story:
    """The world of one seed."""

    def __init__(self, chosen: Plan) -> None:
        self.plan = chosen
        self.lines = [chosen.line()]
        self.faults: Counter[str] = Counter()
        self.poison: list[tuple[TP, Record, str]] = []
        self.loop = Loop(Random(f"turns {chosen.seed}"))
        self.rng = rng = Random(f"world {chosen.seed}")
        outside = copy_context()
        weather = Weather(
            rng, chosen.delay_s, chosen.slow, chosen.lossy, outside, self.tell, self.faults
        )  # fmt: skip
        self.broker = Broker(rng, chosen.delay_s, transaction.TRANSACTION_TIMEOUT_MS / 1000, chosen.nodes)
        self.group = Group(chosen.settings.partitions, rng, self.tell)
        self.deadlines: Counter[str] = Counter()
        self.machines = Machines(
            chosen.settings,
            heart(chosen.rules, self.deadlines),
            self.loop,
            rng,
            self.broker,
            self.group,
            weather,
            outside,
            self.tell,
        )

    def tell(self, line: str) -> None:
        """One more line, with the time in front."""
        self.lines.append(f"{self.loop.time():8.3f} {line}")

    def home(self, key: bytes | None) -> int:
        """The lane of a customer."""
        return partition_of(key or b"", self.plan.settings.partitions)

    async def live(self) -> None:
        """Send, let faults happen, heal everything, wait until it is quiet, and judge."""
        chosen, loop = self.plan, self.loop
        for sending in chosen.sendings:
            loop.call_at(sending.at_s, self._send, sending)
        faults = Faults(self.machines, self.faults, self.tell)
        for fault in chosen.faults:
            loop.call_at(fault.at_s, faults.happen, fault)
        loop.call_at(chosen.calm_s, faults.heal)
        await asyncio.sleep(chosen.starts_s)
        for _ in range(chosen.machines):
            self.machines.add()
        sent_s = (sending.at_s + sending.lasts_s for sending in chosen.sendings)
        await asyncio.sleep(max(chosen.calm_s, *sent_s) - loop.time())
        await self._quiet()
        self.tell("quiet")
        judge.judge(self)

    def _send(self, sending: Sending) -> None:
        tp = TP(sending.topic, sending.partition)
        record = Record(sending.key, sending.value)
        if sending.code:
            self.poison.append((tp, record, sending.code))
        if sending.committed is None:
            self.broker.append(tp, [record])
        else:
            self._send_in_transaction(tp, record, sending)
        self.faults.update(sending.oddities())
        self.tell(f"outside sends {tp.topic}-{tp.partition}:{record.offset}{sending.remark()}")

    def _send_in_transaction(self, tp: TP, record: Record, sending: Sending) -> None:
        name = f"upstream-{tp.topic}-{tp.partition}-{len(self.broker.log(tp).records)}"
        epoch = self.broker.init(name)
        self.broker.produce(name, epoch, tp, [record])
        committed = sending.committed is True
        self.loop.call_later(sending.lasts_s, lambda: self.broker.end(name, epoch, committed=committed))

    async def _quiet(self) -> None:
        end = self.loop.time() + self.plan.quiet_within_s
        while True:
            while undone := judge.undone(self):
                if self.loop.time() > end:
                    raise judge.Wrong(f"after {self.plan.quiet_within_s:.0f} s: {', '.join(undone)}")
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.sleep(AFTERWARDS_S)
            if not judge.undone(self):
                return


@contextmanager
def _in_place_of_the_world(story: Story) -> Iterator[None]:
    """The only two names of production code that are exchanged: whose producer it is, and whose time."""

    def producer(**options: object) -> Producer:
        worker = CURRENT.get()
        assert isinstance(worker, Worker)
        return Producer(story.broker, worker.wire, story.plan.room, **options)

    with (
        patch.object(transaction, "AIOKafkaProducer", producer),
        patch.object(ledger, "time", SimpleNamespace(monotonic=story.loop.time)),
    ):
        yield


@dataclass(frozen=True)
class Told:
    """A story that is over: what happened, how many faults by kind, and what was wrong, if anything."""

    seed: int
    lines: list[str]
    faults: Counter[str]
    deadlines: Counter[str]
    wrong: str | None


def tell(seed: int) -> Told:
    """Live a seed's story."""
    return lived(Story(plan(seed)))


def lived(story: Story) -> Told:
    """Live a story to its end."""
    wrong = None
    with _in_place_of_the_world(story):
        try:
            story.loop.run_until_complete(story.live())
        except (judge.Wrong, Stuck) as exc:
            wrong = f"{type(exc).__name__}: {exc}"
            story.tell(wrong)
        # What is told while everything is cancelled is no part of it.
        lines = list(story.lines)
        story.loop.over()
    return Told(story.plan.seed, lines, story.faults, story.deadlines, wrong)
