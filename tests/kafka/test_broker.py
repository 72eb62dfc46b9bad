"""`simmer broker` on a real Kafka, as a process: ready when it says so, it keeps, it leaves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams import topic_check
from streams.broker import parts
from streams.commands.topics import create_missing
from streams.free_port import free_port
from streams.settings import Settings

Start = Callable[[], subprocess.Popen[str]]
ROOT = Path(__file__).parents[2]
COMMAND = "from streams.commands.broker import broker; broker()"


@pytest.fixture
def own(parts_of_kafka: tuple[str, Path], tmp_path: Path) -> Settings:
    """Settings of a broker of the test's own, whose jars need no download."""
    _, jars = parts_of_kafka
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / jars.name).symlink_to(jars)
    return Settings(broker=f"127.0.0.1:{free_port('127.0.0.1')}", data_dir=tmp_path)


@pytest.fixture
def start(own: Settings) -> Iterator[Start]:
    """Starts `simmer broker` and returns once it has printed its first line."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "--broker", "kafka"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE,
            env=environment(own),
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"broker: Kafka {parts.version()} is ready at {own.broker}\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def environment(own: Settings) -> dict[str, str]:
    return os.environ | {"SIMMER_BROKER": own.broker, "SIMMER_DATA_DIR": str(own.data_dir)}


def jvms(own: Settings) -> set[int]:
    """The processes that run Kafka on this folder."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended while we looked
            continue
        if f"kafka.Kafka {own.data_dir}" in line:
            found.add(int(process.name))
    return found


def test_it_answers_when_it_says_it_is_ready_and_keeps_topics_over_a_restart(
    own: Settings, start: Start
) -> None:
    first = start()
    asyncio.run(create_missing(own))
    first.terminate()
    assert first.wait(30) == 0

    start()

    assert asyncio.run(topic_check.found(own)) == topic_check.wanted(own)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0_and_no_jvm_left(
    own: Settings, start: Start, number: signal.Signals
) -> None:
    process = start()
    assert len(jvms(own)) == 1

    process.send_signal(number)

    assert process.wait(30) == 0
    assert jvms(own) == set()
    # Kafka writes it when it stopped in order; it lacks where the kernel had to end it with us.
    assert (own.data_dir / "kafka" / "data" / ".kafka_cleanshutdown").exists()


def test_killed_without_a_chance_to_stop_it_still_leaves_no_jvm(own: Settings, start: Start) -> None:
    process = start()

    process.kill()

    deadline = time.monotonic() + 10
    while jvms(own) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert jvms(own) == set()


def test_a_second_one_on_the_same_folder_refuses_in_one_line(own: Settings, start: Start) -> None:
    start()

    second = refused(own, broker=f"127.0.0.1:{free_port('127.0.0.1')}")

    assert second == f"Error: SIMMER_DATA_DIR={own.data_dir}: another broker runs on this folder"
    assert len(jvms(own)) == 1


def test_a_kafka_that_cannot_start_ends_the_command_with_its_first_error(own: Settings) -> None:
    (own.data_dir / "kafka" / "data").mkdir()
    (own.data_dir / "kafka" / "data" / "meta.properties").write_text("version=1\ncluster.id=x\n", "utf-8")

    line = refused(own)

    assert line.startswith("Error: Kafka ended before it was ready: ")
    assert "meta.properties" in line or "node.id" in line
    assert line.endswith(f"(see {own.data_dir / 'broker.log'})")


def test_a_kafka_that_dies_ends_the_command_with_exit_code_1(own: Settings, start: Start) -> None:
    process = start()

    os.kill(next(iter(jvms(own))), signal.SIGKILL)

    assert process.wait(10) == 1


def refused(own: Settings, broker: str | None = None) -> str:
    """The last line of a command that refuses, having shown no trace and left nothing running."""
    run = subprocess.run(
        [sys.executable, "-c", COMMAND, "--broker", "kafka"],
        cwd=ROOT, text=True, capture_output=True, timeout=60, check=False,
        env=environment(own) | {"SIMMER_BROKER": broker or own.broker},
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (1, "")
    assert "Traceback" not in run.stderr
    return run.stderr.splitlines()[-1]
