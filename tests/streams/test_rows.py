"""The worker's copy of its rows behaves alike in memory and in RocksDB."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from rocksdict import Options, Rdict

from streams.rows import LocalRows, MemoryRows, RocksRows
from tests.worker_process import ROOT


class Store:
    """The little of Faust's RocksDB store that the rows lean on."""

    offset_key = b"__faust\0offset__"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open: dict[int, Rdict] = {}

    def _db_for_partition(self, partition: int) -> Rdict:
        if partition not in self.open:
            self.open[partition] = Rdict(str(self.folder / str(partition)), Options(raw_mode=True))
        return self.open[partition]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    yield made
    for db in made.open.values():
        db.close()


@pytest.fixture(params=["memory", "rocksdb"])
def rows(request: pytest.FixtureRequest, store: Store) -> LocalRows:
    return MemoryRows() if request.param == "memory" else RocksRows(SimpleNamespace(data=store))


def test_a_row_is_found_in_its_own_partition_only(rows: LocalRows) -> None:
    rows.put(1, [(b"ann", b"row")], 5)
    assert (rows.get(1, b"ann"), rows.get(2, b"ann"), rows.get(1, b"bob")) == (b"row", None, None)


def test_the_last_write_counts_and_no_value_deletes(rows: LocalRows) -> None:
    rows.put(1, [(b"ann", b"1"), (b"bob", b"1")], 5)
    rows.put(1, [(b"ann", b"2"), (b"bob", None)], 6)
    assert [row for _, row in rows.every(1)] == [b"2"]


def test_rows_in_memory_of_partitions_that_were_given_up_are_dropped() -> None:
    rows = MemoryRows()
    rows.put(1, [(b"ann", b"1")], 5)
    rows.put(2, [(b"bob", b"1")], 5)
    rows.keep({2})
    assert (rows.get(1, b"ann"), rows.get(2, b"bob")) == (None, b"1")


def test_on_disk_the_changelogs_offset_is_written_with_the_rows(store: Store) -> None:
    rows = RocksRows(SimpleNamespace(data=store))
    rows.put(1, [(b"ann", b"1")], 5)
    rows.put(1, [], -1)
    assert store._db_for_partition(1).get(Store.offset_key) == b"5"


def test_on_disk_nothing_is_logged_ahead_and_all_is_there_after_a_clean_close(store: Store) -> None:
    rows = RocksRows(SimpleNamespace(data=store))
    rows.put(1, [(b"ann", b"1" * 10_000)], 5)
    assert sum(log.stat().st_size for log in (store.folder / "1").glob("*.log")) == 0
    store.open.pop(1).close()
    rows.keep({1})
    assert (rows.get(1, b"ann"), store._db_for_partition(1).get(Store.offset_key)) == (b"1" * 10_000, b"5")


def test_on_disk_rows_and_their_offset_are_lost_together_or_not_at_all(tmp_path: Path) -> None:
    """What a dying process leaves behind is whole: what is missing lies behind the offset that is there."""
    writing = f"""
import os
from pathlib import Path
from types import SimpleNamespace
from streams.rows import RocksRows
from tests.streams.test_rows import Store
store = Store(Path({str(tmp_path)!r}))
rows = RocksRows(SimpleNamespace(data=store))
rows.put(1, [(b"ann", b"1")], 5)
store.open[1].flush()
rows.put(1, [(b"ann", b"2")], 6)
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", writing], cwd=ROOT, check=False).returncode == 9
    store = Store(tmp_path)
    rows = RocksRows(SimpleNamespace(data=store))
    found = (rows.get(1, b"ann"), store._db_for_partition(1).get(Store.offset_key))
    store.open[1].close()
    assert found == (b"1", b"5")
