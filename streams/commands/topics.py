"""`simmer topics`: every topic of this deployment, changelogs too, made, checked and shown."""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import click
from aiokafka.admin import NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, NoError, TopicAlreadyExistsError, for_code
from rich.console import Console
from rich.table import Table

from schemas.topics import Topic, everything
from streams import topic_check
from streams.commands import common
from streams.settings import Settings
from streams.topic_check import BrokerUnreachable, Shape, topic_name

WIDE = 250
SEEN_WITHIN_S = 15.0
Answer = TypeVar("Answer")


@click.group("topics")
def topics() -> None:
    """Create, check or list every topic this deployment needs."""


@topics.command("create")
def create() -> None:
    """Create what is missing, with SIMMER_PARTITIONS partitions each; what is there is left as it is."""
    settings = common.settings()
    for line in _asked(create_missing(settings)):
        click.echo(line)
    _refuse(topic_check.problems(topic_check.wanted(settings), _asked(topic_check.found(settings))))


@topics.command("check")
def check() -> None:
    """Exit 1 with a line for each topic that is missing, unequal or refuses large records."""
    settings = common.settings()
    wanted, found = topic_check.wanted(settings), _asked(topic_check.found(settings))
    _refuse(topic_check.problems(wanted, found) + topic_check.too_small(wanted, found))
    click.echo(f"all {len(wanted)} topics are there, with {settings.partitions} partitions each")


@topics.command("list")
def list_() -> None:
    """Show each topic: its role, partitions wanted and found, how long it is kept, who reads it."""
    settings = common.settings()
    found = _asked(topic_check.found(settings))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("topic", "role", "wanted", "found", "kept", "readers", "meaning"):
        table.add_column(column, overflow="fold", no_wrap=column == "topic")
    for topic in everything(settings.app_id):
        name = topic_name(settings, topic)
        table.add_row(*_row(settings, topic, name, found.get(name)))
    # In a file or a pipe each topic is one line, however wide.
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def _row(settings: Settings, topic: Topic, name: str, found: Shape | None) -> tuple[str, ...]:
    kept = "newest per key" if topic.retention_days is None else f"{topic.retention_days} days"
    there = str(found.partitions) if found else "missing"
    return name, topic.role, str(settings.partitions), there, kept, topic.readers, topic.meaning


def _asked(answer: Coroutine[Any, Any, Answer]) -> Answer:
    """What the broker answered; where none does, the command ends with a line."""
    common.quiet()
    try:
        return asyncio.run(answer)
    except BrokerUnreachable as exc:
        common.fail(str(exc))


def _refuse(lines: list[str]) -> None:
    if lines:
        common.fail("\n".join(lines))


async def create_missing(settings: Settings) -> list[str]:
    """Create what is not there; returns a line for each topic, and ends the command where one is refused."""
    there = await topic_check.found(settings)
    missing = [topic for topic in everything(settings.app_id) if topic_name(settings, topic) not in there]
    lines = [f"topic {name}: is there" for name in there]
    if missing:
        lines += await _create(settings, missing)
        await _seen(settings)
    return lines


async def _seen(settings: Settings) -> None:
    """Wait until the brokers tell of every topic: they do so a moment after the controller made it."""
    wanted = topic_check.wanted(settings).keys()
    with suppress(TimeoutError):
        async with asyncio.timeout(SEEN_WITHIN_S):
            while wanted - (await topic_check.found(settings)).keys():  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)


async def _create(settings: Settings, missing: list[Topic]) -> list[str]:
    names = [topic_name(settings, topic) for topic in missing]
    async with topic_check.admin(settings) as client:
        try:
            answer = await client.create_topics([_new(settings, topic) for topic in missing])
        except IncompatibleBrokerVersion:
            # The stand-in has no such request, but makes a topic that it is asked about.
            await client.describe_topics(names)
            return [f"topic {name}: made by the stand-in, without our limits" for name in names]
    codes = {name: (for_code(code), message) for name, code, message in answer.topic_errors}
    _refuse([f"topic {name}: {message or error.__name__}" for name, (error, message) in codes.items()
             if error not in (NoError, TopicAlreadyExistsError)])  # fmt: skip
    return [f"topic {name}: created with {settings.partitions} partitions" for name in names]


def _new(settings: Settings, topic: Topic) -> NewTopic:
    new = NewTopic(topic_name(settings, topic), settings.partitions, 1, topic_configs=topic.config())
    # Set afterwards: its constructor takes the broker's own default, -1, for a mistake.
    new.replication_factor = settings.replication
    return new
