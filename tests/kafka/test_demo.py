"""`simmer demo` as its users meet it, on the stand-in: it shows interventions, sums up, leaves nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 120
COMMAND = (sys.executable, "-m", "streams.cli", "demo", "--broker", "stand-in", "--customers", "40")


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    process = subprocess.Popen(
        (*COMMAND, *arguments),
        cwd=ROOT,
        env=env | {"SIMMER_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def left_running(pid: int) -> list[str]:
    """Processes that were given the data folder of this demo."""
    mark = f"demo-{pid}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_text(encoding="utf-8"))
        except OSError:  # it ended while we looked
            continue
    return found


def test_the_demo_shows_interventions_with_reasons_and_ends_with_a_summary(tmp_path: Path) -> None:
    with demo(tmp_path, "--seconds", "3") as process:
        out, _ = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 0, out
    assert "THIS IS NOT KAFKA" in out
    said = [line for line in out.splitlines() if line.startswith("intervene-now ")]
    assert said
    assert all(" because " in line for line in said)
    summary = out.splitlines()[-7:]
    assert [line.split()[0] for line in summary] == [
        "broker", "events", "customers", "interventions", "furious", "lead", "delay",
    ]  # fmt: skip
    assert summary[0].endswith("the stand-in, which is not Kafka")
    assert summary[3] == f"interventions  {len(said)}"
    assert (left_running(process.pid), list(tmp_path.glob("demo-*"))) == ([], [])


def test_an_interrupted_demo_says_so_and_leaves_nothing_running(tmp_path: Path) -> None:
    with demo(tmp_path, "--seconds", "60") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("replaying "):
                break
        assert len(left_running(process.pid)) == 2
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 1
    assert out.splitlines()[-1] == "Error: the demo was interrupted; nothing of it is left running"
    assert (left_running(process.pid), list(tmp_path.glob("demo-*"))) == ([], [])


def test_a_port_in_use_is_a_line_that_names_the_setting(tmp_path: Path, broker: str) -> None:
    env = {**os.environ, "SIMMER_BROKER": broker, "SIMMER_DATA_DIR": str(tmp_path)}

    run = subprocess.run(
        COMMAND, cwd=ROOT, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )

    assert run.returncode == 1
    assert f"Error: SIMMER_BROKER={broker}: the port is in use (Address already in use)" in run.stderr
    assert "Traceback" not in run.stderr
