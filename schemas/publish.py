"""The published contract, from the structs: a JSON Schema for each topic, and one AsyncAPI document.

The files are committed in `published/`. `published/baseline/` is what was last released: it is copied by hand
at a release, and nothing may break it in between.
"""

from pathlib import Path
from typing import Any, cast

import msgspec
import orjson

from schemas import asyncapi, topics
from schemas.compatibility import Role, Schema, breaks
from schemas.topics import Topic

FOLDER = Path(__file__).parent / "published"
BASELINE = "baseline"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def typed() -> list[Topic]:
    """The topics whose values are JSON; dead letters hold whatever came."""
    return [topic for topic in topics.CATALOGUE if topic.value is not bytes]


def json_schema(topic: Topic) -> Schema:
    """The JSON Schema (2020-12) of one topic's values, open to fields it does not know."""
    schema = msgspec.json.schema(topic.value)
    for part in schema["$defs"].values():
        asyncapi.tidy(part)
    return schema | {
        "$schema": DIALECT,
        "$id": f"urn:simmer:schema:{topic.name}:v1",
        "title": topic.name,
        "description": f"Values of `{topic.name}`: {topic.meaning}.",
    }


def documents() -> dict[str, bytes]:
    """Every published file by its name; the same structs give the same bytes."""
    files: dict[str, Any] = {f"{topic.name}.json": json_schema(topic) for topic in typed()}
    files["asyncapi.json"] = asyncapi.document()
    form = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return {name: orjson.dumps(content, option=form) for name, content in files.items()}


def write(folder: Path) -> list[str]:
    """Bring the folder up to date; returns the names of the files that changed."""
    changed = differing(folder)
    wanted = documents()
    folder.mkdir(exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_bytes(wanted[name])
        else:
            (folder / name).unlink()
    return changed


def differing(folder: Path) -> list[str]:
    """The names of files that are missing, stale, or no longer generated."""
    wanted = documents()
    there = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    return sorted(name for name in wanted | there if wanted.get(name) != there.get(name))


def incompatible(folder: Path) -> list[str]:
    """A line for each change of the structs that would break somebody who relies on the baseline."""
    now = {f"{topic.name}.json": topic for topic in typed()}
    found = []
    for path in sorted((folder / BASELINE).glob("*.json")):
        if path.name not in now:
            found.append(f"{path.name}: the topic is gone")
            continue
        topic = now[path.name]
        role: Role = "input" if topic.role == "input" else "output"
        old = cast("Schema", orjson.loads(path.read_bytes()))
        found += [f"{path.name}: {line}" for line in breaks(old, json_schema(topic), role)]
    return found
