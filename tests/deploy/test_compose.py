"""The compose file is pinned, gated by health, limited, and reachable from this machine only."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams import settings
from streams.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
DEFAULTS = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
ENDS = {"topics", "journeys"}
"""Services that do one thing and end."""


def interpolated(value: Any) -> str:
    """The value as compose sees it where nothing is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))


def of_service(name: str, service: dict[str, Any], others: dict[str, Any]) -> list[str]:
    """What is wrong with one service; empty for each of ours."""
    found = []
    if re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service.get("image", "")) is None:
        found.append("image")
    if "mem_limit" not in service:
        found.append("memory")
    if "no-new-privileges:true" not in service.get("security_opt", []) or service.get("cap_drop") != ["ALL"]:
        found.append("privileges")
    if not service.get("read_only") and name != "kafka":
        found.append("root")
    if not all(port.startswith("127.0.0.1:") for port in service.get("ports", [])):
        found.append("ports")
    if ("healthcheck" in service) == (name in ENDS) or service.get("restart") in {None, "always"}:
        found.append("life")
    for needed, gate in service.get("depends_on", {}).items():
        ends = "service_completed_successfully" if needed in ENDS else "service_healthy"
        if needed not in others or gate["condition"] != ends:
            found.append("gate")
    return found


def flaws(compose: dict[str, Any]) -> list[str]:
    services = compose["services"]
    return [f"{n}: {flaw}" for n, service in services.items() for flaw in of_service(n, service, services)]


def test_every_service_obeys_the_rules() -> None:
    assert flaws(COMPOSE) == []


@pytest.mark.parametrize(
    ("service", "key", "value", "flaw"),
    [
        ("kafka", "image", "apache/kafka:latest", "image"),
        ("grafana", "image", "grafana/grafana", "image"),
        ("worker", "mem_limit", None, "memory"),
        ("worker", "security_opt", [], "privileges"),
        ("prometheus", "cap_drop", None, "privileges"),
        ("worker", "read_only", False, "root"),
        ("worker", "ports", ["6066:6066"], "ports"),
        ("kafka", "ports", ["0.0.0.0:9092:9092"], "ports"),
        ("kafka", "healthcheck", None, "life"),
        ("topics", "restart", "always", "life"),
        ("worker", "depends_on", {"topics": {"condition": "service_started"}}, "gate"),
        ("worker", "depends_on", {"broker": {"condition": "service_healthy"}}, "gate"),
    ],
)
def test_each_rule_can_be_broken(service: str, key: str, value: Any, flaw: str) -> None:
    broken = deepcopy(COMPOSE)
    if value is None:
        del broken["services"][service][key]
    else:
        broken["services"][service][key] = value
    assert flaws(broken) == [f"{service}: {flaw}"]


def test_the_worker_waits_for_kafka_and_for_the_topics() -> None:
    assert COMPOSE["services"]["worker"]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "topics": {"condition": "service_completed_successfully"},
    }


def test_kafka_is_asked_for_metadata_and_the_worker_for_readiness() -> None:
    services = COMPOSE["services"]
    assert (
        "kafka-topics.sh --bootstrap-server kafka:19092 --list" in services["kafka"]["healthcheck"]["test"][1]
    )
    assert "/readyz" in services["worker"]["healthcheck"]["test"][-1]
    compile(services["worker"]["healthcheck"]["test"][-1], "healthcheck", "exec")


def test_only_the_demo_profile_replays_journeys() -> None:
    profiles = {name: s["profiles"] for name, s in COMPOSE["services"].items() if "profiles" in s}
    assert profiles == {"journeys": ["demo"]}


@pytest.mark.parametrize("name", ["topics", "worker", "journeys"])
def test_the_settings_of_our_services_are_settings_that_load(name: str) -> None:
    environment = COMPOSE["services"][name]["environment"]
    loaded = settings.load({key: interpolated(value) for key, value in environment.items()})
    assert (loaded.broker, loaded.partitions) == ("kafka:19092", 4)


def test_every_variable_of_the_file_is_in_the_example_with_the_same_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    used = set(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    assert used == set(DEFAULTS.items())
    assert text.count("${") == len(re.findall(r"\$\{\w+:-[^}]*\}", text))


def test_the_defaults_are_those_of_the_settings() -> None:
    table = {name: default for name, default, _, _ in settings.table()}
    ours = {name: value for name, value in DEFAULTS.items() if name.startswith(PREFIX)}
    assert {name: float(v) if v.isdigit() else v for name, v in ours.items()} == {
        name: float(table[name]) if table[name].replace(".", "").isdigit() else table[name] for name in ours
    }


def test_every_file_that_is_mounted_is_there_and_every_volume_is_declared() -> None:
    sources = [v.split(":")[0] for s in COMPOSE["services"].values() for v in s.get("volumes", [])]
    files = [source for source in sources if source.startswith("./")]
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert {source for source in sources if not source.startswith("./")} == COMPOSE["volumes"].keys()
