"""The import law: schemas <- agents <- streams, and only streams knows Faust, Kafka and Prometheus."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("schemas", "agents", "streams")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the contracts and packages of a folder."""
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The three rooms and their contracts, to be broken."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_law_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("room", "planted"),
    [
        ("schemas", "import agents.rules"),
        ("schemas", "import streams.settings"),
        ("agents", "import streams.settings"),
        ("agents", "import faust"),
        ("schemas", "import aiokafka.partitioner"),
        ("agents", "from prometheus_client import Counter"),
    ],
)
def test_an_import_that_breaks_the_law_is_found(copy: Path, room: str, planted: str) -> None:
    (copy / room / "planted.py").write_text(f'"""Breaks the law."""\n\n{planted}\n', "utf-8")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout
    assert f"{room}.planted" in done.stdout


def test_a_lane_that_knows_faust_is_found(copy: Path) -> None:
    with (copy / "streams" / "lane.py").open("a", encoding="utf-8") as lane:
        lane.write("\nimport faust\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "streams.lane" in done.stdout


LOSES = {
    *("GlobalTable", "SetGlobalTable", "async for take", "concurrency", "crontab", "hopping", "noack"),
    *("processing_guarantee", "timer", "tumbling"),
}
"""What of Faust's loses data, see CONTRIBUTING; keywords may be 1."""
CLOCKS = {"monotonic", "now", "perf_counter", "time", "time_ns", "today", "utcnow"}


def offences(source: str, names: set[str]) -> list[str]:
    """The attributes, keywords and `take`s that are iterated in a source that are among these names."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.AsyncFor(iter=ast.Call(func=ast.Attribute(attr="take"))):
                found.append("async for take")
            case ast.Attribute(attr=name):
                found.append(name)
            case ast.keyword(arg=str(name), value=value) if ast.unparse(value) != "1":
                found.append(name)
    return [name for name in found if name in names]


def sources(room: str) -> dict[str, str]:
    return {str(path): path.read_text("utf-8") for path in (ROOT / room).rglob("*.py")}


def test_nothing_of_fausts_that_loses_data_is_used() -> None:
    found = {path: offences(source, LOSES) for path, source in sources("streams").items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_agent_asks_a_clock() -> None:
    found = {path: offences(source, CLOCKS) for path, source in sources("agents").items()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "table = app.Table('t').tumbling(60)",
        "@app.agent(topic, concurrency=2)\nasync def a(stream): ...",
        "async def a(stream):\n    async for batch in stream.take(10, within=1): ...",
        "app = App('x', processing_guarantee='exactly_once')",
    ],
)
def test_what_loses_data_would_be_found(planted: str) -> None:
    assert offences(planted, LOSES)


def test_a_clock_would_be_found() -> None:
    assert offences("import time\nnow = time.time()", CLOCKS) == ["time"]
