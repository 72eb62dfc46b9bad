"""The AsyncAPI 3.0 document: every topic as a channel, who sends, who receives, and Kafka's own settings."""

from typing import Any, get_args

import msgspec

from schemas import cloudevents, dead_letters, topics
from schemas.topics import Topic

Part = dict[str, Any]

VERSION = "1.0.0"
"""Of the contract, not of the program: minor with an addition, major with a break."""

_SCHEMAS = "#/components/schemas/{name}"
_BINDING = "0.5.0"
_LETTERS = {"dead-letters": "dead-letter", "parked": "parked-letter"}
_ABOUT = """\
Simmer reads what happens in chats, calls and tickets and keeps a running frustration level for each customer.
Every topic has the same number of partitions (`SIMMER_PARTITIONS`) and the customer id as its key, so that a
customer has one partition number everywhere; producers partition by murmur2. `SIMMER_TOPIC_PREFIX` goes in
front of each address.
Outputs are written in transactions: read committed. Readers ignore fields they do not know."""


def document() -> Part:
    """The whole document, from the topic catalogue and the structs."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:simmer",
        "info": {
            "title": "Simmer",
            "version": VERSION,
            "description": " ".join(_ABOUT.split()),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics.CATALOGUE},
        "operations": {_operation_name(topic): _operation(topic) for topic in topics.CATALOGUE},
        "components": {
            "messages": {name: part for topic in topics.CATALOGUE for name, part in _messages(topic).items()},
            "schemas": _schemas(),
        },
    }


def tidy(part: Part) -> None:
    """Put an object's docstring on one line and say that it is open to fields it does not know."""
    part["description"] = " ".join(part["description"].split())
    part["additionalProperties"] = True


def _structs(topic: Topic) -> tuple[Any, ...]:
    return get_args(topic.value) or (topic.value,)


def _schemas() -> dict[str, Part]:
    structs = [s for topic in topics.CATALOGUE if topic.value is not bytes for s in _structs(topic)]
    _, parts = msgspec.json.schema_components(structs, ref_template=_SCHEMAS)
    for part in parts.values():
        tidy(part)
    return parts


def _channel(topic: Topic) -> Part:
    config = topic.config()
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.meaning.capitalize()}. Read by {topic.readers}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": [config.pop("cleanup.policy")],
                    **{name: int(value) for name, value in config.items()},
                },
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation_name(topic: Topic) -> str:
    return f"{'receive' if topic.role == 'input' else 'send'}.{topic.name}"


def _operation(topic: Topic) -> Part:
    received = topic.role == "input"
    part: Part = {
        "action": "receive" if received else "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{'Receives' if received else 'Sends'} {topic.meaning}.",
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in _messages(topic)],
    }
    if received:
        group = {"type": "string", "default": "simmer", "description": "`SIMMER_APP_ID`"}
        part["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING}}
    return part


def _messages(topic: Topic) -> dict[str, Part]:
    if topic.value is bytes:
        return {_LETTERS[topic.role]: _letter(topic)}
    return {str(struct.__struct_config__.tag): _message(struct) for struct in _structs(topic)}


def _message(struct: Any) -> Part:
    part: Part = {
        "name": struct.__struct_config__.tag,
        "title": struct.__name__,
        "summary": struct.__doc__.splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMAS.format(name=struct.__name__)},
        "bindings": _key({"type": "string", "minLength": 1, "description": "customer_id, in UTF-8"}),
    }
    if struct in cloudevents.TYPES:
        part["headers"] = _cloudevents(cloudevents.TYPES[struct])
    return part


def _key(schema: Part) -> Part:
    return {"kafka": {"key": schema, "bindingVersion": _BINDING}}


def _cloudevents(kind: str) -> Part:
    text = {"type": "string", "minLength": 1}
    properties = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": text | {"description": "the value's `id`: the same facts give the same id"},
        "ce_source": text | {"description": "`/simmer`, or `/simmer/` and the tenant, percent-encoded"},
        "ce_type": {"type": "string", "const": kind},
        "ce_time": text
        | {"format": "date-time", "description": "the value's `at`: event time, never the clock's"},
        "content-type": {"type": "string", "const": "application/json"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _letter(topic: Topic) -> Part:
    parked = dead_letters.WHEN_PARKED if topic.role == "parked" else {}
    told = dead_letters.ALWAYS | dead_letters.SOMETIMES | parked
    value = f"the original bytes, cut at {dead_letters.VALUE_MOST} bytes"
    return {
        "name": _LETTERS[topic.role],
        "title": "ParkedLetter" if parked else "DeadLetter",
        "summary": f"{topic.meaning.capitalize()}.",
        "contentType": "application/octet-stream",
        "payload": {"type": ["string", "null"], "format": "binary", "description": value},
        "headers": {
            "type": "object",
            "description": "The original's own headers come first; of two with one name the last is ours.",
            "properties": {name: {"type": "string", "description": text} for name, text in told.items()},
            "required": [*dead_letters.ALWAYS, *parked],
        },
        "bindings": _key({"type": ["string", "null"], "format": "binary", "description": "the original key"}),
    }
