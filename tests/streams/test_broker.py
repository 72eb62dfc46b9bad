"""Getting a broker where no real Kafka runs: refusals, the fall-back, what the stand-in can do."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from streams import topic_check
from streams.broker import parts, run, stand_in
from streams.broker.kafka import BrokerRefused
from streams.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a free port and a folder of their own."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return Settings(broker=f"127.0.0.1:{s.getsockname()[1]}", data_dir=tmp_path, partitions=3)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the path, with what a script needs and neither Java nor Maven."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("sh", "mkdir", "touch", "sleep"):
        (folder / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


JAVA_17 = """echo 'openjdk version "17.0.15" 2025-04-15' >&2"""
MAVEN = 'for last; do :; done; jars="${last#*=}"; mkdir -p "$jars"; touch "$jars/kafka_2.13.jar"'


def without_kafka(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """`simmer broker` as a process that inherits the path."""
    return subprocess.Popen(
        [sys.executable, "-c", "from streams.commands.broker import broker; broker()", *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"SIMMER_BROKER": settings.broker, "SIMMER_DATA_DIR": str(settings.data_dir)},
    )  # fmt: skip


def test_without_java_it_falls_back_and_says_so_why_and_what_does_not_hold(
    settings: Settings, path: Path
) -> None:
    process = without_kafka(settings)
    assert process.stdout is not None
    ready = process.stdout.readline()
    process.terminate()
    _, announced = process.communicate(timeout=30)

    assert ready == f"broker: the stand-in is ready at {settings.broker}\n"
    assert "THIS IS NOT KAFKA" in announced
    assert "no Java 17 or newer: neither JAVA_HOME is set nor `java` on the path" in announced
    assert all(line in announced for line in stand_in.DOES_NOT_HOLD)
    assert process.returncode == 0


def test_asked_for_kafka_alone_it_does_not_fall_back(settings: Settings, path: Path) -> None:
    script(path / "java", JAVA_17)

    process = without_kafka(settings, "--broker", "kafka")
    output = process.communicate(timeout=30)

    assert output == ("", "Error: no Maven: `mvn` is not on the path\n")
    assert process.returncode == 1


def test_a_java_too_old_is_told_with_its_version(path: Path) -> None:
    script(path / "java", """echo 'java version "1.8.0_392"' >&2""")

    with pytest.raises(parts.PartMissing, match=f"no Java 17 or newer: {path}/java is Java 8"):
        parts.java()


def test_java_home_comes_before_the_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    script(path / "java", JAVA_17)

    with pytest.raises(parts.PartMissing, match="/nowhere/bin/java does not run"):
        parts.java()


def test_jars_are_fetched_once_and_then_kept(path: Path, tmp_path: Path) -> None:
    script(path / "mvn", MAVEN)
    first = parts.jars(tmp_path / "kafka", print)
    script(path / "mvn", "exit 1")

    second = parts.jars(tmp_path / "kafka", print)

    assert first == second == tmp_path / "kafka" / f"jars-{parts.version()}"
    assert [jar.name for jar in second.iterdir()] == ["kafka_2.13.jar"]


def test_jars_of_a_relative_folder_land_there_and_not_beside_the_pom(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Maven runs where it likes; the folder it is given must mean the same to it."""
    script(path / "mvn", f"cd / && {{ {MAVEN}; }}")
    monkeypatch.chdir(tmp_path)
    jars = parts.jars(Path("kept"), print)
    assert list((tmp_path / jars).glob("kafka_*.jar"))


def test_a_download_that_fails_half_way_leaves_nothing_and_tells_mavens_first_error(
    path: Path, tmp_path: Path
) -> None:
    script(path / "mvn", f"{MAVEN}; echo '[ERROR] no route to host -> [Help 1]'; echo '[ERROR] more'; exit 1")

    with pytest.raises(parts.PartMissing, match=r"could not fetch Kafka \S+: no route to host$"):
        parts.jars(tmp_path / "kafka", print)

    assert list((tmp_path / "kafka").iterdir()) == []


def test_a_maven_that_falls_silent_is_given_up(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SILENCE_S", 0.2)
    script(path / "mvn", "exec sleep 60")

    with pytest.raises(parts.PartMissing, match="it said nothing for"):
        parts.jars(tmp_path / "kafka", print)


def test_progress_counts_files_and_megabytes(path: Path, tmp_path: Path) -> None:
    line = "[INFO] Downloaded from central: URL/a.jar (6.5 MB at 31 MB/s)"
    script(path / "mvn", f"{MAVEN}; echo '{line}'; echo '{line}'")
    told: list[str] = []

    parts.jars(tmp_path / "kafka", told.append)

    assert told[-1] == f"fetched Kafka {parts.version()}: 2 files, 13.0 MB"


def test_a_port_in_use_is_one_line_naming_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        broker = f"127.0.0.1:{other.getsockname()[1]}"

        with pytest.raises(BrokerRefused) as refusal:
            run.start(Settings(broker=broker), "auto", print)

    assert str(refusal.value).startswith(f"SIMMER_BROKER={broker}: the port is in use")


@pytest.mark.parametrize(
    "broker",
    ["kafka-1:9092", "127.0.0.1:9092,127.0.0.1:9093", "10.0.0.1:9092", "0.0.0.0:9092", "127.0.0.1:0"],
)
def test_only_one_loopback_address_is_served(broker: str) -> None:
    with pytest.raises(BrokerRefused) as refusal:
        run.local_address(broker)

    assert str(refusal.value) == (
        f"SIMMER_BROKER={broker}: a local broker serves one loopback address, such as 127.0.0.1:9092"
    )


@pytest.fixture
def substitute(settings: Settings) -> Iterator[Settings]:
    """A stand-in at the settings' address."""
    broker = run.start(settings, "stand-in", print)
    yield settings
    broker.stop()


@pytest.fixture
async def producer(substitute: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A transactional producer on the stand-in."""
    client = AIOKafkaProducer(bootstrap_servers=substitute.broker, transactional_id="lane-1")
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def consumer(substitute: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that reads committed records, and checks their checksums, as ours all do."""
    client = AIOKafkaConsumer(
        bootstrap_servers=substitute.broker, group_id="simmer", isolation_level="read_committed",
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    await client.start()
    client.assign([PLACE])
    yield client
    await client.stop()


PLACE = TopicPartition("support.chat", 1)


async def send(producer: AIOKafkaProducer, value: bytes, offset: int, *, commit: bool = True) -> None:
    """One transaction: a record, and the group's offset."""
    await producer.begin_transaction()
    await producer.send_and_wait(PLACE.topic, value, partition=PLACE.partition)
    await producer.send_offsets_to_transaction({PLACE: OffsetAndMetadata(offset, "kept")}, "simmer")
    await (producer.commit_transaction() if commit else producer.abort_transaction())


async def test_the_stand_in_starts_with_all_topics_and_their_partitions(substitute: Settings) -> None:
    found = await topic_check.found(substitute)

    assert topic_check.problems(topic_check.wanted(substitute), found) == []


async def test_the_stand_in_delivers_committed_transactions_with_checksums_that_hold(
    producer: AIOKafkaProducer, consumer: AIOKafkaConsumer
) -> None:
    await send(producer, b"one", 5)
    await send(producer, b"two", 6)

    records = [await asyncio.wait_for(consumer.getone(), 10) for _ in range(2)]

    assert [record.value for record in records] == [b"one", b"two"]


async def test_the_stand_in_keeps_offsets_of_committed_transactions_and_drops_those_of_aborted(
    producer: AIOKafkaProducer, consumer: AIOKafkaConsumer
) -> None:
    assert await consumer.committed(PLACE) is None

    await send(producer, b"one", 5)
    await send(producer, b"two", 9, commit=False)

    assert await consumer.committed(PLACE) == 5


async def test_on_the_stand_in_a_plain_commit_after_a_transaction_is_the_newer_one(
    producer: AIOKafkaProducer, consumer: AIOKafkaConsumer
) -> None:
    await send(producer, b"one", 5)

    await consumer.commit({PLACE: OffsetAndMetadata(7, "")})

    assert await consumer.committed(PLACE) == 7
