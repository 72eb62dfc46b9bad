"""A real Kafka for the tests of this folder, one for the whole session, and fresh topics for each test."""

import asyncio
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import kafka, parts
from streams.commands.topics import create_missing
from streams.settings import Settings

HERE = Path(__file__).parent
JARS = HERE.parents[1] / ".simmer" / "kafka"
"""Kept between sessions, in the folder where `simmer broker` looks for them too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.kafka)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def parts_of_kafka() -> tuple[str, Path]:
    """Java and the folder of jars; where they cannot be had a failure in CI, elsewhere a skip."""
    try:
        return parts.java(), parts.jars(JARS, print)
    except parts.PartMissing as exc:
        if os.environ.get("CI"):
            pytest.fail(f"a real Kafka is required in CI: {exc}", pytrace=False)
        pytest.skip(f"no real Kafka here: {exc}")


@pytest.fixture(scope="session")
def broker(parts_of_kafka: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka that lives as long as the session."""
    java, jars = parts_of_kafka
    address = ("127.0.0.1", free_port())
    node = kafka.start(address, tmp_path_factory.mktemp("broker") / "kafka", jars, java)
    yield "{}:{}".format(*address)
    node.stop()


@pytest.fixture
def undeployed(broker: str, tmp_path: Path) -> Settings:
    """Settings of a deployment of its own, none of whose topics exist yet."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    return Settings(broker=broker, app_id=name, topic_prefix=f"{name}.", data_dir=tmp_path, web_port=0)


@pytest.fixture
def deployment(undeployed: Settings) -> Settings:
    """Settings of a deployment of its own, with all its topics."""
    asyncio.run(create_missing(undeployed))
    return undeployed
