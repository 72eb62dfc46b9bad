"""The door: a record becomes an event that may be folded, or a dead letter with a code."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from aiokafka.partitioner import murmur2

from schemas import dead_letters
from schemas.codec import Code, Unreadable
from schemas.event import Event
from streams.ports import DeadLetter, Record, Taken

WINDOW = 1_000
"""Records of a partition over which the share of bad ones is judged."""

KNOWN_MOST = 200_000
"""Customers whose partition has been checked and is remembered, per door."""


class Arrival(Protocol):
    """A record as the consumer delivers it."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int
    headers: Sequence[tuple[str, bytes]]


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


class Door:
    """Checks the records of one topic; keys, partitions and times as well as bytes."""

    def __init__(
        self,
        topic: str,
        read: Callable[[bytes | None], Event],
        letters_topic: str,
        partitions: int,
        max_ahead_s: float,
    ) -> None:
        self._topic = topic
        self._read = read
        self._letters_topic = letters_topic
        self._partitions = partitions
        self._max_ahead_s = max_ahead_s
        self._known: dict[str, tuple[bytes, int]] = {}

    def admit(self, partition: int, records: Sequence[Arrival], limit: Limit) -> list[Taken]:
        """Every record of a chunk, in order; raises `TooManyBad` past the limit."""
        read, known, ahead = self._read, self._known, self._max_ahead_s
        taken: list[Taken] = []
        good = 0
        for record in records:
            try:
                event = read(record.value)
                at = event.at.timestamp()
                key = record.key
                home = known.get(event.customer_id) or self._home(event.customer_id)
                if home[0] != key or home[1] != partition or at > record.timestamp / 1000 + ahead:
                    self._refuse(home, partition, record)
            except Unreadable as exc:
                stage = "door" if exc.code in dead_letters.DOOR_CODES else "decode"
                taken.append(
                    (None, record.offset, self._letter(exc.code, stage, exc.detail, partition, record))
                )
                limit.good(good)
                good = 0
                limit.bad()
                continue
            good += 1
            taken.append((at, record.offset, event))
        limit.good(good)
        return taken

    def _home(self, customer_id: str) -> tuple[bytes, int]:
        key = customer_id.encode()
        if len(self._known) >= KNOWN_MOST:
            self._known.clear()
        home = (key, (murmur2(key) & 0x7FFFFFFF) % self._partitions)
        self._known[customer_id] = home
        return home

    def _refuse(self, home: tuple[bytes, int], partition: int, record: Arrival) -> None:
        if home[0] != record.key:
            raise Unreadable("key-mismatch", "the key is not the customer_id")
        if home[1] != partition:
            raise Unreadable(
                "wrong-partition",
                f"murmur2 puts this key on partition {home[1]}; librdkafka needs partitioner=murmur2_random",
            )
        raise Unreadable("future-time", f"`at` is more than {self._max_ahead_s:g} s after the record's time")

    def _letter(self, code: Code, stage: str, detail: str, partition: int, record: Arrival) -> DeadLetter:
        headers = dead_letters.headers(
            code=code,
            stage=stage,
            detail=detail,
            topic=self._topic,
            partition=partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
            value=record.value,
            original_headers=record.headers,
        )
        return DeadLetter(
            code,
            Record(
                self._letters_topic,
                dead_letters.key(record.key),
                dead_letters.value(record.value),
                headers,
            ),
        )
