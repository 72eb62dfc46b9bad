"""Whether the topics that a deployment needs are there, each with the same number of partitions."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
    for_code,
)

from schemas import topics
from schemas.topics import Topic
from streams import unreachable
from streams.connection import client_options
from streams.settings import Settings

ANSWER_WITHIN_S = 5.0
_MAX_BYTES = "max.message.bytes"


class BrokerUnreachable(Exception):  # noqa: N818 - says which, in one line
    """The broker did not answer, or refused to: one line that names `SIMMER_BROKER`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is checked of a topic; `max_message_bytes` is None where the broker does not tell."""

    partitions: int
    max_message_bytes: int | None


def topic_name(settings: Settings, topic: Topic) -> str:
    """The topic's name on the broker: with the prefix, but a changelog's is named by Faust."""
    return topic.name if topic.role == "changelog" else settings.topic_prefix + topic.name


def wanted(settings: Settings) -> dict[str, Shape]:
    """Every topic of this deployment, by its name on the broker."""
    return {
        topic_name(settings, topic): Shape(settings.partitions, topic.max_message_bytes)
        for topic in topics.everything(settings.app_id)
    }


def wanted_by_worker(settings: Settings) -> dict[str, Shape]:
    """The same without the topic of parked letters: a worker has nothing to do with it, nor a right to it."""
    parked = topic_name(settings, topics.PARKED)
    return {name: shape for name, shape in wanted(settings).items() if name != parked}


def problems(wanted: Mapping[str, Shape], found: Mapping[str, Shape]) -> list[str]:
    """A line for each topic that is missing or has another number of partitions: no worker may start on it.

    >>> problems({"a": Shape(4, None), "b": Shape(4, None)}, {"b": Shape(3, None)})
    ['topic a: missing, wants 4 partitions', 'topic b: has 3 partitions, wants 4']
    """
    lines = []
    for name, shape in wanted.items():
        if name not in found:
            lines.append(f"topic {name}: missing, wants {shape.partitions} partitions")
        elif found[name].partitions != shape.partitions:
            lines.append(f"topic {name}: has {found[name].partitions} partitions, wants {shape.partitions}")
    return lines


def too_small(wanted: Mapping[str, Shape], found: Mapping[str, Shape]) -> list[str]:
    """A line for each topic that refuses records of a size that we may send.

    >>> too_small({"a": Shape(4, 4194304), "b": Shape(4, 1)}, {"a": Shape(4, 1048588), "b": Shape(4, None)})
    ['topic a: max.message.bytes is 1048588, wants 4194304']
    """
    return [
        f"topic {name}: {_MAX_BYTES} is {there}, wants {shape.max_message_bytes}"
        for name, shape in wanted.items()
        if name in found
        and (there := found[name].max_message_bytes) is not None
        and there < (shape.max_message_bytes or 0)
    ]


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client of the broker; raises `BrokerUnreachable` where none answers within 5 s, or it refuses."""
    client = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=int(ANSWER_WITHIN_S * 1000))
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await client.start()
        yield client
    except TimeoutError:
        raise BrokerUnreachable(f"SIMMER_BROKER={settings.broker}: no broker answers there") from None
    except (KafkaConnectionError, OSError):
        raise BrokerUnreachable(await unreachable.why(settings)) from None
    except KafkaError as exc:
        raise BrokerUnreachable(f"SIMMER_BROKER={settings.broker}: the broker refuses ({exc})") from None
    finally:
        await client.close()


async def found(settings: Settings) -> dict[str, Shape]:
    """Those of this deployment's topics that are on the broker; raises `BrokerUnreachable`."""
    async with admin(settings) as client:
        partitions = await _partitions(client, wanted(settings))
        sizes = await _sizes(client, list(partitions))
    return {name: Shape(count, sizes.get(name)) for name, count in partitions.items()}


async def _partitions(client: AIOKafkaAdminClient, names: Mapping[str, Shape]) -> dict[str, int]:
    # Of all topics: asking for one that is not there would make the stand-in create it.
    answer = await client.describe_topics()
    there = {row["topic"]: len(row["partitions"]) for row in answer if not row["error_code"]}
    return {name: there[name] for name in names if name in there}


async def _sizes(client: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, {_MAX_BYTES: None}) for name in names]
    try:
        answers = await client.describe_configs(resources)
    except IncompatibleBrokerVersion:  # the stand-in
        return {}
    sizes: dict[str, int] = {}
    for answer in answers:
        for error_code, message, _, name, entries in answer.resources:
            if error_code == TopicAuthorizationFailedError.errno:
                continue  # without DescribeConfigs the broker does not tell, and a worker needs none
            if error_code:
                raise for_code(error_code)(message)
            sizes[name] = int(next(value for key, value, *_ in entries if key == _MAX_BYTES))
    return sizes
