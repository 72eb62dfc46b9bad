"""The image holds only what the locks name, runs as nobody, and copies only what reaches the build."""

import fnmatch
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and its arguments, continued lines joined."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines if line.strip()]


def flaws(text: str) -> list[str]:
    """What is wrong with a Dockerfile; empty for ours."""
    found = []
    steps = instructions(text)
    bases = [arguments.split()[0] for name, arguments in steps if name == "FROM"]
    if len(bases) < 2 or set(bases) != {"python:3.11-slim"}:
        found.append("base")
    runs = [arguments for name, arguments in steps if name == "RUN"]
    installs = [
        part for run in runs for part in re.split(r"&&|;", run) if "install" in part and "pip" in part
    ]
    if not installs or not all("--require-hashes" in i or "--no-index --no-deps" in i for i in installs):
        found.append("hashes")
    last = steps[max(i for i, (name, _) in enumerate(steps) if name == "FROM") :]
    users = [arguments.split(":")[0] for name, arguments in last if name == "USER"]
    if not users or not users[-1].isdigit() or users[-1] == "0":
        found.append("user")
    if any(word in run for run in runs for word in ("apt-get", "java", "curl", "wget")):
        found.append("tools")
    if ("ENTRYPOINT", '["simmer"]') not in last or ("CMD", '["worker"]') not in last:
        found.append("entry")
    if ("EXPOSE", "6066") not in last:
        found.append("port")
    return found


def test_the_dockerfile_obeys_the_rules() -> None:
    assert flaws(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        ("FROM python:3.11-slim AS wheel", "FROM python:latest AS wheel", "base"),
        ("--require-hashes -r requirements.lock", "-r requirements.lock", "hashes"),
        ("--no-index --no-deps /dist", "/dist", "hashes"),
        ("USER 10001:10001", "USER root", "user"),
        ("USER 10001:10001\n", "", "user"),
        ("RUN mkdir /opt/simmer &&", "RUN apt-get install -y default-jre && mkdir /opt/simmer &&", "tools"),
        ('CMD ["worker"]', 'CMD ["demo"]', "entry"),
        ("EXPOSE 6066", "EXPOSE 80", "port"),
    ],
)
def test_each_rule_can_be_broken(old: str, new: str, flaw: str) -> None:
    assert old in DOCKERFILE
    assert flaws(DOCKERFILE.replace(old, new)) == [flaw]


def reaches_the_build(path: str) -> bool:
    """Whether .dockerignore lets a path through: the last pattern that matches it or a parent decides."""
    kept = True
    for line in IGNORED.splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            parents = [path, *map(str, Path(path).parents)][:-1]
            if any(fnmatch.fnmatch(p, pattern) or fnmatch.fnmatch("/" + p, pattern) for p in parents):
                kept = line.startswith("!")
    return kept


def test_everything_that_is_copied_reaches_the_build() -> None:
    copied = [
        source
        for name, arguments in instructions(DOCKERFILE)
        if name == "COPY" and "--from" not in arguments
        for source in arguments.split()[:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert [source for source in copied if not reaches_the_build(source)] == []


@pytest.mark.parametrize(
    "path", [".env", ".git/config", ".venv/bin/python", "tests/__init__.py", "streams/__pycache__/app.pyc"]
)
def test_what_the_image_does_not_need_stays_out_of_the_build(path: str) -> None:
    assert not reaches_the_build(path)


def test_compose_and_the_dockerfile_speak_of_the_same_image() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    ours = compose["services"]["worker"]
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert ours["image"] == f"simmer:{version[1]}"
    assert (ROOT / ours["build"]["dockerfile"]).is_file()
    assert "/opt/simmer/journeys.jsonl" in DOCKERFILE
    assert compose["services"]["journeys"]["command"][-1] == "/opt/simmer/journeys.jsonl"
