"""Sets the stage for a demo: a broker, its topics and a worker of its own, all gone when it is over."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import IO

from aiohttp import ClientError, ClientSession, ClientTimeout

from streams.broker import parts
from streams.broker.kafka import dies_with_parent
from streams.free_port import free_port
from streams.settings import Settings

STOP_WITHIN_S = 40.0
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.2
LAST_LINES = 12

Tell = Callable[[str], None]
Process = asyncio.subprocess.Process


class Unstaged(Exception):  # noqa: N818 - says what is missing, in one line or a few
    """The demo cannot go on: what did not start, or ended, and its last lines."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs: which broker, with which settings, and the two processes that must go on running."""

    settings: Settings
    broker: str
    broker_process: Process
    worker_process: Process
    worker_log: Path


def own_settings(settings: Settings) -> Settings:
    """The user's settings in a folder of the demo's own, on free ports where the user named none."""
    changes: dict[str, object] = {"data_dir": settings.data_dir / f"demo-{os.getpid()}", "clock": "stream"}
    if "SIMMER_BROKER" not in os.environ:
        changes["broker"] = f"127.0.0.1:{free_port('127.0.0.1')}"
    if "SIMMER_WEB_PORT" not in os.environ:
        changes["web_port"] = free_port(settings.web_host)
    return replace(settings, **changes)  # type: ignore[arg-type]


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "SIMMER_BROKER": settings.broker,
        "SIMMER_WEB_PORT": str(settings.web_port),
        "SIMMER_DATA_DIR": str(settings.data_dir),
        "SIMMER_CLOCK": settings.clock,
        "PYTHONUNBUFFERED": "1",
    }


@asynccontextmanager
async def running(
    settings: Settings, arguments: Sequence[str], out: int | IO[bytes]
) -> AsyncIterator[Process]:
    """One of our commands as a child process; on leaving it is stopped, and it ends if we are killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streams.cli", *arguments,
        env=_environment(settings), stdin=DEVNULL, stdout=out, stderr=None if out == PIPE else STDOUT,
        # Its own session: Ctrl-C reaches us alone, and we stop our children in order.
        start_new_session=True, preexec_fn=dies_with_parent(),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


@contextmanager
def _folder(settings: Settings, jars_kept: Path) -> Iterator[None]:
    """The demo's own folder, gone afterwards; the broker's jars in it are those that were fetched before."""
    jars = settings.data_dir / "kafka" / jars_kept.name
    jars.parent.mkdir(parents=True)
    if jars_kept.exists():
        jars.symlink_to(jars_kept.resolve(), target_is_directory=True)
    try:
        yield
    finally:
        if jars.exists() and not jars.is_symlink() and not jars_kept.exists():
            # Fetched by this demo: the next one need not.
            jars_kept.parent.mkdir(parents=True, exist_ok=True)
            jars.rename(jars_kept)
        shutil.rmtree(settings.data_dir, ignore_errors=True)


@asynccontextmanager
async def staged(settings: Settings, kind: str, tell: Tell) -> AsyncIterator[Stage]:
    """Broker, topics and worker, ready for events; raises `Unstaged`. On leaving nothing of it runs."""
    own = own_settings(settings)
    kept = settings.data_dir / "kafka" / f"jars-{parts.version()}"
    with _folder(own, kept):
        async with running(own, ["broker", "--broker", kind], PIPE) as broker:
            name = await _ready_line(broker, tell)
            async with running(own, ["topics", "create"], PIPE) as topics:
                said, _ = await topics.communicate()
            if topics.returncode:
                raise Unstaged("`simmer topics create` failed")
            tell(f"topics: {len(said.splitlines())} are there, with {own.partitions} partitions each")
            log = own.data_dir / "worker.log"
            with log.open("wb") as out:
                async with running(own, ["worker"], out) as worker:
                    stage = Stage(own, name, broker, worker, log)
                    await _until_ready(stage, tell)
                    yield stage


async def _ready_line(broker: Process, tell: Tell) -> str:
    """What kind of broker it is, once it says that it is ready."""
    assert broker.stdout is not None  # noqa: S101 - it was asked for as a pipe
    async for raw in broker.stdout:
        line = raw.decode().rstrip()
        tell(line)
        if " is ready at " in line:
            name = line.removeprefix("broker: ").partition(" is ready at ")[0]
            return name if name.startswith("Kafka ") else f"{name}, which is not Kafka"
    raise Unstaged("the broker did not start")


async def _until_ready(stage: Stage, tell: Tell) -> None:
    settings = stage.settings
    url = f"http://{settings.web_host}:{settings.web_port}/readyz"
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    async with ClientSession(timeout=ClientTimeout(total=2)) as session:
        while not await _answers(session, url):
            if stage.worker_process.returncode is not None:
                raise Unstaged(worker_ended(stage))
            if asyncio.get_running_loop().time() > deadline:
                raise Unstaged(
                    f"the worker was not ready within {READY_WITHIN_S:.0f} s\n{_last_lines(stage)}"
                )
            await asyncio.sleep(LOOK_EVERY_S)
    tell(f"worker: ready at {url.removesuffix('/readyz')}")


async def _answers(session: ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.ok
    except (ClientError, TimeoutError):
        return False


def worker_ended(stage: Stage) -> str:
    """That the worker ended, with its exit code and its last lines."""
    return f"the worker ended with exit code {stage.worker_process.returncode}\n{_last_lines(stage)}".rstrip()


def _last_lines(stage: Stage) -> str:
    said = stage.worker_log.read_text("utf-8", "replace").splitlines()
    # Faust's banner says nothing about an end.
    return "\n".join([line for line in said if not line.startswith(("|", "+", "ƒ"))][-LAST_LINES:])
