"""The process: refuses to start with one line, and stops with one line when it must."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import faust

from streams import connection, permissions, topic_check
from streams.ending import end_anyway
from streams.hush import hush
from streams.settings import Settings
from streams.watchdog import Watchdog, standing

EX_REFUSED = 1

COLLECT_EVERY = 300_000
"""New containers between two looks of the collector; with Python's 700 it took a tenth of the time."""


class Stopping:
    """How anything in the worker asks for its end: the first line is kept, and SIGTERM's way is taken."""

    line: str | None = None

    def ask(self, line: str) -> None:
        """Stop as on SIGTERM, then say this line and exit with 1."""
        if self.line is None:
            self.line = line
            os.kill(os.getpid(), signal.SIGTERM)


def worker_dir(settings: Settings) -> Path:
    """Where this deployment's worker keeps its files."""
    return settings.data_dir / "worker" / settings.app_id


def _port_problem(settings: Settings, port: int) -> str | None:
    host = settings.web_host
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            return f"SIMMER_WEB_HOST={host} SIMMER_WEB_PORT={port}: {exc.strerror}; 0 takes a free port"
    return None


def refusals(settings: Settings, port: int | None) -> list[str]:
    """Why this worker may not start; empty when it may."""
    found: list[str] = []
    try:
        worker_dir(settings).mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        found.append(
            f"SIMMER_DATA_DIR={settings.data_dir}: {exc.strerror}; must be a folder that can be written"
        )
    if port is not None and (problem := _port_problem(settings, port)) is not None:
        found.append(problem)
    try:
        # First: a topic that this user may not see would be told as missing.
        if barred := asyncio.run(permissions.lacking(settings)):
            return [*found, *barred, permissions.ADVICE]
        there = asyncio.run(topic_check.found(settings))
    except topic_check.BrokerUnreachable as exc:
        return [*found, str(exc)]
    wrong = topic_check.problems(topic_check.wanted_by_worker(settings), there)
    return [*found, *wrong, *(["`simmer topics create` makes what is missing"] if wrong else [])]


class Worker(faust.Worker):  # type: ignore[misc]
    """Faust's worker with our manners: one line instead of a trace, and an exit code that says so."""

    def execute_from_commandline(self) -> NoReturn:
        """Run until stopped; exits with 0 after SIGTERM or SIGINT, with 1 when it refused or gave up."""
        app: Any = self.app
        port = app.conf.web_port if app.conf.web_enabled else None
        # Its log would tell each failed attempt beside our line.
        client = logging.getLogger("aiokafka")
        client.setLevel(logging.CRITICAL + 1)
        problems = refusals(app.settings, port)
        client.setLevel(logging.NOTSET)
        if problems:
            _end(problems)
        for line in connection.caveats(app.settings):
            _say(line)
        if not sys.stderr.isatty():
            self.spinner = None
        hush()
        try:
            super().execute_from_commandline()
        finally:
            if app.stopping.line is not None:
                _end([app.stopping.line])
        raise SystemExit(0)

    async def on_start(self) -> None:
        """Before anything can hang: somebody who looks; before recovery: a calm collector."""
        _calm_collector()
        app: Any = self.app
        loop = asyncio.get_running_loop()
        Watchdog(
            lambda: asyncio.run_coroutine_threadsafe(standing(app), loop),
            app.stopping.ask,
            app.settings.stall_s,
        ).start()
        await super().on_start()

    async def stop(self) -> None:
        """Stop in good order, as on SIGTERM, or not in good order but in time."""
        app: Any = self.app
        end_anyway(app.stopping.line or "asked to stop")
        await super().stop()

    async def on_startup_finished(self) -> None:
        """Say that the worker is up, and where; every lane is assigned or waits to be."""
        await super().on_startup_finished()
        _calm_collector()
        _say(f"ready at {self.app.conf.canonical_url}")


def _calm_collector() -> None:
    """Let the garbage collector look rarely and at little: chunks of tuples hold no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 100)


def _end(lines: list[str]) -> NoReturn:
    for line in lines:
        _say(line)
    raise SystemExit(EX_REFUSED)


def _say(line: str) -> None:
    # Not sys.stderr: Faust turns that into log lines, below whose level nothing is shown.
    if sys.__stderr__ is not None:
        sys.__stderr__.write(f"simmer worker: {line}\n")
        sys.__stderr__.flush()
