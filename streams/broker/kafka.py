"""A real Kafka as a child process: one node, KRaft, loopback, its data kept between runs."""

import asyncio
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiokafka.client import AIOKafkaClient

from streams.free_port import free_port

READY_WITHIN_S = 120.0
STOP_WITHIN_S = 30.0
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


class BrokerRefused(Exception):  # noqa: N818 - says why, in one line
    """No broker can run with these settings: one line that says why; nothing was left running."""


@dataclass(frozen=True, slots=True)
class Node:
    """A running Kafka, the file that it logs to, and our claim on its folder."""

    process: subprocess.Popen[bytes]
    log: Path
    lock: IO[bytes]

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it, cleanly where it allows; afterwards nothing of it runs."""
        if self.alive():
            self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.lock.close()

    def last_words(self) -> str:
        """Why it ended, from its log: the first error there, else where the log is."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        errors = [line for line in lines if " ERROR " in line or "Exception" in line]
        return f"{errors[0].strip()} (see {self.log})" if errors else f"see {self.log}"


@dataclass(frozen=True, slots=True)
class Extra:
    """What a test's broker has beyond ours; of two properties with one name the later, this one's, counts."""

    listeners: Sequence[str] = ()
    properties: str = ""
    format_options: Sequence[str] = ()


PLAIN = Extra()


def start(address: tuple[str, int], folder: Path, jars: Path, java: str, extra: Extra = PLAIN) -> Node:
    """Run a Kafka at a loopback address with its data in `folder`; returns once it answers."""
    with ExitStack() as undone_on_failure:
        lock = undone_on_failure.enter_context(_claimed(folder))
        log = folder.parent / "broker.log"
        command = [java, "-Xmx512m", *_LOGGING, "-cp", str(jars / "*")]
        node = Node(_spawned(address, folder, command, log, extra), log, lock)
        undone_on_failure.callback(node.stop)
        try:
            wait_until_ready(address, node.alive)
        except BrokerRefused as exc:
            raise BrokerRefused(f"{exc}: {node.last_words()}") from None
        undone_on_failure.pop_all()
    return node


def _spawned(
    address: tuple[str, int], folder: Path, java: list[str], log: Path, extra: Extra
) -> subprocess.Popen[bytes]:
    properties, data = folder / "server.properties", (folder / "data").resolve()
    properties.write_text(_properties(address, free_port("127.0.0.1"), data, extra), "utf-8")
    if not (data / "meta.properties").exists():
        _format([*java, "kafka.tools.StorageTool"], properties, log, extra.format_options)
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603 - arguments of our own
            [*java, "kafka.Kafka", str(properties)],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            # Its own session: Ctrl-C reaches us alone, and we stop it in order.
            start_new_session=True, preexec_fn=dies_with_parent(),  # noqa: PLW1509 - one system call
        )  # fmt: skip


def wait_until_ready(address: tuple[str, int], alive: Callable[[], bool]) -> None:
    """Return once a broker at the address answers a metadata request; `BrokerRefused` where it never does."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if not alive():
            raise BrokerRefused("Kafka ended before it was ready")
        # An open port says little; and without one, the client would say much.
        if _open(address) and asyncio.run(_answers(address)):
            return
        time.sleep(0.1)
    raise BrokerRefused(f"Kafka was not ready within {READY_WITHIN_S:.0f} s")


async def _answers(address: tuple[str, int]) -> bool:
    client = AIOKafkaClient(bootstrap_servers="{}:{}".format(*address), request_timeout_ms=5000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except Exception:  # noqa: BLE001 - whatever it is, the broker is not ready yet, and the deadline decides
        return False
    finally:
        await client.close()


def _open(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def _claimed(folder: Path) -> IO[bytes]:
    """The folder's lock, ours until closed or until we die: a second Kafka would spoil the first's log."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        line = f"SIMMER_DATA_DIR={folder.parent}: another broker runs on this folder"
        raise BrokerRefused(line) from None
    return lock


def _format(command: list[str], properties: Path, log: Path, options: Sequence[str]) -> None:
    """Prepare the data folder; Kafka starts on no other."""
    name = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "_")
    arguments = ["format", "--standalone", "--ignore-formatted", "-t", name, "-c", str(properties), *options]
    run = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    log.write_text(run.stdout + run.stderr, "utf-8")
    if run.returncode:
        raise BrokerRefused(f"Kafka could not prepare {properties.parent}: see {log}")


def dies_with_parent() -> Callable[[], None] | None:
    """On Linux, what a child runs so that the kernel ends it when we die without a chance to."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    parent, pr_set_pdeathsig = os.getpid(), 1

    def ask() -> None:
        prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _properties(address: tuple[str, int], controller_port: int, data: Path, extra: Extra) -> str:
    listeners = ["PLAINTEXT://{}:{}".format(*address), *extra.listeners]
    return f"""\
# Written by `simmer broker` at each start.
process.roles=broker,controller
node.id=1
listeners={",".join(listeners)},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# Replayed events may carry any time.
log.message.timestamp.after.max.ms=9223372036854775807
# The default of 128 MiB is a quarter of this heap.
log.cleaner.dedupe.buffer.size=16777216
{extra.properties}"""
