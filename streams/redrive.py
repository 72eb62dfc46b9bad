"""Sends dead letters back to where they came from, or aside: each exactly once, whatever dies when."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from schemas import dead_letters, topics
from schemas.codec import Code, Unreadable
from schemas.dead_letters import Header
from schemas.topics import Topic
from streams import letters
from streams.connection import client_options
from streams.handled import Round
from streams.letters import Letter, Letters
from streams.partitioning import partition_of
from streams.settings import Settings
from streams.topic_check import topic_name
from streams.topology import READERS, ahead_s
from streams.transaction import CLOSE_S, FENCED, Item, send_all, transactional


class Hopeless(Exception):  # noqa: N818 - a fact about the letter
    """This letter cannot go back: a code and where in the record, never its text."""


class TakenOver(Exception):  # noqa: N818 - a fact: two ran at once
    """Another replay of the same deployment has begun since."""


class Going(NamedTuple):
    """A record to be sent: where to, and what."""

    topic: str
    partition: int
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be replayed: from which topic, how many at the most, of one code only, parking or not."""

    source: Topic = topics.DEAD_LETTERS
    park: bool = False
    most: int | None = None
    code: str | None = None


@dataclass(slots=True)
class Tally:
    """What a replay has made durable so far, and how many letters it saw that still wait."""

    sent: int = 0
    parked: int = 0
    left: int = 0


class Judge:
    """Says what a letter would be sent back as, by the readers of today."""

    def __init__(self, settings: Settings) -> None:
        self._readers = {topic_name(settings, topic): read for topic, read in READERS.values()}
        self._partitions = settings.partitions
        self._ahead_s = ahead_s(settings)

    def back(self, letter: Letter, now: float) -> Going:
        """The record to send, keyed and placed as the door wants it; `now` in epoch seconds.

        Raises `Hopeless` for what the worker would refuse again, and for what the letter does not hold whole.
        """
        read = self._readers.get(letter.source)
        if read is None:
            raise Hopeless(f"its topic, {letter.source or 'which it does not say'}, has no customers' events")
        if dead_letters.LENGTH in letter.said:
            raise Hopeless(f"{letter.code}: its value was cut at {dead_letters.VALUE_MOST} bytes")
        try:
            event = read(letter.value)
        except Unreadable as exc:
            raise _hopeless(exc.code, exc.detail) from None
        if event.at.timestamp() - self._ahead_s > now:
            raise _hopeless("future-time", f"`at` is more than {self._ahead_s:g} s after now")
        key = event.customer_id.encode()
        place = partition_of(key, self._partitions)
        return Going(letter.source, place, (key, letter.value, _told_again(letter.original)))


def _hopeless(code: Code, detail: str) -> Hopeless:
    return Hopeless(f"{code}: {detail}")


def _told_again(original: list[Header]) -> list[Header]:
    """The original's headers, and how often it was replayed by now."""
    times = [content for name, content in original if name == dead_letters.REPLAYED]
    before = int(times[-1]) if times and times[-1] and times[-1].isdigit() else 0
    kept = [header for header in original if header[0] != dead_letters.REPLAYED]
    return [*kept, (dead_letters.REPLAYED, str(before + 1).encode())]


def _aside(letter: Letter, topic: str, why: str) -> Going:
    """The letter as it is, and why it could not go back; nothing in it is changed."""
    headers = [*letter.original, *(h for h in letter.ours if h[0] != dead_letters.PARKED)]
    headers.append((dead_letters.PARKED, why.encode()))
    return Going(topic, letter.partition, (letter.key, letter.value, headers))


def transactional_id(settings: Settings) -> str:
    """The name by which the broker knows the one replay that may run, and fences an earlier one."""
    return f"{settings.app_id}-dead-letters"


class Redrive:
    """One replay: chunk by chunk, what goes out and what is handled by it are one transaction."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, wish: Wish, tally: Tally) -> None:
        self._settings = settings
        self._producer = producer
        self._wish = wish
        self._tally = tally
        self._judge = Judge(settings)
        self._parked = topic_name(settings, topics.PARKED)

    async def run(self, found: Letters) -> None:
        """Handle the partitions one after the other; raises `Hopeless` where it stops, `TooScattered`."""
        before = await letters.handled(self._settings, self._wish.source)
        for partition, known in before.items():
            reading = Round(known)
            async with aclosing(found.chunks(partition, known.first)) as chunks:
                async for chunk in chunks:
                    await self._take(partition, reading, chunk)

    async def _take(self, partition: int, reading: Round, chunk: list[Letter]) -> None:
        wish, tally = self._wish, self._tally
        sent, parked, left = 0, 0, 0
        going: list[Going] = []
        stopped: Hopeless | None = None
        room = len(chunk) if wish.most is None else wish.most - tally.sent - tally.parked
        now = time.time()
        for letter in chunk:
            if not reading.before.waits(letter.offset):
                if len(going) < room:
                    reading.done(letter.offset)
                continue
            if len(going) == room:
                left += 1
                continue
            if wish.code is not None and letter.code != wish.code:
                reading.passed_over(letter.offset)
                left += 1
                continue
            try:
                going.append(self._judge.back(letter, now))
                sent += 1
            except Hopeless as exc:
                if not wish.park:
                    stopped = Hopeless(f"letter {letter.place} cannot go back: {exc}")
                    break
                going.append(_aside(letter, self._parked, str(exc)))
                parked += 1
            reading.done(letter.offset)
        if going:
            await self._commit(partition, reading, going)
        tally.sent, tally.parked, tally.left = tally.sent + sent, tally.parked + parked, tally.left + left
        if stopped:
            raise stopped

    async def _commit(self, partition: int, reading: Round, going: list[Going]) -> None:
        tp = TopicPartition(topic_name(self._settings, self._wish.source), partition)
        offsets = {tp: reading.handled().committed()}
        async with self._producer.transaction():
            # aiokafka commits although a batch has failed: every one of them is awaited first.
            await asyncio.gather(
                *[
                    ack
                    for (topic, place), items in _by_place(going).items()
                    for ack in await send_all(self._producer, topic, place, items)
                ]
            )
            await self._producer.send_offsets_to_transaction(offsets, letters.group(self._settings))


def _by_place(going: list[Going]) -> dict[tuple[str, int], list[Item]]:
    found: dict[tuple[str, int], list[Item]] = {}
    for topic, place, item in going:
        found.setdefault((topic, place), []).append(item)
    return found


@asynccontextmanager
async def _producing(settings: Settings) -> AsyncIterator[Any]:
    producer = transactional(client_options(settings), transactional_id(settings))
    try:
        await producer.start()
        yield producer
    finally:
        # A fenced or unreachable producer cannot say goodbye, and need not.
        with suppress(Exception):
            await asyncio.wait_for(producer.stop(), CLOSE_S)


async def redrive(settings: Settings, wish: Wish, tally: Tally) -> None:
    """Replay as wished, up to the letters that are there at the start; `tally` says what is durable.

    Raises `Hopeless` with the letter where it stops, `TakenOver`, `TooScattered`, `BrokerUnreachable` and
    aiokafka's errors. What was made durable before stays, and is not sent again.
    """
    try:
        # First the producer: once its id is initialised, nobody else's progress can change any more.
        async with _producing(settings) as producer, letters.opened(settings, wish.source) as found:
            await Redrive(settings, producer, wish, tally).run(found)
    except FENCED:
        raise TakenOver from None
