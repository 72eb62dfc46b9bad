"""A producer that keeps a ledger: what the broker has acknowledged is what must not be lost."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Event as Signal
from threading import Thread

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.care import CustomerErased
from schemas.event import Event
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.kafka.cluster import Sent, sent, ticks
from tests.kafka.crowd import crowd

CUSTOMERS = 300
PART = 100
"""Events that are sent together: every customer is in it once at the most."""
TICK_EVERY = 6
"""Parts."""
TWICE = 0.02
ERASED = 0.002
END_WITHIN_S = 60.0


class Load:
    """Sends events of a crowd at a rate until told to end; `acked` are the ids that the broker has."""

    def __init__(self, settings: Settings, seed: int, rate: int) -> None:
        self.acked: set[str] = set()
        self.doubtful = 0
        self._settings = settings
        self._rng = random.Random(seed)
        self._events = crowd(10**9, CUSTOMERS, seed, late=0.0)
        self._pause_s = PART / rate
        self._enough = Signal()
        self._extra: list[Sent] = []

    def also(self, records: list[Sent]) -> None:
        """Send these, too, before the next events; nobody waits for what becomes of them."""
        self._extra += records

    def end(self) -> None:
        """Send no more."""
        self._enough.set()

    def run(self) -> None:
        """The thread's body."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        producer = await self._started()
        parts_without_doubt = 0
        part: list[Event] = []
        try:
            while not self._enough.is_set():
                # Of the part before, acknowledged or not: somebody retries.
                again = [event for event in part if self._rng.random() < TWICE]
                part = [self._or_erased(next(self._events)) for _ in range(PART)]
                doubtful = self.doubtful
                await asyncio.gather(*(self._one(producer, event) for event in (*again, *part)))
                parts_without_doubt = parts_without_doubt + 1 if doubtful == self.doubtful else 0
                # What is in doubt could come behind a tick that says it is not there.
                if parts_without_doubt and parts_without_doubt % TICK_EVERY == 0:
                    await self._tick(producer, part[-1].at)
                extra, self._extra = self._extra, []
                for record in extra:
                    await self._hand_over(producer, record)
                await asyncio.sleep(self._pause_s)
            await self._tick(producer, part[-1].at)
        finally:
            await producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.broker,
                linger_ms=5,
                enable_idempotence=True,
                request_timeout_ms=20_000,
            )
            # A broker that is away when we begin comes back.
            with suppress(KafkaError):
                await producer.start()
                return producer
            await producer.stop()

    def _or_erased(self, event: Event) -> Event:
        if self._rng.random() >= ERASED:
            return event
        return CustomerErased(event_id=event.event_id, at=event.at, customer_id=event.customer_id)

    async def _one(self, producer: AIOKafkaProducer, event: Event) -> None:
        try:
            await (await self._hand_over(producer, sent(event)))
        except KafkaError:
            # It may be there or not; the log will tell.
            self.doubtful += 1
        else:
            self.acked.add(event.event_id)

    async def _tick(self, producer: AIOKafkaProducer, at: datetime) -> None:
        with suppress(KafkaError):
            await asyncio.gather(
                *[await self._hand_over(producer, tick) for tick in ticks(self._settings, at)]
            )

    async def _hand_over(self, producer: AIOKafkaProducer, record: Sent) -> "asyncio.Future[object]":
        name = topic_name(self._settings, record.topic)
        acked: asyncio.Future[object] = await producer.send(
            name, record.value, key=record.key, partition=record.partition
        )
        return acked


@contextmanager
def load(settings: Settings, seed: int, rate: int) -> Iterator[Load]:
    """Events come as long as the block lasts."""
    made = Load(settings, seed, rate)
    # A daemon: without a broker it waits for ever, and must not keep a run that has failed already.
    thread = Thread(target=made.run, name="load", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.end()
        thread.join(END_WITHIN_S)
    if thread.is_alive():
        raise TimeoutError(f"the load did not end within {END_WITHIN_S:g} s")


def poison(n: int) -> list[Sent]:
    """Records that cannot be taken, spread over the channels; good ones come in between."""
    return [Sent(topics.INPUTS[i % len(topics.INPUTS)], b"customer-%d" % i, b"{") for i in range(n)]


def poison_in_a_row(n: int) -> list[Sent]:
    """Records that cannot be taken, all in one partition."""
    return [Sent(topics.CHAT, b"customer-1", b"{") for _ in range(n)]
