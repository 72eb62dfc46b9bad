"""Rows back from the changelog, a chunk at a time, and the sign that recovery is complete."""

from collections.abc import Callable, Sequence
from typing import Any

from faust import Table
from faust.types import TP

from streams.ports import Row  # noqa: TC001 - annotates a local; an import guard would say less
from streams.rows import MemoryRows

NOWHERE = -1
"""The offset before a partition's first."""


class Customers(Table):  # type: ignore[misc]
    """Faust's table of all customers; it asks here how far the rows of a partition go already."""

    def persisted_offset(self, tp: TP) -> int:
        """The changelog offset up to which this worker has the rows; -1 where it has none.

        Never none, as Faust's own: it would go on from where it was when it last had the partition, if it
        passed over a rebalance in between, and the rows of then are gone.
        """
        rows = self.app.lanes.wiring.rows
        memory = isinstance(rows, MemoryRows)
        offset: int | None = rows.offset(tp.partition) if memory else super().persisted_offset(tp)
        return NOWHERE if offset is None else offset

    async def on_rebalance(self, *args: Any, **kwargs: Any) -> None:
        """Faust opens the local files here; on a full disk it would end with a trace and no line."""
        try:
            await super().on_rebalance(*args, **kwargs)
        except Exception as exc:
            # rocksdict raises nothing more special.
            folder = self.app.settings.data_dir
            self.app.stopping.ask(f"SIMMER_DATA_DIR={folder}: the rows cannot be opened ({exc})")
            raise


class Recovery:
    """Stands beside Faust's own recovery: that decides what is read, this puts it where the lanes look."""

    def __init__(self, app: Any, fetch_state: Callable[[TP], Any]) -> None:
        self._app = app
        self._fetch_state = fetch_state

    def restore(self, tp: TP, records: Sequence[Any]) -> None:
        """Keep a chunk of changelog rows."""
        recovery = self._app.tables.recovery
        if tp not in recovery.tp_to_table:
            return
        kept, last = recovery.tp_to_table[tp].persisted_offset(tp), records[-1].offset
        if last < kept:
            # The reader was sent back to a beginning that is not the one of these rows.
            self._app.stopping.ask(self._ahead(tp, kept, last))
            return
        rows: list[Row] = [(record.key, record.value) for record in records]
        self._app.lanes.wiring.rows.put(tp.partition, rows, last)
        self._app.telemetry.restored(len(rows))
        offsets = recovery.active_offsets if tp in recovery.active_tps else recovery.standby_offsets
        offsets[tp] = last

    def ahead(self) -> str | None:
        """What to do where this worker has rows from behind the end of a changelog, if it has any."""
        recovery = self._app.tables.recovery
        for tp, end in sorted(recovery.active_highwaters.items()):
            kept = recovery.tp_to_table[tp].persisted_offset(tp)
            if kept > end:
                return self._ahead(tp, kept, end)
        return None

    def _ahead(self, tp: TP, kept: int, end: int) -> str:
        return (
            f"{tp.topic} {tp.partition} can be read up to {end}, and rows up to {kept} are in"
            f" SIMMER_DATA_DIR={self._app.settings.data_dir}: a transaction was left open"
            " (kafka-transactions.sh find-hanging), or they are another topic's (remove the folder)"
        )

    def look(self) -> None:
        """End Faust's recovery when every changelog was read to its end.

        A transactional changelog ends in a marker that is never delivered, and Faust would wait for it: the
        reader's position says when nothing more is coming.
        """
        recovery = self._app.tables.recovery
        if not recovery.in_recovery:
            return
        for tp, highwater in recovery.active_highwaters.items():
            state = self._fetch_state(tp)
            if highwater is None or state is None or state._position is None:
                continue
            if state._position > highwater and (recovery.active_offsets[tp] or -1) < highwater:
                recovery.active_offsets[tp] = highwater
        if not recovery.need_recovery():
            recovery.flush_buffers()
            recovery._set_recovery_ended()
            recovery.signal_recovery_end.set()
