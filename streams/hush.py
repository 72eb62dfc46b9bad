"""A broker that is away is told of once a second and not once an attempt."""

import logging
import time

EVERY_S = 1.0

LOUD = (
    "aiokafka",
    "aiokafka.producer.sender",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
)
"""Who tells of every attempt; ten milliseconds lie between two of a producer's."""


class Hush(logging.Filter):
    """Drops what was said by the same line of code less than a second ago."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to let it through."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._said.get(place, -EVERY_S) < EVERY_S:
            return False
        self._said[place] = now
        return True


def hush() -> None:
    """From now on Kafka's client repeats itself once a second at the most."""
    for name in LOUD:
        logging.getLogger(name).addFilter(Hush())
