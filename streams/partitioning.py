"""Which partition a customer lives on: murmur2, as Java, Faust and aiokafka producers choose it."""

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, 0 to `partitions` - 1.

    >>> partition_of(b"customer-1", 4)
    1
    """
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
