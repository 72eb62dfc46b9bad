"""A real Kafka that asks who comes: TLS, SASL, client certificates; nothing is allowed but by an ACL."""

import json
import shlex
import subprocess
import time
from base64 import urlsafe_b64encode as b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from streams.broker import kafka
from streams.free_port import free_port
from streams.settings import Settings
from tests.kafka.cluster import real_kafka

PASSWORD = "correct-horse battery"  # noqa: S105 - of a broker that lives a minute

RESOURCES = {
    "--topic": ResourceType.TOPIC,
    "--group": ResourceType.GROUP,
    "--transactional-id": ResourceType.TRANSACTIONAL_ID,
}

OPERATIONS = {"DescribeConfigs": AclOperation.DESCRIBE_CONFIGS}

ROOT = Path(__file__).resolve().parents[2]

_LOGIN = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Secured:
    """Where it is: `door` lets anybody in as a super user, `sasl` (TLS), `clear` and `mtls` ask."""

    door: str
    sasl: str
    clear: str
    mtls: str
    certificates: Path

    def worker(self, how: str, base: Settings) -> Settings:
        """The settings of the user `worker`, who comes by SCRAM, PLAIN, a token or a certificate."""
        tls = replace(
            base, broker=self.sasl, security_protocol="SASL_SSL", tls_ca_file=f"{self.certificates}/ca.pem"
        )
        if how == "certificate":
            return replace(
                tls, broker=self.mtls, security_protocol="SSL", tls_key_password=PASSWORD,
                tls_cert_file=f"{self.certificates}/worker.pem",
                tls_key_file=f"{self.certificates}/worker.key",
            )  # fmt: skip
        if how == "OAUTHBEARER":
            return replace(tls, sasl_mechanism=how, sasl_token=f"{__name__}:token")
        return replace(tls, sasl_mechanism=how, sasl_username="worker", sasl_password=PASSWORD)


def _openssl(folder: Path, *arguments: str) -> None:
    command = ("openssl", *arguments)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)


def make_certificates(folder: Path) -> Path:
    """An authority, a broker's certificate for 127.0.0.1, a worker's with an encrypted key, all in PEM."""
    folder.mkdir()
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2")
    _openssl(folder, *new, "-nodes", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    signed = (*new, "-CA", "ca.pem", "-CAkey", "ca.key")
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
    broker = ("-nodes", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1")
    _openssl(folder, *signed, *leaf, *broker, "-keyout", "broker.key", "-out", "broker.pem")
    worker = ("-passout", f"pass:{PASSWORD}", "-subj", "/CN=worker")
    _openssl(folder, *signed, *leaf, *worker, "-keyout", "worker.key", "-out", "worker.pem")
    both = "".join((folder / name).read_text("ascii") for name in ("broker.key", "broker.pem"))
    (folder / "keystore.pem").write_text(both, "ascii")
    return folder


@contextmanager
def secured_kafka(folder: Path) -> Iterator[Secured]:
    """A broker with one listener of each kind, until the block ends; raises `PartMissing`."""
    certificates = make_certificates(folder / "certificates")
    sasl, clear, mtls = (f"127.0.0.1:{free_port('127.0.0.1')}" for _ in range(3))
    scram = (f"{m}=[name=worker,password={PASSWORD}]" for m in ("SCRAM-SHA-256", "SCRAM-SHA-512"))
    extra = kafka.Extra(
        listeners=(f"SASL_SSL://{sasl}", f"SASL_PLAINTEXT://{clear}", f"SSL://{mtls}"),
        properties=_properties(certificates),
        format_options=[word for user in scram for word in ("--add-scram", user)],
    )
    with real_kafka(folder, extra) as door:
        yield Secured(door, sasl, clear, mtls, certificates)


def _properties(certificates: Path) -> str:
    mechanisms = "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER"
    logins = "".join(
        f"listener.name.{listener}.{mechanism}.sasl.jaas.config={_LOGIN}.{module} required {options};\n"
        for listener in ("sasl_ssl", "sasl_plaintext")
        for mechanism, module, options in (
            ("scram-sha-256", "scram.ScramLoginModule", ""),
            ("scram-sha-512", "scram.ScramLoginModule", ""),
            ("plain", "plain.PlainLoginModule", f'user_worker="{PASSWORD}"'),
            ("oauthbearer", "oauthbearer.OAuthBearerLoginModule", 'unsecuredLoginStringClaim_sub="broker"'),
        )
    )
    return f"""\
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL
sasl.enabled.mechanisms={mechanisms}
{logins}\
ssl.keystore.type=PEM
ssl.keystore.location={certificates}/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location={certificates}/ca.pem
listener.name.ssl.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^CN=([a-z]+)$/$1/
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:ANONYMOUS
"""


async def token() -> str:
    """What a token service would give: signed by nobody, which Kafka's validator for tests takes."""
    # Whole seconds, rounded down: the broker refuses a token from a fraction of a millisecond ahead.
    now = int(time.time())
    claims = {"sub": "worker", "iat": now, "exp": now + 3600}
    parts = (b64encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return ".".join(part.decode().rstrip("=") for part in parts) + "."


class Acls:
    """The ACLs of a user, given and taken as `kafka-acls.sh` would."""

    def __init__(self, door: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": door})

    def give(self, bindings: Iterable[AclBinding]) -> None:
        """Allow these; returns when the broker has them."""
        wanted = list(bindings)
        for future in self._admin.create_acls(wanted).values():
            future.result(10)
        for binding in wanted:
            self._until(binding, there=True)

    def take(self, binding: AclBinding) -> None:
        """Allow this no longer."""
        for future in self._admin.delete_acls([_exactly(binding)]).values():
            assert len(future.result(10)) == 1
        self._until(binding, there=False)

    def _until(self, binding: AclBinding, *, there: bool) -> None:
        # The controller answers first; the broker that decides hears of it a moment later.
        end = time.monotonic() + 10
        while bool(self._admin.describe_acls(_exactly(binding)).result(10)) != there:
            assert time.monotonic() < end, f"{binding} is {'not ' * there}there"
            time.sleep(0.01)


def _exactly(b: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        b.restype, b.name, b.resource_pattern_type, b.principal, b.host, b.operation, b.permission_type
    )


def documented(user: str, settings: Settings) -> list[AclBinding]:
    """The ACLs that `deploy/kafka/acls.md` gives this user, for a deployment with these names."""
    lines = (ROOT / "deploy" / "kafka" / "acls.md").read_text("utf-8").splitlines()
    mine = [shlex.split(line) for line in lines if f" --allow-principal User:{user} " in line]
    return [binding for words in mine for binding in _bindings(words, settings)]


def _bindings(words: list[str], settings: Settings) -> Iterator[AclBinding]:
    given = [
        (word, words[i + 1]) for i, word in enumerate(words) if word.startswith("--") and word != "--add"
    ]
    prefixed = ("--resource-pattern-type", "prefixed") in given
    pattern = ResourcePatternType.PREFIXED if prefixed else ResourcePatternType.LITERAL
    user = dict(given)["--allow-principal"]
    for option, name in given:
        if option in RESOURCES:
            for _, operation in (pair for pair in given if pair[0] == "--operation"):
                yield AclBinding(
                    RESOURCES[option], _named(settings, name), pattern, user, "*",
                    OPERATIONS.get(operation) or AclOperation[operation.upper()], AclPermissionType.ALLOW,
                )  # fmt: skip


def _named(settings: Settings, name: str) -> str:
    if name.startswith(("support.", "simmer.")):
        return settings.topic_prefix + name
    return settings.app_id + name.removeprefix("simmer")
