"""A real Kafka for the tests of this folder, one for the whole session, and fresh topics for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import parts
from streams.settings import Settings
from tests.kafka.cluster import kafka_parts, named_anew, real_kafka, with_topics

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
def parts_of_kafka() -> tuple[str, Path]:
    """Java and the folder of jars; where they cannot be had a failure in CI, elsewhere a skip."""
    try:
        return kafka_parts()
    except parts.PartMissing as exc:
        if os.environ.get("CI"):
            pytest.fail(f"a real Kafka is required in CI: {exc}", pytrace=False)
        pytest.skip(f"no real Kafka here: {exc}")


@pytest.fixture(scope="session")
def broker(parts_of_kafka: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka that lives as long as the session."""
    with real_kafka(tmp_path_factory.mktemp("broker")) as address:
        yield address


@pytest.fixture
def undeployed(broker: str, tmp_path: Path) -> Settings:
    """Settings of a deployment of its own, none of whose topics exist yet."""
    return named_anew(Settings(broker=broker, data_dir=tmp_path, web_port=0, clock="stream"))


@pytest.fixture
def deployment(undeployed: Settings) -> Settings:
    """Settings of a deployment of its own, with all its topics."""
    return with_topics(undeployed)
