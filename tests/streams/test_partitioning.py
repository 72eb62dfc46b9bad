"""Who lives where is found once and remembered within bounds."""

import pytest

from streams import partitioning
from streams.partitioning import Homes, partition_of


def test_a_customer_is_found_at_home_and_nowhere_else() -> None:
    homes = Homes(4)
    home = homes.look("ann", b"ann")
    assert home == partition_of(b"ann", 4)
    assert [homes.found(n).get("ann") for n in range(4)] == [b"ann" if n == home else None for n in range(4)]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitioning, "FOUND_MOST", 3)
    homes = Homes(1)
    for n in range(10):
        homes.look(f"c{n}", b"c%d" % n)
    assert 0 < len(homes.found(0)) <= 3
    assert homes.found(0)["c9"] == b"c9"
