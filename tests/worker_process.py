"""A worker as a subprocess: start it, watch what it costs, end it in whichever way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from streams.settings import PREFIX, Settings

OURS = (sys.executable, "-m", "streams.cli", "worker")
FAUST = (sys.executable, "-m", "faust", "-A", "streams.app", "worker")
STOCK = (sys.executable, "-m", "faust", "-A", "tests.bench.stock", "worker")
ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def environ(settings: Settings) -> dict[str, str]:
    """These settings as a process environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {PREFIX + f.name.upper(): str(getattr(settings, f.name)) for f in fields(Settings)}


@dataclass(frozen=True, slots=True)
class Process:
    """A running worker and the file it writes to."""

    popen: subprocess.Popen[bytes]
    log: Path

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system, all threads."""
        stat = Path(f"/proc/{self.popen.pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def peak_rss_mb(self) -> float:
        """The most memory it has held, in MB."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.popen.terminate()
        return self.popen.wait(30)

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition; raises at once when the worker ends, or after so many seconds."""
        end = time.monotonic() + seconds
        while not condition():
            if self.popen.poll() is not None:
                raise RuntimeError(f"exit {self.popen.returncode} before {what}:\n{self.said()[-4000:]}")
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} within {seconds:g} s:\n{self.said()[-4000:]}")
            time.sleep(0.02)


@contextmanager
def running(settings: Settings, command: tuple[str, ...] = OURS, name: str = "worker") -> Iterator[Process]:
    """A worker with these settings until the block ends; SIGTERM then, and SIGKILL if that is not enough."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    log = settings.data_dir / f"{name}.log"
    with log.open("ab") as out:
        popen = subprocess.Popen(
            command, cwd=ROOT, env=environ(settings), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield Process(popen, log)
    finally:
        if popen.poll() is None:
            popen.terminate()
            try:
                popen.wait(20)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
