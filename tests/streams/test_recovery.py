"""How far rows go already, and what is read of a changelog."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.recovery import NOWHERE, Recovery
from streams.settings import Settings
from streams.topology import App, build

CHANGELOG = TP("simmer-customers-changelog", 0)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    made = build(Settings(web_port=1))
    monkeypatch.setattr(made.stopping, "ask", lambda line: setattr(made.stopping, "line", line))
    return made


def chunk(*offsets: int) -> list[Any]:
    return [SimpleNamespace(key=b"ann", value=b"row", offset=offset) for offset in offsets]


def recovering(app: App) -> Recovery:
    app.tables.recovery.add_active(app.tables["customers"], CHANGELOG)
    return Recovery(app, lambda _tp: None)


def test_a_partition_that_comes_back_without_its_rows_is_read_from_the_beginning(app: App) -> None:
    """Faust passes over a rebalance that is out of date, and kept the offset of the rows from before it."""
    app.tables.recovery.active_offsets[CHANGELOG] = 100
    recovering(app)
    assert app.tables.recovery.active_offsets[CHANGELOG] == NOWHERE


def test_rows_that_are_still_there_are_gone_on_from(app: App) -> None:
    app.lanes.wiring.rows.put(0, [(b"ann", b"row")], 7)
    recovering(app)
    assert app.tables.recovery.active_offsets[CHANGELOG] == 7


def test_rows_of_a_chunk_are_kept_with_its_offset(app: App) -> None:
    recovery = recovering(app)
    recovery.restore(CHANGELOG, chunk(3, 5))
    assert app.lanes.wiring.rows.get(0, b"ann") == b"row"
    assert app.tables.recovery.active_offsets[CHANGELOG] == 5
    assert app.stopping.line is None


def test_a_changelog_that_begins_anew_is_not_mixed_with_rows_of_the_former(app: App) -> None:
    app.lanes.wiring.rows.put(0, [(b"ann", b"old")], 1_000)
    recovery = recovering(app)
    recovery.restore(CHANGELOG, chunk(0, 49))
    assert app.lanes.wiring.rows.get(0, b"ann") == b"old"
    assert app.stopping.line is not None
    assert app.stopping.line.startswith(
        "simmer-customers-changelog 0 can be read up to 49, and rows up to 1000"
    )
