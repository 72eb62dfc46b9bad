"""The door: a record becomes an event that may be folded, or a dead letter with a code."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from schemas import dead_letters
from schemas.codec import Unreadable
from schemas.control import ClockTicked
from schemas.event import Event
from streams.partitioning import Homes
from streams.ports import Arrival, DeadLetter, Record, Taken

WINDOW = 1_000
"""Records of a partition over which the share of bad ones is judged."""

UNKNOWN = object()
"""Equal to no key, not even to a missing one."""


class TooManyBad(Exception):  # noqa: N818 - a finding about the input, not a fault in it
    """So many records are bad that it is not the data: somebody should look before more are taken."""


class Limit:
    """Counts the bad records of one partition; refuses past a share of a window, or a run."""

    def __init__(self, name: str, ratio: float, run: int) -> None:
        self._name = name
        self._most = ratio * WINDOW
        self._run_most = run
        self._seen = 0
        self._bad: deque[int] = deque()
        self._run_from = 0

    def good(self, n: int) -> None:
        """So many good records came in a row; none changes nothing."""
        if n:
            self._seen += n
            self._run_from = self._seen

    def bad(self) -> None:
        """One more bad record; raises `TooManyBad` when it is one too many."""
        self._seen += 1
        bad = self._bad
        bad.append(self._seen)
        while bad[0] <= self._seen - WINDOW:
            bad.popleft()
        if len(bad) > self._most:
            raise TooManyBad(f"{self._name}: {len(bad)} of the last {WINDOW} records are bad")
        if self._seen - self._run_from >= self._run_most:
            raise TooManyBad(f"{self._name}: {self._run_most} bad records in a row")


class Entrance(Protocol):
    """Lets the records of one topic in."""

    def admit(self, partition: int, records: Sequence[Arrival], limit: Limit) -> list[Taken]:
        """Every record of a chunk, in order; raises `TooManyBad` past the limit."""


class Letters:
    """Makes dead letters of records of one topic that could not be taken."""

    def __init__(self, topic: str, letters_topic: str) -> None:
        self._topic = topic
        self._letters_topic = letters_topic

    def of(self, exc: Unreadable, partition: int, record: Arrival) -> DeadLetter:
        """The record as a dead letter that says why."""
        headers = dead_letters.headers(
            code=exc.code,
            stage="door" if exc.code in dead_letters.DOOR_CODES else "decode",
            detail=exc.detail,
            topic=self._topic,
            partition=partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
            value=record.value,
            original_headers=record.headers,
        )
        return DeadLetter(
            exc.code,
            Record(
                self._letters_topic,
                dead_letters.key(record.key),
                dead_letters.value(record.value),
                headers,
            ),
        )


class Door:
    """Checks what is said of customers; keys, partitions and times as well as bytes."""

    def __init__(
        self,
        topic: str,
        read: Callable[[bytes | None], Event],
        letters_topic: str,
        homes: Homes,
        max_ahead_s: float,
    ) -> None:
        self._read = read
        self._letters = Letters(topic, letters_topic)
        self._homes = homes
        self._max_ahead_s = max_ahead_s

    def admit(self, partition: int, records: Sequence[Arrival], limit: Limit) -> list[Taken]:
        """Every record of a chunk, in order; raises `TooManyBad` past the limit."""
        read, ahead = self._read, self._max_ahead_s
        at_home = self._homes.found(partition)
        taken: list[Taken] = []
        append = taken.append
        good = 0
        for record in records:
            try:
                event = read(record.value)
                at = event.at.timestamp()
                name = event.customer_id
                if at_home.get(name, UNKNOWN) != record.key or at - ahead > record.timestamp / 1000:
                    self._check(name, at, partition, record)
            except Unreadable as exc:
                append((None, record.offset, self._letters.of(exc, partition, record)))
                limit.good(good)
                good = 0
                limit.bad()
            else:
                good += 1
                append((at, record.offset, event))
        limit.good(good)
        return taken

    def _check(self, customer_id: str, at: float, partition: int, record: Arrival) -> None:
        key = customer_id.encode()
        if key != record.key:
            raise Unreadable("key-mismatch", "the key is not the customer_id")
        home = self._homes.look(customer_id, key)
        if home != partition:
            raise Unreadable(
                "wrong-partition",
                f"murmur2 puts this key on partition {home}; librdkafka needs partitioner=murmur2_random",
            )
        if at - self._max_ahead_s > record.timestamp / 1000:
            raise Unreadable(
                "future-time", f"`at` is more than {self._max_ahead_s:g} s after the record's time"
            )


class ControlDoor:
    """Checks what is said to the workers: any key and every partition is right, ticks only where awaited."""

    def __init__(
        self,
        topic: str,
        read: Callable[[bytes | None], ClockTicked],
        letters_topic: str,
        *,
        ticks_awaited: bool,
    ) -> None:
        self._read = read
        self._letters = Letters(topic, letters_topic)
        self._ticks_awaited = ticks_awaited

    def admit(self, partition: int, records: Sequence[Arrival], limit: Limit) -> list[Taken]:
        """Every record of a chunk, in order; raises `TooManyBad` past the limit."""
        taken: list[Taken] = []
        for record in records:
            try:
                fact = self._awaited(record)
            except Unreadable as exc:
                taken.append((None, record.offset, self._letters.of(exc, partition, record)))
                limit.bad()
            else:
                taken.append((fact.at.timestamp(), record.offset, fact))
                limit.good(1)
        return taken

    def _awaited(self, record: Arrival) -> ClockTicked:
        fact = self._read(record.value)
        if not self._ticks_awaited:
            raise Unreadable("unexpected-tick", "SIMMER_CLOCK=wall: the workers tick by themselves")
        return fact
