"""Dashboard and alerts ask only for what /metrics shows, in PromQL that Prometheus reads."""

import json
import re
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.promql import asked, wrong

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/simmer.json").read_text("utf-8"))
RULES: dict[str, Any] = yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))
SOURCES = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def targets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [target for panel in dashboard["panels"] for target in panel["targets"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def flaws(dashboard: dict[str, Any]) -> list[str]:
    """What is wrong with a dashboard; empty for ours."""
    found = []
    if (dashboard["uid"], dashboard["schemaVersion"]) != ("simmer", 39):
        found.append("uid")
    panels = dashboard["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        found.append("ids")
    if not all(panel.get("description", "").endswith(".") for panel in panels):
        found.append("description")
    sources = {item["datasource"]["uid"] for item in [*panels, *targets(dashboard)]}
    if sources != {source["uid"] for source in SOURCES["datasources"]}:
        found.append("datasource")
    if overlap(panels):
        found.append("grid")
    return found + [what for target in targets(dashboard) for what in wrong(target["expr"])]


def overlap(panels: list[dict[str, Any]]) -> bool:
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    return len(cells) != len(set(cells)) or max(x for x, _ in cells) >= 24


def test_the_dashboard_asks_only_for_what_metrics_shows() -> None:
    assert flaws(DASHBOARD) == []


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        ("simmer_lag_records", "simmer_lag_record", "simmer_lag_record"),
        ("simmer_lag_records", "simer_lag_records", "simer_lag_records"),
        ("simmer_flush_seconds_bucket", "simmer_flush_seconds", "simmer_flush_seconds"),
        ("simmer_events_total", "simmer_events_total_bucket", "simmer_events_total_bucket"),
        ("by (topic)", "by (queue)", "queue"),
        ('{warned=\\"yes\\"}', '{warned=\\"true\\"}', 'warned="true"'),
        ("simmer-prometheus", "other", "datasource"),
        ('"uid": "simmer",', '"uid": "mine",', "uid"),
        ("Records taken and durable, by channel.", "", "description"),
    ],
)
def test_a_dashboard_with_a_flaw_is_found_out(old: str, new: str, flaw: str) -> None:
    text = json.dumps(DASHBOARD)
    assert old in text
    assert flaw in flaws(json.loads(text.replace(old, new)))


def test_panels_that_share_a_cell_or_an_id_are_found_out() -> None:
    broken = deepcopy(DASHBOARD)
    broken["panels"].append(deepcopy(broken["panels"][0]))
    assert flaws(broken) == ["ids", "grid"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_only_for_what_metrics_shows_and_says_what_to_do(alert: dict[str, Any]) -> None:
    assert asked(alert["expr"])
    assert wrong(alert["expr"]) == []
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "description"}


def test_every_alert_has_a_test_that_fires_it_and_one_that_does_not() -> None:
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text("utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    fired = {case["alertname"] for case in cases if case.get("exp_alerts")}
    quiet = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    assert fired == quiet == {alert["alert"] for alert in alerts()}


def test_the_series_of_the_alert_tests_exist() -> None:
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text("utf-8"))["tests"]
    assert [w for test in tests for series in test["input_series"] for w in wrong(series["series"])] == []


def promtool(*arguments: str, cwd: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S607 - as it is found


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "rules.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
)
def test_promtool_accepts_the_files_and_the_alerts_pass_their_tests(arguments: tuple[str, ...]) -> None:
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_can_read_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{i}", "expr": re.sub(r"\$__\w+", "5m", target["expr"])}
        for i, target in enumerate(targets(DASHBOARD))
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", "rules.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
