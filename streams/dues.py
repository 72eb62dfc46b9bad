"""Whose next deadline comes first, among all customers of a lane."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from agents.customer import NEVER

STALE_MOST = 1_000
"""Entries that may be out of date, beside as many as are not."""


class Dues:
    """A customer has one due time at most; entries that are out of date are passed over when they come up."""

    def __init__(self) -> None:
        self._of: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def put(self, name: str, due_s: float) -> None:
        """From now on this customer's next deadline is due then, in epoch seconds, or never."""
        if due_s == NEVER:
            self._of.pop(name, None)
            return
        self._of[name] = due_s
        heappush(self._heap, (due_s, name))
        if len(self._heap) > 2 * len(self._of) + STALE_MOST:
            self._heap = [(due_s, name) for name, due_s in self._of.items()]
            heapify(self._heap)

    def first(self) -> float:
        """When the earliest deadline of all is due."""
        heap, of = self._heap, self._of
        while heap and of.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else NEVER

    def taken(self, now: float, most: int) -> Iterator[str]:
        """Take customers out whose deadline is due by `now`, in the order of time, so many at the most."""
        while most and self.first() <= now:
            _, name = heappop(self._heap)
            del self._of[name]
            most -= 1
            yield name
