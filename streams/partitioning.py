"""Which partition a customer lives on: murmur2, as Java, Faust and aiokafka producers choose it."""

from aiokafka.partitioner import murmur2

FOUND_MOST = 50_000
"""Customers remembered per partition."""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, 0 to `partitions` - 1.

    >>> partition_of(b"customer-1", 4)
    1
    """
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Homes:
    """Who was found to live where, for all channels alike: a customer's key is hashed once, at 2 us."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._found: dict[int, dict[str, bytes]] = {}

    def found(self, partition: int) -> dict[str, bytes]:
        """The keys of customers who live on this partition, by their ids; read it, never fill it."""
        return self._found.setdefault(partition, {})

    def look(self, customer_id: str, key: bytes) -> int:
        """The partition of this customer, found from now on."""
        home = partition_of(key, self._partitions)
        found = self.found(home)
        if len(found) >= FOUND_MOST:
            found.clear()
        found[customer_id] = key
        return home
