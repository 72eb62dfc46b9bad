"""A Kafka that asks who comes: every way in, the smallest rights that do, a line where one is missing."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from confluent_kafka.admin import AclBinding, AclOperation

from schemas import topics
from streams import topic_check
from streams.commands.dead_letters import dead_letters
from streams.commands.replay import replay
from streams.commands.topics import topics as topics_command
from streams.commands.watch import watch
from streams.permissions import OF_WORKER
from streams.settings import Settings
from streams.worker import refusals
from tests.kafka.cluster import Group, named_anew, read, send, sent, with_topics
from tests.kafka.secured import PASSWORD, Acls, Secured, documented, secured_kafka, token
from tests.kafka.test_bad_input import changed
from tests.kafka.test_dead_letters import lay
from tests.kafka.test_worker import boiling, start
from tests.worker_process import OURS, environ, running

# aiokafka does not await the end of a TLS connection that it closes, and our loops close before it.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

SCRAM = "SCRAM-SHA-512"
DEBUG = (*OURS, "--loglevel", "debug")


@pytest.fixture(autouse=True)
def _unclosed_connections_are_told_of_here() -> Iterator[None]:
    """And not in a later test, in which they would be a failure."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def kafka(parts_of_kafka: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_kafka(tmp_path_factory.mktemp("secured")) as secured:
        yield secured


@pytest.fixture(scope="module")
def acls(kafka: Secured) -> Acls:
    return Acls(kafka.door)


@pytest.fixture
def bare(kafka: Secured, tmp_path: Path) -> Settings:
    """A deployment of its own, through the door of the super user, without topics and rights."""
    return named_anew(Settings(broker=kafka.door, data_dir=tmp_path, web_port=0))


@pytest.fixture
def base(bare: Settings, acls: Acls) -> Settings:
    """The same with its topics and with the documented rights of a worker."""
    acls.give(documented("worker", bare))
    return with_topics(bare)


def folds(worker: Settings, base: Settings, command: tuple[str, ...] = OURS) -> str:
    """A worker takes a customer's events to an intervention, commits and ends with 0; gives what it said."""
    events = boiling("customer-7")
    with running(worker, command) as process, Group(base) as group:
        send(base, map(sent, events))
        process.until(lambda: group.committed() == len(events), 60, "lag 0")
        assert process.stop() == 0
        said = [orjson.loads(r.value or b"")["type"] for r in read(base, topics.INTERVENTIONS)]
        assert said == ["intervene-now"]
        return process.said()


def test_by_scram_over_tls_with_the_documented_acls_and_a_password_file_the_worker_does_its_work(
    kafka: Secured, base: Settings, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n", "utf-8")
    worker = replace(kafka.worker(SCRAM, base), sasl_password="", sasl_password_file=str(secret))
    assert "Traceback" not in folds(worker, base)


@pytest.mark.parametrize("how", ["certificate", "OAUTHBEARER"])
def test_by_client_certificate_and_by_token_the_worker_does_its_work(
    kafka: Secured, base: Settings, how: str
) -> None:
    assert "Traceback" not in folds(kafka.worker(how, base), base)


def test_at_level_debug_neither_password_nor_token_is_logged(kafka: Secured, base: Settings) -> None:
    said = folds(kafka.worker("PLAIN", base), base, DEBUG)
    assert "SaslHandShakeRequest" in said, "nothing of the connection was logged at all"
    assert PASSWORD not in said


async def test_at_level_debug_no_token_is_logged(
    kafka: Secured, bare: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "aiokafka")
    async with topic_check.admin(kafka.worker("OAUTHBEARER", bare)):
        assert "SaslHandShakeRequest" in caplog.text
    assert (await token()).split(".")[0] not in caplog.text


@pytest.mark.parametrize("how", ["PLAIN", "SCRAM-SHA-256", SCRAM, "OAUTHBEARER", "certificate"])
def test_each_way_in_is_let_in_with_the_documented_rights_and_nothing_is_lacking(
    kafka: Secured, base: Settings, how: str
) -> None:
    assert refusals(kafka.worker(how, base), None) == []


def _line(binding: AclBinding) -> str:
    operation = binding.operation.name.capitalize()
    kind = {"TRANSACTIONAL_ID": "transactional ids"}.get(binding.restype.name, binding.restype.name.lower())
    return f"{kind} {binding.name}{'*' if kind == 'transactional ids' else ''}: {operation} is not allowed"


def test_without_any_one_of_the_documented_acls_the_worker_refuses_with_a_line_that_names_it(
    kafka: Secured, base: Settings, acls: Acls
) -> None:
    worker, wanted = kafka.worker(SCRAM, base), documented("worker", base)
    said = {}
    for binding in wanted:
        acls.take(binding)
        said[_line(binding)] = refusals(worker, None)
        acls.give([binding])
    rights_of_topics = [OF_WORKER[topic.role] for topic in topics.everything(base.app_id)]
    assert len(said) == len(sum(rights_of_topics, ())) + len(["group", "transactional ids"])
    assert said == {line: [line, "deploy/kafka/acls.md has the ACLs that a worker needs"] for line in said}


TAKEN = {
    "an input": lambda b: b.name.endswith("support.chat"),
    "an output": lambda b: b.name.endswith("simmer.interventions"),
    "the transactional ids": lambda b: b.name.endswith("-lane-"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_right_that_is_taken_away_at_work_ends_the_worker_and_nothing_is_committed_without_it(
    kafka: Secured, base: Settings, acls: Acls, what: str
) -> None:
    first, second = boiling("customer-1"), boiling("customer-2")
    with running(kafka.worker(SCRAM, base)) as process, Group(base) as group:
        send(base, map(sent, first))
        process.until(lambda: group.committed() == len(first), 60, "lag 0")
        acls.take(next(b for b in documented("worker", base) if TAKEN[what](b)))
        send(base, map(sent, second))
        assert process.popen.wait(30) == 1
        assert group.committed() == len(first)


def _changed(binding: AclBinding, **changes: object) -> AclBinding:
    names = ("restype", "name", "resource_pattern_type", "principal", "host", "operation", "permission_type")
    return AclBinding(**({name: getattr(binding, name) for name in names} | changes))


def test_transactional_ids_that_may_be_seen_and_not_written_end_the_worker_with_a_line(
    kafka: Secured, base: Settings, acls: Acls
) -> None:
    """Only taking the lane shows it: whoever asked with a lane's id before would fence its owner."""
    binding = next(b for b in documented("worker", base) if b.name.endswith("-lane-"))
    acls.give([_changed(binding, operation=AclOperation.DESCRIBE)])
    acls.take(binding)
    ended = start(kafka.worker(SCRAM, base))
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("simmer worker: lane ")
    assert "TransactionalIdAuthorizationFailed" in last


def test_a_group_that_may_be_seen_and_not_read_is_named(kafka: Secured, base: Settings, acls: Acls) -> None:
    binding = next(b for b in documented("worker", base) if b.name == base.app_id)
    acls.give([_changed(binding, operation=AclOperation.DESCRIBE)])
    acls.take(binding)
    assert refusals(kafka.worker(SCRAM, base), None)[0] == f"group {base.app_id}: Read is not allowed"


def test_a_wrong_password_ends_the_worker_with_one_line_that_names_the_setting(
    kafka: Secured, base: Settings
) -> None:
    ended = start(replace(kafka.worker(SCRAM, base), sasl_password=PASSWORD[1:]))
    assert ended.returncode == 1
    assert ended.stderr == (
        "simmer worker: SIMMER_SASL_USERNAME=worker SIMMER_SASL_PASSWORD: the broker refuses this user or "
        f"password (asked of {kafka.sasl})\n"
    )


Change = Callable[[Settings, Secured], dict[str, str]]

WRONG: dict[str, tuple[str, Change, str]] = {
    "an unknown authority": (
        SCRAM, lambda s, _: {"tls_ca_file": s.tls_ca_file.replace("ca.pem", "worker.pem")}, "TLS_CA_FILE",
    ),
    "another host": (
        SCRAM, lambda s, _: {"broker": s.broker.replace("127.0.0.1", "localhost")}, "Hostname mismatch",
    ),
    "no security": (SCRAM, lambda s, _: {"security_protocol": "PLAINTEXT"}, "PROTOCOL=PLAINTEXT"),
    "no TLS": (SCRAM, lambda s, _: {"security_protocol": "SASL_PLAINTEXT"}, "PROTOCOL=SASL_PLAINTEXT"),
    "TLS where none is": (SCRAM, lambda s, k: {"broker": k.clear}, "PROTOCOL=SASL_SSL"),
    "no SASL": (SCRAM, lambda s, _: {"security_protocol": "SSL"}, "PROTOCOL=SSL"),
    "no certificate": ("certificate", lambda s, _: {"tls_cert_file": "", "tls_key_file": ""}, "CERT_FILE"),
    "no token": ("OAUTHBEARER", lambda s, _: {"sasl_token": "os:getpid"}, "TOKEN='os:getpid': gave int"),
    "no good token": ("OAUTHBEARER", lambda s, _: {"sasl_token": "os:getcwd"}, "broker refuses the token"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_keeps_a_client_out_is_one_line_that_names_the_setting(
    kafka: Secured, bare: Settings, what: str
) -> None:
    how, change, named = WRONG[what]
    worker = kafka.worker(how, bare)
    with pytest.raises(topic_check.BrokerUnreachable) as refused:
        comes_in(replace(worker, **change(worker, kafka)))  # type: ignore[arg-type]
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)
    assert PASSWORD not in str(refused.value)


def comes_in(settings: Settings) -> None:
    async def admin() -> None:
        async with topic_check.admin(settings):
            """That is all."""

    asyncio.run(admin())


def test_without_the_hosts_check_any_certificate_of_the_authority_is_taken(
    kafka: Secured, bare: Settings
) -> None:
    elsewhere = replace(
        kafka.worker(SCRAM, bare),
        broker=kafka.sasl.replace("127.0.0.1", "localhost"),
        tls_check_hostname="off",
    )
    comes_in(elsewhere)


def test_operator_auditor_adapter_redriver_and_subscriber_need_no_more_than_is_documented(
    kafka: Secured, bare: Settings, acls: Acls, tmp_path: Path
) -> None:
    settings, events = kafka.worker(SCRAM, bare), tmp_path / "events.jsonl"
    events.write_bytes(b"".join((sent(event).value or b"") + b"\n" for event in boiling("customer-7")))
    parts: list[tuple[str, Any, list[str]]] = [
        ("operator", topics_command, ["create"]),
        ("auditor", topics_command, ["check"]),
        ("adapter", replay, [str(events)]),
        ("redriver", dead_letters, ["replay", "--on-error", "park"]),
        ("subscriber", watch, ["--once"]),
    ]
    for user, command, arguments in parts:
        # The broker knows one user, who plays all parts.
        rights = [_changed(binding, principal="User:worker") for binding in documented(user, bare)]
        acls.give(rights)
        if user == "redriver":
            lay(bare, [(0, "wrong-partition", value) for value in (changed(), b"{")])
        allowed = CliRunner().invoke(command, arguments, env=environ(settings))
        for binding in rights:
            acls.take(binding)
        barred = CliRunner().invoke(command, arguments, env=environ(settings))
        assert (allowed.exit_code, barred.exit_code) == (0, 1), allowed.output + barred.output
    assert len(read(bare, topics.CHAT)) == len(boiling("customer-7")) + 1
    assert len(read(bare, topics.PARKED)) == 1
