"""Between a process and the broker: requests travel, arrive and are answered, or some of that is lost."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, get_args

from aiokafka.errors import KafkaConnectionError, RequestTimedOutError

Fate = Literal["answer lost", "request lost", "request late"]
FATES: tuple[Fate, ...] = get_args(Fate)

SLOW_MOST_S = 0.5
"""One way at the most, for what is neither lost nor late."""

LATE_S = 4.0
"""The most by which a request that its sender has given up arrives later."""


@dataclass
class Weather:
    """What the net is like: the usual delay in seconds, and how often the unusual happens."""

    rng: Random
    delay_s: float
    slow: float
    """Share of ways that take a hundred times as long."""
    lossy: float
    """Share of the requests which may fail that do."""
    outside: Context
    """Where a request lives once it was sent: it arrives even when its sender is dead."""
    tell: Callable[[str], None]
    faults: Counter[str]

    def delay(self) -> float:
        """One way, in seconds."""
        usual = self.rng.expovariate(1 / self.delay_s)
        return min(usual * 100, SLOW_MOST_S) if self.rng.random() < self.slow else usual

    def calm(self) -> None:
        """From now on nothing unusual happens."""
        self.slow = self.lossy = 0.0


class Wire:
    """One process's way to the broker."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self.fail_next: Fate | None = None
        self.on_write: Callable[[], None] | None = None
        """Called at the next request that may fail."""

    async def ask(self, what: str, arrive: Callable[[], Any], *, may_fail: bool = False) -> Any:
        """Let `arrive` happen at the broker; gives what it gave, once that has travelled back.

        Where it gave a future, the answer waits for that. What may fail raises a `KafkaError` by the weather,
        with `arrive` called all the same, not called, or called later.
        """
        weather = self._weather
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        fate = self._fate(what) if may_fail else None
        if may_fail and self.on_write is not None:
            self.on_write()
            self.on_write = None
        if fate is None:
            loop.call_later(weather.delay(), self._arrived, arrive, answer, context=weather.outside)
            return await answer
        gone: asyncio.Future[Any] = loop.create_future()
        patience_s = weather.delay() + weather.rng.random()
        if fate == "answer lost":
            loop.call_later(weather.delay(), self._arrived, arrive, gone, context=weather.outside)
        elif fate == "request late":
            late_s = patience_s + weather.rng.random() * LATE_S
            loop.call_later(late_s, self._arrived, arrive, gone, context=weather.outside)
        await asyncio.sleep(patience_s)
        raise weather.rng.choice((RequestTimedOutError, KafkaConnectionError))(f"{what}: {fate}")

    def away(self, what: str) -> bool:
        """Whether the broker cannot be asked just now."""
        weather = self._weather
        if not weather.lossy or weather.rng.random() >= weather.lossy:
            return False
        weather.faults["not answered"] += 1
        weather.tell(f"{what}: not answered")
        return True

    def _fate(self, what: str) -> Fate | None:
        weather = self._weather
        fate, self.fail_next = self.fail_next, None
        if fate is None and weather.rng.random() < weather.lossy:
            fate = weather.rng.choice(FATES)
        if fate is not None:
            weather.faults[fate] += 1
            weather.tell(f"{what}: {fate}")
        return fate

    def _arrived(self, arrive: Callable[[], Any], answer: "asyncio.Future[Any]") -> None:
        try:
            given = arrive()
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the answer
            self._travel_back(answer, None, exc)
            return
        if isinstance(given, asyncio.Future):
            given.add_done_callback(lambda done: self._travel_back(answer, done.result()))
        else:
            self._travel_back(answer, given)

    def _travel_back(self, answer: "asyncio.Future[Any]", given: Any, exc: Exception | None = None) -> None:
        def settle() -> None:
            if answer.done():
                return
            if exc is None:
                answer.set_result(given)
            else:
                answer.set_exception(exc)
                # Nobody may be there to hear it.
                answer.exception()

        asyncio.get_running_loop().call_later(self._weather.delay(), settle, context=self._weather.outside)
