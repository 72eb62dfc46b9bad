"""The worker's copy of its lanes' rows: in memory, or in Faust's RocksDB store."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from rocksdict import WriteBatch, WriteOptions

from streams.ports import Row, Rows


class LocalRows(Rows, Protocol):
    """What the worker needs of its copy, beyond what a lane does."""

    def keep(self, partitions: set[int]) -> None:
        """Drop the rows of every partition that is not among these."""

    def every(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """All keys and rows of a partition."""


class MemoryRows:
    """Rows in a dict per partition; gone with the process, read anew from the changelog.

    How far each goes is remembered beside them, so that who becomes their owner reads only what is new.
    """

    def __init__(self) -> None:
        self._rows: dict[int, dict[bytes, bytes]] = {}
        self._offsets: dict[int, int] = {}

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The row of a customer, or nothing."""
        rows = self._rows.get(partition)
        return None if rows is None else rows.get(key)

    def put(self, partition: int, rows: Sequence[Row], offset: int) -> None:
        """Keep these rows; a row without a value is deleted."""
        if offset >= 0:
            self._offsets[partition] = offset
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
            self._offsets.pop(partition, None)

    def offset(self, partition: int) -> int | None:
        """The newest changelog offset that a partition's rows came with, if any did."""
        return self._offsets.get(partition)

    def every(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """All keys and rows of a partition."""
        return self._rows.get(partition, {}).items()


class RocksRows:
    """Rows in the RocksDB files that Faust opens and closes with the assignment.

    Each write carries the changelog's offset in the same batch, so that after a crash recovery goes on
    exactly behind what is on disk. That is why there is no write-ahead log: what a crash takes from memory
    is in the changelog, behind the offset that is lost with it.
    """

    def __init__(self, table: Any) -> None:
        self._table = table
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True
        # Numbers and not the databases: Faust closes one by letting go of it.
        self._plain: set[int] = set()

    @property
    def _store(self) -> Any:
        # Faust makes it on first use, when the app is configured.
        return self._table.data

    def _db(self, partition: int) -> Any:
        # Not Faust's own look-up: it wants a current event.
        db = self._store._db_for_partition(partition)  # noqa: SLF001 - see above
        if partition not in self._plain:
            # Compressing takes a third of a recovery's time, and rows are packed as they are.
            db.set_options({"compression": "kNoCompression"})
            self._plain.add(partition)
        return db

    def get(self, partition: int, key: bytes) -> bytes | None:
        """The row of a customer, or nothing."""
        row: bytes | None = self._db(partition).get(key)
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
        self._db(partition).write(batch, self._unlogged)

    def keep(self, partitions: set[int]) -> None:  # noqa: ARG002 - all are looked at anew
        """Faust closes the files of partitions it gives up; what is opened anew has its options to be set."""
        self._plain.clear()

    def every(self, partition: int) -> Iterable[tuple[bytes, bytes]]:
        """All keys and rows of a partition, the offset's own entry left out."""
        for key, row in self._db(partition).items():
            if key != self._store.offset_key:
                yield key, row
