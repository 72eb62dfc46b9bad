"""The check of topics, without a broker: what it says of them, and of a broker that is not there."""

import socket
import time

import pytest
from click.testing import CliRunner

from schemas import topics as catalogue
from streams.commands.topics import topics
from streams.settings import Settings
from streams.topic_check import Shape, problems, too_small, topic_name, wanted


def test_the_prefix_comes_before_every_topic_but_the_changelog() -> None:
    settings = Settings(app_id="app", topic_prefix="eu.")

    names = [topic_name(settings, topic) for topic in catalogue.everything("app")]

    assert names == [
        "eu.support.chat", "eu.support.call", "eu.support.ticket", "eu.support.care",
        "eu.simmer.control", "eu.simmer.interventions",
        "eu.simmer.moods", "eu.simmer.dead-letters", "eu.simmer.dead-letters.parked",
        "app-customers-changelog",
    ]  # fmt: skip
    assert list(wanted(settings)) == names


def test_missing_and_unequal_topics_are_problems_and_equal_and_foreign_ones_are_not() -> None:
    found = {"equal": Shape(4, None), "unequal": Shape(12, None), "foreign": Shape(1, None)}

    lines = problems({name: Shape(4, 1) for name in ("equal", "unequal", "missing")}, found)

    assert lines == [
        "topic unequal: has 12 partitions, wants 4",
        "topic missing: missing, wants 4 partitions",
    ]


def test_a_limit_on_records_matters_only_where_it_is_lower_than_ours() -> None:
    want = dict.fromkeys(("lower", "same", "higher", "untold", "missing"), Shape(4, 100))
    found = {
        n: Shape(4, size) for n, size in {"lower": 99, "same": 100, "higher": 101, "untold": None}.items()
    }

    assert too_small(want, found) == ["topic lower: max.message.bytes is 99, wants 100"]


@pytest.mark.parametrize("command", ["create", "check", "list"])
def test_a_broker_that_is_not_there_is_one_line_naming_the_setting(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
        monkeypatch.setenv("SIMMER_BROKER", address)

        result = CliRunner().invoke(topics, [command])

    assert result.output == f"Error: SIMMER_BROKER={address}: no broker answers there\n"
    assert result.exit_code == 1


def test_a_broker_that_is_silent_is_given_up_after_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("SIMMER_BROKER", f"127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()

        result = CliRunner().invoke(topics, ["check"])

    assert result.output.endswith(": no broker answers there\n")
    assert time.monotonic() - began < 7


def test_wrong_settings_are_told_before_any_broker_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMMER_PARTITIONS", "none")

    result = CliRunner().invoke(topics, ["check"])

    assert result.output == "Error: SIMMER_PARTITIONS='none': must be a whole number from 1 to 1000\n"
