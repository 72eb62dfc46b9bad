"""What is published is what the structs say, what the wire carries, and breaks nobody."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]

from schemas import codec, publish, topics
from schemas.topics import Topic
from streams.commands.schemas import schemas as command
from tests.schemas.examples import BY_TOPIC

TYPED = {topic.name: topic for topic in publish.typed()}
EXAMPLES = [(name, example) for name, examples in BY_TOPIC.items() for example in examples]
ASYNCAPI = orjson.loads(publish.documents()["asyncapi.json"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the published folder, and the command working on it."""
    copy = tmp_path / "published"
    shutil.copytree(publish.FOLDER, copy)
    monkeypatch.setattr(publish, "FOLDER", copy)
    return copy


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_committed_files_are_those_of_the_structs() -> None:
    assert publish.differing(publish.FOLDER) == []


def test_nothing_breaks_whoever_relies_on_the_baseline() -> None:
    assert publish.incompatible(publish.FOLDER) == []


def test_the_baseline_covers_every_topic_that_is_typed() -> None:
    found = {path.stem for path in (publish.FOLDER / publish.BASELINE).iterdir()}
    assert found == TYPED.keys()


def test_the_same_structs_give_the_same_bytes() -> None:
    assert publish.documents() == publish.documents()
    assert all(content.endswith(b"}\n") for content in publish.documents().values())


@pytest.mark.parametrize("topic", TYPED.values(), ids=lambda topic: topic.name)
def test_every_schema_is_a_valid_json_schema(topic: Topic) -> None:
    Draft202012Validator.check_schema(publish.json_schema(topic))


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_what_is_on_the_wire_is_valid_and_every_field_of_it_is_published(name: str, example: Any) -> None:
    schema = publish.json_schema(TYPED[name])
    body = orjson.loads(codec.encode(example))
    Draft202012Validator(schema).validate(body)
    assert body.keys() == schema["$defs"][type(example).__name__]["properties"].keys()


def test_every_type_of_every_topic_has_an_example() -> None:
    for name, examples in BY_TOPIC.items():
        objects = publish.json_schema(TYPED[name])["$defs"].keys() - {"Reason", "Stand"}
        assert objects == {type(example).__name__ for example in examples}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "chat.unknown"},
        {"customer_id": ""},
        {"actor": "manager"},
        {"text": 3},
        {"event_id": "x" * 257},
    ],
)
def test_what_the_codec_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    message = next(e for e in BY_TOPIC["support.chat"] if type(e).__name__ == "ChatMessage")
    body = orjson.loads(codec.encode(message)) | change
    with pytest.raises(codec.Unreadable):
        codec.read_chat(orjson.dumps(body))
    with pytest.raises(ValidationError):
        Draft202012Validator(publish.json_schema(topics.CHAT)).validate(body)


@pytest.mark.parametrize("name", ["support.chat", "support.call", "support.ticket"])
def test_an_unknown_field_is_welcome(name: str) -> None:
    body = orjson.loads(codec.encode(BY_TOPIC[name][0])) | {"shoe_size": 43}
    Draft202012Validator(publish.json_schema(TYPED[name])).validate(body)
    assert msgspec.json.decode(orjson.dumps(body), type=TYPED[name].value) == BY_TOPIC[name][0]


def test_asyncapi_has_a_channel_with_kafkas_settings_for_every_topic() -> None:
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    found = {
        name: channel["bindings"]["kafka"]["topicConfiguration"]
        for name, channel in ASYNCAPI["channels"].items()
    }
    assert found == {
        topic.name: {
            "cleanup.policy": [topic.cleanup],
            "max.message.bytes": topic.max_message_bytes,
            "retention.ms": (topic.retention_days or 0) * topics.DAY_MS,
        }
        for topic in topics.CATALOGUE
    }


def test_asyncapi_receives_inputs_and_sends_the_rest() -> None:
    found = {
        part["channel"]["$ref"].split("/")[2]: part["action"] for part in ASYNCAPI["operations"].values()
    }
    assert found == {t.name: "receive" if t.role == "input" else "send" for t in topics.CATALOGUE}


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [ref for item in part for ref in references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [ref for item in part.values() for ref in references(item)]


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    for ref in references(ASYNCAPI):
        part = ASYNCAPI
        for step in ref.removeprefix("#/").split("/"):
            part = part[step]
        assert part, ref


def test_every_message_has_a_key_and_every_output_cloudevents_headers() -> None:
    messages = ASYNCAPI["components"]["messages"]
    assert all(message["bindings"]["kafka"]["key"] for message in messages.values())
    with_headers = {name: m["headers"]["required"][0] for name, m in messages.items() if "headers" in m}
    assert with_headers == {
        "intervene-now": "ce_specversion",
        "mood-changed": "ce_specversion",
        "dead-letter": "simmer.code",
        "parked-letter": "simmer.code",
    }


def test_check_passes_on_what_is_committed(folder: Path) -> None:
    result = CliRunner().invoke(command, ["check"])
    assert (result.exit_code, result.output) == (0, "all 8 published files are up to date and break nobody\n")


def test_check_names_files_that_are_stale_missing_or_left_over(folder: Path) -> None:
    rewritten(folder / "support.chat.json", "Somebody wrote.", "Someone wrote.")
    (folder / "asyncapi.json").unlink()
    (folder / "support.fax.json").write_text("{}\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 1
    named = [line.split(":")[0] for line in result.output.removeprefix("Error: ").splitlines()]
    assert named == ["asyncapi.json", "support.chat.json", "support.fax.json"]


def test_check_names_a_change_that_breaks_the_baseline(folder: Path) -> None:
    # As if `bot` and a topic had been published once and taken away since.
    rewritten(folder / "baseline" / "support.chat.json", '"bot"', '"android"')
    (folder / "baseline" / "support.fax.json").write_text("{}\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 1
    assert "support.chat.json: $[chat.ended].by: android may be written" in result.output
    assert "support.fax.json: the topic is gone" in result.output


def test_write_brings_the_folder_up_to_date_and_leaves_the_baseline_alone(folder: Path) -> None:
    kept = {path.name: path.read_bytes() for path in (folder / "baseline").iterdir()}
    (folder / "asyncapi.json").unlink()
    (folder / "support.fax.json").write_text("{}\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["write"])
    assert (result.exit_code, result.output.splitlines()[:2]) == (
        0,
        ["asyncapi.json: written", "support.fax.json: written"],
    )
    assert publish.differing(folder) == []
    assert {path.name: path.read_bytes() for path in (folder / "baseline").iterdir()} == kept
