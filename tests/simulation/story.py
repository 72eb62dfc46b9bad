"""One seed, one story: a world of workers and faults, told line by line, and judged when it is quiet."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Literal
from unittest.mock import patch

from faust.types import TP

from streams import ledger, transaction
from streams.ticker import Wall
from tests.simulation import judge, worker
from tests.simulation.broker import EPOCH_MS, Broker, Record
from tests.simulation.faults import Faults
from tests.simulation.group import Group
from tests.simulation.loop import CURRENT, Loop, Stuck
from tests.simulation.machines import Machines
from tests.simulation.outside import Sending
from tests.simulation.plan import Plan, plan
from tests.simulation.producer import Producer
from tests.simulation.wire import Weather
from tests.simulation.worker import Worker

QUIET_WITHIN_S = 180.0
"""Seconds after the faults until all must be done: sessions, a rebalance and a transaction may time out."""

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
        self.broker = Broker(rng, chosen.delay_s, transaction.TRANSACTION_TIMEOUT_MS / 1000)
        self.group = Group(chosen.settings.partitions, rng, self.tell)
        self.machines = Machines(
            chosen.settings,
            self.loop,
            rng,
            self.broker,
            self.group,
            weather,
            outside,
            self.tell,
            self._clock(),
        )

    def _clock(self) -> Wall | Literal["none"] | None:
        """A live story's wall; elsewhere its ticks would not be on record, and no fold could know of them."""
        if self.plan.order == "live":
            return Wall(lambda: EPOCH_MS / 1000 + self.loop.time(), self.plan.settings.settle_s)
        return None if self.plan.settings.clock == "stream" else "none"

    def tell(self, line: str) -> None:
        """One more line, with the time in front."""
        self.lines.append(f"{self.loop.time():8.3f} {line}")

    async def live(self) -> None:
        """Send, let faults happen, heal everything, wait until it is quiet, and judge."""
        chosen, loop = self.plan, self.loop
        for sending in chosen.sendings:
            if chosen.order == "backlog":
                self._send(sending)
            else:
                loop.call_later(sending.at_s, self._send, sending)
        while any(log.open for log in self.broker.logs.values()):  # noqa: ASYNC110 - virtual time costs nothing
            await asyncio.sleep(LOOK_EVERY_S)
        if chosen.after_the_fact:
            await asyncio.sleep(chosen.sendings[-1].at_s)
        for _ in range(chosen.machines):
            self.machines.add()
        faults = Faults(self.machines, self.faults, self.tell)
        for fault in chosen.faults:
            loop.call_later(fault.at_s, faults.happen, fault)
        await asyncio.sleep(chosen.faults_end_s)
        faults.heal()
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
            self._send_in_transaction(tp, record, committed=sending.committed)
        self.faults.update(sending.oddities())
        self.tell(f"outside sends {tp.topic}-{tp.partition}:{record.offset}{sending.remark()}")

    def _send_in_transaction(self, tp: TP, record: Record, *, committed: bool) -> None:
        name = f"upstream-{tp.topic}-{tp.partition}-{len(self.broker.log(tp).records)}"
        epoch = self.broker.init(name)
        self.broker.produce(name, epoch, tp, [record])
        lasts_s = self.rng.choice((0.0, self.rng.random()))
        self.loop.call_later(lasts_s, lambda: self.broker.end(name, epoch, committed=committed))

    async def _quiet(self) -> None:
        end = self.loop.time() + QUIET_WITHIN_S
        while undone := judge.undone(self):
            if self.loop.time() > end:
                raise judge.Wrong(f"after {QUIET_WITHIN_S:.0f} s: {', '.join(undone)}")
            await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(AFTERWARDS_S)


@contextmanager
def _in_place_of_the_world(story: Story) -> Iterator[None]:
    """What is exchanged: whose producer it is, and whose time; and the numbers of the heart."""

    def producer(**options: object) -> Producer:
        mine = CURRENT.get()
        assert isinstance(mine, Worker)
        return Producer(story.broker, mine.wire, story.plan.room, **options)

    with (
        patch.object(transaction, "AIOKafkaProducer", producer),
        patch.object(ledger, "time", SimpleNamespace(monotonic=story.loop.time)),
        patch.object(worker, "rules", lambda _settings: story.plan.rules),
    ):
        yield


@dataclass(frozen=True)
class Told:
    """A story that is over: what happened, how many faults by kind, and what was wrong, if anything."""

    seed: int
    lines: list[str]
    faults: Counter[str]
    wrong: str | None


def tell(seed: int) -> Told:
    """Live a seed's story."""
    story = Story(plan(seed))
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
    return Told(seed, lines, story.faults, wrong)
