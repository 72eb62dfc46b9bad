"""Names of outputs that depend on facts alone, so that the same facts give the same name."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b


def of(*parts: str) -> str:
    """32 hex digits over the parts; lists that differ in any part or in a boundary get different names.

    >>> of("ab", "c") == of("a", "bc")
    False
    """
    # The length before each part: no character is safe as a separator, identifiers may hold any.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


# One wait is named at each of its doublings.
@lru_cache(maxsize=64)
def moment(kind: str, moment_s: float) -> str:
    """The name of something that is no event, by its kind and its moment in epoch seconds.

    >>> moment("hold", 1772438400.0)
    'hold@2026-03-02T08:00:00Z'
    """
    return f"{kind}@{datetime.fromtimestamp(moment_s, UTC).isoformat().removesuffix('+00:00')}Z"


LATE_S = 0.001
"""Moments are told in microseconds, and the clock has a few more digits."""


def cause(event_id: str, at: datetime, clock_s: float) -> str:
    """What an output names as its cause: the event, and as of when where that is not the event's own time.

    An event that is told again when nobody remembers it counts again, as late as it comes: what it then
    causes is something else than what it caused at first.

    >>> cause("e7", datetime(2026, 3, 2, 8, tzinfo=UTC), 1772438400.0)
    'e7'
    >>> cause("e7", datetime(2026, 3, 2, 8, tzinfo=UTC), 1772442000.0)
    'e7@2026-03-02T09:00:00Z'
    """
    return event_id if at.timestamp() > clock_s - LATE_S else moment(event_id, clock_s)
