"""Facts become metrics and log lines here, and nowhere else."""

import logging
import time
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, get_args

from aiokafka.errors import KafkaError
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from schemas.outputs import InterveneNow, MoodChanged, Output, Rung
from streams.metrics import Metrics
from streams.ports import Flush
from streams.worker import Stopping

log = logging.getLogger(__name__)


class Telemetry:
    """Counts what happened; asks for the worker's end when a lane is beyond help."""

    def __init__(self, metrics: Metrics, stopping: Stopping, channels: dict[str, str]) -> None:
        self.metrics = metrics
        self._stopping = stopping
        self._channels = channels
        self._rungs: dict[int, Counter[int]] = {}

    def flushed(self, lane: int, flush: Flush, seconds: float) -> None:
        """A flush became durable, this long after it was begun."""
        metrics = self.metrics
        metrics.counter("simmer_flushes_total").inc()
        metrics.histogram("simmer_flush_seconds").observe(seconds)
        metrics.histogram("simmer_flush_events").observe(sum(flush.events.values()))
        metrics.counter("simmer_rows_total").inc(len(flush.rows))
        for topic, events in flush.events.items():
            metrics.counter("simmer_events_total", channel=self._channels[topic]).inc(events)
        for code, letters in Counter(flush.letters).items():
            metrics.counter("simmer_dead_letters_total", code=code).inc(letters)
        metrics.counter("simmer_unchanging_events_total", why="repeated").inc(flush.repeated)
        metrics.counter("simmer_unchanging_events_total", why="erased").inc(flush.erased)
        now_ms = time.time() * 1000
        for topic, timestamp_ms in flush.ages_ms:
            age = metrics.histogram("simmer_event_age_seconds", channel=self._channels[topic])
            age.observe(max(0.0, (now_ms - timestamp_ms) / 1000))
        self._count_outputs(flush.outputs)
        rungs = self._rungs.setdefault(lane, Counter())
        for before, after in flush.rungs:
            if after is not None:
                rungs[after] += 1
            if before is not None:
                rungs[before] -= 1

    def _count_outputs(self, outputs: Iterable[Output]) -> None:
        metrics = self.metrics
        for output in outputs:
            if isinstance(output, InterveneNow):
                metrics.counter("simmer_interventions_total", tier=output.tier, trigger=output.trigger).inc()
            else:
                self._count_mood(output)

    def _count_mood(self, mood: MoodChanged) -> None:
        metrics = self.metrics
        metrics.counter("simmer_mood_changes_total", rung_from=mood.rung_from, rung_to=mood.rung_to).inc()
        if mood.warned is not None:
            metrics.counter("simmer_furious_total", warned="yes" if mood.warned else "no").inc()
        if mood.lead_s is not None and mood.lead_touches is not None:
            metrics.histogram("simmer_lead_seconds").observe(mood.lead_s)
            metrics.histogram("simmer_lead_touches").observe(mood.lead_touches)

    def lane_started(self, lane: int, rungs: Iterable[int]) -> None:
        """A lane begins, with customers on these rungs."""
        self._rungs[lane] = Counter(rungs)

    def restored(self, rows: int) -> None:
        """So many rows were read back from the changelog, for lanes that are owned or stood by."""
        self.metrics.counter("simmer_restored_rows_total").inc(rows)

    def lanes_closed(self) -> None:
        """Every lane was given up: a rebalance, or the end."""
        self._rungs = {}
        self.metrics.counter("simmer_rebalances_total").inc()

    def lane_lost(self, lane: int) -> None:
        """The broker has given this lane to somebody else; a rebalance should follow soon."""
        log.warning("lane %d was fenced: somebody else owns it now", lane)
        self.metrics.counter("simmer_fenced_lanes_total").inc()

    def lane_failed(self, lane: int, error: BaseException) -> None:
        """A flush failed and its outcome is not known: only a new start can tell."""
        # What the broker said is in the line; a trace is for what nobody expects.
        log.error("lane %d failed", lane, exc_info=None if isinstance(error, KafkaError) else error)
        self._stopping.ask(f"lane {lane}: a flush failed ({type(error).__name__}: {error})")

    def scrape(self, app: Any, ready: bool) -> tuple[bytes, str]:  # noqa: FBT001 - a reading, not an option
        """The registry as text, with the gauges read now."""
        self._read_gauges(app, ready)
        return generate_latest(self.metrics.registry), CONTENT_TYPE_LATEST

    def _read_gauges(self, app: Any, ready: bool) -> None:  # noqa: FBT001 - the same
        metrics = self.metrics
        ledgers = list(app.lanes.ledgers.values())
        now = time.monotonic()
        metrics.gauge("simmer_build_info", version=version("simmer"), rules=app.rules.version).set(1)
        metrics.gauge("simmer_ready").set(ready)
        metrics.gauge("simmer_recovery_seconds").set(_recovery_s(app.tables.recovery))
        metrics.gauge("simmer_overdue_seconds").set(app.ticker.overdue_s())
        metrics.gauge("simmer_lanes").set(len(ledgers))
        metrics.gauge("simmer_flush_age_seconds").set(
            max((ledger.waiting_s(now) for ledger in ledgers), default=0)
        )
        total: Counter[int] = sum(self._rungs.values(), Counter())
        metrics.gauge("simmer_customers").set(total.total())
        for i, rung in enumerate(get_args(Rung)):
            metrics.gauge("simmer_customers_by_rung", rung=rung).set(total[i])
        for i, topic in enumerate(app.lanes.wiring.topics):
            sources = [ledger.lane.sources[i] for ledger in ledgers if ledger.lane.sources]
            lag = sum(source.unread() + len(source.waiting) for source in sources)
            metrics.gauge("simmer_lag_records", topic=topic).set(lag)


def _recovery_s(recovery: Any) -> float:
    """How long the last recovery took, in seconds; 0 before there was one."""
    begun, ended = recovery._recovery_started_at, recovery._recovery_ended_at  # noqa: SLF001 - kept nowhere else
    return max(0.0, ended - begun) if begun and ended else 0.0
