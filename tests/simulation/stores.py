"""A worker's rows on a disk that outlives the process, written as `streams.rows.RocksRows` writes them."""

from streams.rows import MemoryRows


class DiskRows(MemoryRows):
    """Rows with the changelog's offset they came with; a write is there as a whole or not at all."""

    def keep(self, partitions: set[int]) -> None:
        """Nothing to do: the files of partitions that are given up stay where they are."""
