"""`simmer topics` against a real Kafka: what it makes, what it refuses, what it shows."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from click.testing import CliRunner, Result

from schemas import topics as catalogue
from streams import topic_check
from streams.commands.topics import topics
from streams.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one of the commands with these settings."""

    def run(settings: Settings, command: str) -> Result:
        for name in ("broker", "app_id", "topic_prefix", "partitions"):
            monkeypatch.setenv(f"SIMMER_{name.upper()}", str(getattr(settings, name)))
        return CliRunner().invoke(topics, [command])

    return run


def test_create_makes_every_topic_and_says_the_second_time_that_they_are_there(
    undeployed: Settings, run: Run
) -> None:
    names = list(topic_check.wanted(undeployed))

    first, second = run(undeployed, "create"), run(undeployed, "create")

    assert first.output.splitlines() == [f"topic {name}: created with 4 partitions" for name in names]
    assert second.output.splitlines() == [f"topic {name}: is there" for name in names]
    assert (first.exit_code, second.exit_code) == (0, 0)
    said = f"all {len(names)} topics are there, with 4 partitions each\n"
    assert run(undeployed, "check").output == said


async def test_a_created_changelog_is_compacted_and_an_input_takes_4_mib(deployment: Settings) -> None:
    names = [f"{deployment.app_id}-customers-changelog", f"{deployment.topic_prefix}support.chat"]
    keys = dict.fromkeys(("cleanup.policy", "max.message.bytes", "retention.ms"))

    async with topic_check.admin(deployment) as client:
        answers = await client.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, keys) for name in names]
        )

    configs = {row[3]: {entry[0]: entry[1] for entry in row[4]} for a in answers for row in a.resources}
    assert configs[names[0]]["cleanup.policy"] == "compact"
    assert configs[names[1]] == catalogue.CHAT.config()


def test_check_names_each_missing_topic(undeployed: Settings, run: Run) -> None:
    result = run(undeployed, "check")

    assert result.exit_code == 1
    assert result.output.removeprefix("Error: ").splitlines() == [
        f"topic {name}: missing, wants 4 partitions" for name in topic_check.wanted(undeployed)
    ]


async def _make(settings: Settings, name: str, partitions: int) -> None:
    async with topic_check.admin(settings) as client:
        await client.create_topics([NewTopic(name, partitions, 1)])


async def test_an_unequal_topic_is_named_and_left_as_it_is(undeployed: Settings, run: Run) -> None:
    name = f"{undeployed.topic_prefix}support.call"
    await _make(undeployed, name, 3)

    created, checked = await _in_thread(run, undeployed, "create"), await _in_thread(run, undeployed, "check")

    assert created.exit_code == 1
    assert created.output.splitlines()[-1] == f"Error: topic {name}: has 3 partitions, wants 4"
    assert checked.exit_code == 1
    assert checked.output.splitlines() == [
        f"Error: topic {name}: has 3 partitions, wants 4",
        f"topic {name}: max.message.bytes is 1048588, wants 4194304",
    ]


async def _in_thread(run: Run, settings: Settings, command: str) -> Result:
    """The command as it runs in a process of its own: without a loop around it."""
    return await asyncio.to_thread(run, settings, command)


def test_list_shows_each_topic_on_one_line_with_partitions_wanted_and_found(
    deployment: Settings, run: Run
) -> None:
    lines = run(replace(deployment, partitions=5), "list").output.splitlines()

    assert lines[0].split() == ["topic", "role", "wanted", "found", "kept", "readers", "meaning"]
    assert [line.split()[:4] for line in lines[1:]] == [
        [topic_check.topic_name(deployment, topic), topic.role, "5", "4"]
        for topic in catalogue.everything(deployment.app_id)
    ]
    assert "newest per key" in lines[-1]
