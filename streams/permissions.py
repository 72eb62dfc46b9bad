"""What the broker must allow the worker, asked before it starts: later it would show one record at a time."""

from collections.abc import Iterator
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from schemas import topics
from schemas.topics import Role
from streams import topic_check
from streams.settings import Settings
from streams.transaction import transactional_id

READ, WRITE = 3, 4
_NAMES = {READ: "Read", WRITE: "Write"}

OF_WORKER: dict[Role, tuple[int, ...]] = {
    "input": (READ,), "output": (WRITE,), "dead-letters": (WRITE,), "parked": (),
    "changelog": (READ, WRITE),
}  # fmt: skip
"""What the worker does with topics, by Kafka's numbers of operations; either implies Describe."""

_NOT_TOLD = -(1 << 31)

_TRANSACTION = 1
_TOO_EARLY_TO_TELL = True
"""A coordinator that is not there yet refuses whoever may not ask all the same: this one may."""

ADVICE = "deploy/kafka/acls.md has the ACLs that a worker needs"


class _RightsResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", String()), ("port", Int32), ("rack", String()))),
        ("cluster_id", String()),
        ("controller_id", Int32),
        ("topics", Array(
            ("error_code", Int16), ("topic", String()), ("is_internal", Boolean),
            ("partitions", Array(
                ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
                ("replicas", Array(Int32)), ("isr", Array(Int32)), ("offline_replicas", Array(Int32)),
            )),
            ("authorized_operations", Int32),
        )),
        ("cluster_authorized_operations", Int32),
    )  # fmt: skip


class _RightsStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _RightsResponse
    SCHEMA = Schema(
        ("topics", Array(String())), ("create", Boolean), ("of_cluster", Boolean), ("of_topics", Boolean)
    )


class _Rights(Request[_RightsStruct]):  # type: ignore[misc]
    """Metadata with what this user may do to each topic; aiokafka's own ends at a version without it."""

    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, struct: Any) -> Any:
        return struct(self._names, False, False, True)  # noqa: FBT003 - the wire has no names


class _GroupStruct(DescribeGroupsRequest_v3):  # type: ignore[misc]
    # aiokafka 0.14 names the response of version 2 here, which has no rights in it.
    RESPONSE_TYPE = DescribeGroupsResponse_v3


class _GroupRights(Request[_GroupStruct]):  # type: ignore[misc]
    """A group with what this user may do to it."""

    API_KEY = 15

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, struct: Any) -> Any:
        return struct([self._name], True)  # noqa: FBT003 - the wire has no names


async def lacking(settings: Settings) -> list[str]:
    """A line for everything that the worker needs and the broker does not allow; `BrokerUnreachable`.

    Nothing is asked without security: nobody in particular is who no ACL names.
    """
    if settings.security_protocol == "PLAINTEXT":
        return []
    async with topic_check.admin(settings) as client:
        needed = {
            topic_check.topic_name(settings, topic): OF_WORKER[topic.role]
            for topic in topics.everything(settings.app_id)
        }
        answer = await client._send_request(_Rights(list(needed)))  # noqa: SLF001 - the only way for it
        lines = [
            line
            for code, name, *_, allowed in answer.topics
            for line in _topic(name, code, allowed, needed[name])
        ]
        if not await _group_read(client, settings.app_id):
            lines.append(f"group {settings.app_id}: Read is not allowed")
        if not await _seen(client, transactional_id(settings.app_id, 0)):
            lines.append(f"transactional ids {transactional_id(settings.app_id, '*')}: Write is not allowed")
    return lines


def _topic(name: str, code: int, allowed: int, needed: tuple[int, ...]) -> Iterator[str]:
    if code == TopicAuthorizationFailedError.errno:
        allowed = 0
    elif code:  # what is missing is told of elsewhere
        return
    for operation in needed:
        if not _may(operation, allowed):
            yield f"topic {name}: {_NAMES[operation]} is not allowed"


def _may(operation: int, allowed: int) -> bool:
    """Whether a set of operations has this one; a broker that tells no set is taken to allow it.

    >>> _may(READ, 1 << READ), _may(WRITE, 1 << READ), _may(WRITE, _NOT_TOLD)
    (True, False, True)
    """
    return allowed == _NOT_TOLD or bool(allowed >> operation & 1)


async def _group_read(client: AIOKafkaAdminClient, name: str) -> bool:
    try:
        node = await client.find_coordinator(name)
    except GroupAuthorizationFailedError:
        return False
    except KafkaError:
        return _TOO_EARLY_TO_TELL
    answer = await client._send_request(_GroupRights(name), node)  # noqa: SLF001 - the only way for it
    code, *_, allowed = answer.groups[0]
    return _may(READ, allowed) if not code else _TOO_EARLY_TO_TELL


async def _seen(client: AIOKafkaAdminClient, name: str) -> bool:
    """Whether the broker tells of this transactional id, as it does to whoever may write with it."""
    try:
        await client.find_coordinator(name, _TRANSACTION)
    except TransactionalIdAuthorizationFailed:
        return False
    except KafkaError:
        return _TOO_EARLY_TO_TELL
    return True
