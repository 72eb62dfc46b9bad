"""The worker's copy of its lanes' rows: in memory, or in Faust's RocksDB store."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from rocksdict import WriteBatch

from streams.ports import Row, Rows


class LocalRows(Rows, Protocol):
    """What the worker needs of its copy, beyond what a lane does."""

    def keep(self, partitions: set[int]) -> None:
        """Drop the rows of every partition that is not among these."""

    def every(self, partition: int) -> Iterable[bytes]:
        """All rows of a partition."""


class MemoryRows:
    """Rows in a dict per partition; gone with the process, read anew from the changelog."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[bytes, bytes]] = {}

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The row of a customer, or nothing."""
        rows = self._rows.get(partition)
        return None if rows is None else rows.get(key)

    def put(self, partition: int, rows: Sequence[Row], offset: int) -> None:  # noqa: ARG002 - kept by Faust
        """Keep these rows; a row without a value is deleted."""
        mine = self._rows.setdefault(partition, {})
        for key, value in rows:
            if value is None:
                mine.pop(key, None)
            else:
                mine[key] = value

    def keep(self, partitions: set[int]) -> None:
        """Drop the rows of every partition that is not among these."""
        for partition in self._rows.keys() - partitions:
            del self._rows[partition]

    def every(self, partition: int) -> Iterable[bytes]:
        """All rows of a partition."""
        return self._rows.get(partition, {}).values()


class RocksRows:
    """Rows in the RocksDB files that Faust opens and closes with the assignment.

    Each write carries the changelog's offset in the same batch, so that after a crash recovery goes on
    exactly behind what is on disk.
    """

    def __init__(self, table: Any) -> None:
        self._table = table

    @property
    def _store(self) -> Any:
        # Faust makes it on first use, when the app is configured.
        return self._table.data

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The row of a customer, or nothing."""
        row: bytes | None = self._store._db_for_partition(partition).get(key)  # noqa: SLF001 - Faust's own look-up wants a current event
        return row

    def put(self, partition: int, rows: Sequence[Row], offset: int) -> None:
        """Keep these rows and the offset as one write."""
        batch = WriteBatch(raw_mode=True)
        for key, value in rows:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if offset >= 0:
            batch.put(self._store.offset_key, str(offset).encode())
        self._store._db_for_partition(partition).write(batch)  # noqa: SLF001 - the same

    def keep(self, partitions: set[int]) -> None:
        """Nothing to do: Faust closes the files of partitions it gives up."""

    def every(self, partition: int) -> Iterable[bytes]:
        """All rows of a partition, the offset's own entry left out."""
        for key, row in self._store._db_for_partition(partition).items():  # noqa: SLF001 - the same
            if key != self._store.offset_key:
                yield row
