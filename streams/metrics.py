"""The closed catalogue of metrics, as data, and the collectors that are made from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from schemas.codec import Code
from schemas.outputs import Channel, Rung, Tier, Trigger

Kind = Literal["counter", "gauge", "histogram"]

LABELS: dict[str, tuple[str, ...]] = {
    "channel": (*get_args(Channel), "care", "control"),
    "why": ("repeated", "erased"),
    "code": get_args(Code),
    "tier": get_args(Tier),
    "trigger": get_args(Trigger),
    "rung": get_args(Rung),
    "rung_from": get_args(Rung),
    "rung_to": get_args(Rung),
    "warned": ("yes", "no"),
    "topic": (),
    "version": (),
    "rules": (),
}
"""Every label and its values; one without values depends on the deployment, never on a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric; `unit` is what one of its numbers stands for, `buckets` are a histogram's upper bounds."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind="counter", unit=unit, meaning=meaning, labels=labels)


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind="gauge", unit=unit, meaning=meaning, labels=labels)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    unit = name.rsplit("_", 1)[1]
    return Metric(name=name, kind="histogram", unit=unit, meaning=meaning, labels=labels, buckets=buckets)


_HOUR = 3600.0
_DAY = 24 * _HOUR

_FLUSH_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A ledger gathers until 500 and never takes more than 20,000 at once.
_FLUSH_EVENTS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 500.0, 1000.0, 3000.0, 10000.0, 20000.0)
# 0.15 s is the promise at 2,000 events a second; what is above a minute is catching up.
_AGE_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, _HOUR)
_LEAD_S = (60.0, 300.0, 900.0, _HOUR, 4 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY)
_LEAD_TOUCHES = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0)

CATALOGUE: tuple[Metric, ...] = (
    _counter("simmer_events_total", "records", "records taken and durable, dead letters included", "channel"),
    _counter(
        "simmer_dead_letters_total", "records", "records that could not be taken, by their code", "code"
    ),
    _counter(
        "simmer_unchanging_events_total",
        "events",
        "events that change nothing: repeated within the window, or older than their customer's erasure",
        "why",
    ),
    _counter("simmer_flushes_total", "flushes", "flushes made durable"),
    _histogram("simmer_flush_seconds", "from the beginning of a flush's fold until it is durable", _FLUSH_S),
    _histogram("simmer_flush_events", "records of a flush", _FLUSH_EVENTS),
    _counter("simmer_rows_total", "rows", "changelog rows written, one per customer and flush"),
    _counter("simmer_interventions_total", "interventions", "`intervene-now` published", "tier", "trigger"),
    _counter("simmer_mood_changes_total", "changes", "`mood-changed` published", "rung_from", "rung_to"),
    _counter(
        "simmer_furious_total", "entries", "entries into `furious`, warned of before or missed", "warned"
    ),
    _histogram("simmer_lead_seconds", "event time from an intervention until `furious`", _LEAD_S),
    _histogram("simmer_lead_touches", "touches from an intervention until `furious`", _LEAD_TOUCHES),
    _histogram(
        "simmer_event_age_seconds",
        "from the Kafka timestamp of a chunk's first record until it is durable",
        _AGE_S,
        "channel",
    ),
    _gauge("simmer_customers", "customers", "customers whose rows this worker holds"),
    _gauge("simmer_customers_by_rung", "customers", "the same, by the rung they stand on", "rung"),
    _gauge("simmer_lag_records", "records", "records of owned partitions that are not durable yet", "topic"),
    _gauge(
        "simmer_overdue_seconds",
        "seconds",
        "by which the earliest deadline is past and was not judged yet; 0 where none is",
    ),
    _gauge("simmer_lanes", "lanes", "lanes that this worker owns"),
    _gauge("simmer_ready", "0 or 1", "1 while events are folded as they come, as `/readyz` says"),
    _counter("simmer_rebalances_total", "rebalances", "times that this worker gave up its lanes"),
    _gauge("simmer_recovery_seconds", "seconds", "how long the last recovery took"),
    _counter(
        "simmer_restored_rows_total", "rows", "changelog rows read back, as owner and as somebody standing by"
    ),
    _counter("simmer_fenced_lanes_total", "lanes", "lanes that the broker gave to another owner"),
    _gauge(
        "simmer_flush_age_seconds",
        "seconds",
        "since the longest waiting lane with unread records last folded; 0 where none waits",
    ),
    _gauge("simmer_build_info", "always 1", "the version and the rules that run", "version", "rules"),
)
"""Every metric that `/metrics` shows, in this order; nothing else may be counted."""


class UnknownMetric(LookupError):  # noqa: N818 - says what is not in the catalogue
    """The catalogue has no such metric, not of this kind, or not with these labels."""


_MAKES: dict[Kind, Any] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


class Metrics:
    """The catalogue's collectors on one registry; series with known label values start at 0."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        # Else each counter and histogram shows a second, undocumented metric: when it was made.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry() if registry is None else registry
        self._metrics = {metric.name: metric for metric in CATALOGUE}
        self._collectors = {metric.name: _collector(metric, self.registry) for metric in CATALOGUE}
        self._series: dict[tuple[object, ...], Any] = {}
        for metric in CATALOGUE:
            for values in product(*(LABELS[label] for label in metric.labels)):
                self._find(metric.kind, metric.name, dict(zip(metric.labels, values, strict=True)))

    def counter(self, name: str, /, **labels: str) -> Counter:
        """The counter with these label values; raises `UnknownMetric`. Cheap when asked again."""
        return self._find("counter", name, labels)  # type: ignore[no-any-return]

    def gauge(self, name: str, /, **labels: str) -> Gauge:
        """The gauge with these label values; raises `UnknownMetric`."""
        return self._find("gauge", name, labels)  # type: ignore[no-any-return]

    def histogram(self, name: str, /, **labels: str) -> Histogram:
        """The histogram with these label values; raises `UnknownMetric`."""
        return self._find("histogram", name, labels)  # type: ignore[no-any-return]

    def _find(self, kind: Kind, name: str, labels: dict[str, str]) -> Any:
        key = (kind, name, *labels.items())
        series = self._series.get(key)
        if series is None:
            metric = self._metrics.get(name)
            if metric is None or metric.kind != kind or labels.keys() != set(metric.labels):
                raise UnknownMetric(f"no {kind} {name} with labels ({', '.join(labels)}) in the catalogue")
            for label, value in labels.items():
                if LABELS[label] and value not in LABELS[label]:
                    raise UnknownMetric(f"{name}: label {label} must be one of {', '.join(LABELS[label])}")
            collector = self._collectors[name]
            series = self._series[key] = collector.labels(**labels) if labels else collector
        return series


def _collector(metric: Metric, registry: CollectorRegistry) -> Any:
    options = {"buckets": metric.buckets} if metric.kind == "histogram" else {}
    return _MAKES[metric.kind](metric.name, metric.meaning, metric.labels, registry=registry, **options)


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Each metric's name, kind, labels, unit and meaning: the README's table."""
    for metric in CATALOGUE:
        yield metric.name, metric.kind, ", ".join(metric.labels), metric.unit, metric.meaning
