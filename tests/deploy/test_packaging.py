"""The wheel holds our three packages with all their files and nothing else, and their names are ours."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "agents", "streams")
POM = ("deploy/kafka/pom.xml", "streams/broker/pom.xml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return ZipFile(next(folder.glob("*.whl")))


def source_files() -> set[str]:
    """Every file of the three rooms, as git would have it: no caches."""
    return {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_the_wheel_holds_exactly_the_three_rooms_and_the_pom(wheel: ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == source_files() | {POM[1]}
    assert wheel.read(POM[1]) == (ROOT / POM[0]).read_bytes()


def test_files_that_are_not_python_are_packed_unchanged(wheel: ZipFile) -> None:
    others = {name for name in source_files() if not name.endswith(".py")}
    assert {Path(name).parts[0] for name in others} >= {"schemas", "streams"}
    assert [name for name in sorted(others) if wheel.read(name) != (ROOT / name).read_bytes()] == []


def test_the_wheel_brings_the_command_the_licence_and_the_python_it_is_for(wheel: ZipFile) -> None:
    about = {
        name.split(".dist-info/")[1]: wheel.read(name).decode()
        for name in wheel.namelist()
        if "dist-info/" in name
    }
    assert about["entry_points.txt"].split() == ["[console_scripts]", "simmer", "=", "streams.cli:main"]
    assert about["licenses/LICENSE"] == (ROOT / "LICENSE").read_text("utf-8")
    assert re.search(r"^Requires-Python: <3\.12,>=3\.11$", about["METADATA"], re.MULTILINE)


def test_the_package_files_are_empty_so_that_no_module_is_hidden_by_an_object() -> None:
    assert [room for room in ROOMS if (ROOT / room / "__init__.py").read_bytes()] == []


def owners(folder: Path) -> dict[str, list[str]]:
    """Which distributions each of our names belongs to where this folder comes first on the path."""
    code = "import json; from importlib import metadata; print(json.dumps(metadata.packages_distributions()))"
    environ = os.environ | {"PYTHONPATH": str(folder)}
    told = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=True).stdout
    found = json.loads(told)
    return {room: sorted(set(found.get(room, []))) for room in ROOMS}


def test_where_the_wheel_is_installed_each_of_the_three_names_belongs_to_us(
    wheel: ZipFile, tmp_path: Path
) -> None:
    wheel.extractall(tmp_path)
    assert owners(tmp_path) == {room: ["simmer"] for room in ROOMS}


def test_another_distribution_that_ships_one_of_the_names_is_found_out(
    wheel: ZipFile, tmp_path: Path
) -> None:
    wheel.extractall(tmp_path)
    other = tmp_path / "other_agents-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other-agents\nVersion: 1.0\n", "utf-8")
    (other / "RECORD").write_text("agents/__init__.py,,\n", "utf-8")
    assert owners(tmp_path)["agents"] == ["other-agents", "simmer"]


@pytest.mark.parametrize("room", ROOMS)
def test_in_this_environment_the_name_is_ours(room: str) -> None:
    # An editable install lists no files, so here nobody may own the name beside us.
    assert set(packages_distributions().get(room, [])) <= {"simmer"}
    spec = find_spec(room)
    assert spec is not None
    assert spec.origin == str(ROOT / room / "__init__.py")


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="simmer")
    assert command.value == "streams.cli:main"
