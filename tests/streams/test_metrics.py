"""The metrics are a closed catalogue: names by the rules, labels from a list, nothing else on /metrics."""

import re
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.metrics import CATALOGUE, LABELS, Metric, Metrics, UnknownMetric, table

NAMED = {metric.name: metric for metric in CATALOGUE}


def against_the_rules(metric: Metric) -> list[str]:
    """What is wrong with a metric; empty for each of the catalogue."""
    wrong = []
    if re.fullmatch(r"simmer(_[a-z]+)+", metric.name) is None:
        wrong.append("name")
    if (metric.kind == "counter") != metric.name.endswith("_total"):
        wrong.append("total")
    if (metric.unit == "seconds") != metric.name.endswith("_seconds"):
        wrong.append("unit")
    if not set(metric.labels) <= LABELS.keys():
        wrong.append("labels")
    if (metric.kind == "histogram") != bool(metric.buckets) or list(metric.buckets) != sorted(metric.buckets):
        wrong.append("buckets")
    if not metric.meaning or metric.meaning[0].isupper() or metric.meaning.endswith("."):
        wrong.append("meaning")
    return wrong


def sample(metric: Metric) -> dict[str, str]:
    return {label: (LABELS[label] or ("any",))[0] for label in metric.labels}


def every_series() -> str:
    """The text of /metrics once everything in the catalogue was counted."""
    metrics = Metrics()
    for metric in CATALOGUE:
        getattr(metrics, metric.kind)(metric.name, **sample(metric))
    return generate_latest(metrics.registry).decode()


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_every_metric_follows_the_rules(metric: Metric) -> None:
    assert against_the_rules(metric) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": "frustration_events_total"}, "name"),
        ({"name": "simmer_events"}, "total"),
        ({"unit": "seconds"}, "unit"),
        ({"labels": ("customer",)}, "labels"),
        ({"buckets": (1.0, 2.0)}, "buckets"),
        ({"meaning": ""}, "meaning"),
    ],
)
def test_each_rule_can_be_broken(change: dict[str, object], wrong: str) -> None:
    assert against_the_rules(replace(NAMED["simmer_events_total"], **change)) == [wrong]  # type: ignore[arg-type]


def test_no_name_is_used_twice() -> None:
    assert len(NAMED) == len(CATALOGUE)


def test_no_label_tells_customers_conversations_or_agents_apart() -> None:
    forbidden = re.compile("customer|conversation|agent|event|matter|issue|queue|tenant|text")
    assert [label for label in LABELS if forbidden.search(label)] == []


def test_the_catalogue_is_exactly_what_metrics_shows() -> None:
    families = {
        (family.name + "_total" * (family.type == "counter"), family.type, family.documentation)
        for family in text_string_to_metric_families(every_series())
    }
    assert families == {(metric.name, metric.kind, metric.meaning) for metric in CATALOGUE}


def test_every_sample_has_the_catalogues_labels_and_no_others() -> None:
    seen = {
        (family.name, frozenset(found.labels) - {"le"})
        for family in text_string_to_metric_families(every_series())
        for found in family.samples
    }
    assert seen == {(metric.name.removesuffix("_total"), frozenset(metric.labels)) for metric in CATALOGUE}


def test_series_with_known_values_are_there_at_zero_before_anything_happened() -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    assert registry.get_sample_value("simmer_furious_total", {"warned": "no"}) == 0
    assert registry.get_sample_value("simmer_dead_letters_total", {"code": "not-json"}) == 0
    assert registry.get_sample_value("simmer_fenced_lanes_total") == 0


def test_what_is_counted_shows() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.counter("simmer_events_total", channel="chat").inc(500)
    metrics.gauge("simmer_lag_records", topic="support.chat").set(7)
    metrics.histogram("simmer_lead_touches").observe(4)
    value = metrics.registry.get_sample_value
    assert value("simmer_events_total", {"channel": "chat"}) == 1000
    assert value("simmer_lag_records", {"topic": "support.chat"}) == 7
    assert (value("simmer_lead_touches_bucket", {"le": "3.0"}), value("simmer_lead_touches_sum")) == (0, 4)


def test_asking_again_gives_the_same_series() -> None:
    metrics = Metrics()
    first = metrics.counter("simmer_mood_changes_total", rung_from="unsure", rung_to="annoyed")
    assert metrics.counter("simmer_mood_changes_total", rung_from="unsure", rung_to="annoyed") is first


@pytest.mark.parametrize(
    ("kind", "name", "labels"),
    [
        ("counter", "simmer_tea_total", {}),
        ("gauge", "simmer_flushes_total", {}),
        ("counter", "simmer_events_total", {}),
        ("counter", "simmer_events_total", {"channel": "chat", "code": "not-json"}),
        ("counter", "simmer_events_total", {"channel": "ann@example.com"}),
    ],
)
def test_what_the_catalogue_does_not_have_is_refused(kind: str, name: str, labels: dict[str, str]) -> None:
    with pytest.raises(UnknownMetric, match=name):
        getattr(Metrics(), kind)(name, **labels)


def test_the_table_has_a_row_for_each_metric() -> None:
    rows = {row[0]: row[1:] for row in table()}
    assert rows.keys() == NAMED.keys()
    assert rows["simmer_interventions_total"] == (
        "counter", "tier, trigger", "interventions", "`intervene-now` published",
    )  # fmt: skip
