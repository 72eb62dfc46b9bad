"""The import law: schemas <- agents <- streams, and only streams knows Faust, Kafka and Prometheus."""

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
