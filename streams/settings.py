"""All settings, from the environment, as one frozen value; a wrong one refuses to start and is named."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from streams.credentials import clashes

PREFIX = "SIMMER_"


class WrongSettings(ValueError):  # noqa: N818 - says what is wrong, all of it at once
    """One line for each setting that cannot be used: its name, its value and what would be right."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the text of a variable becomes a value, and what to say where it does not."""

    read: Callable[[str], Any]
    right: str
    secret: bool = False
    """Is a secret, or is where one is put by mistake: its value is never shown."""


def _whole(low: int, high: int) -> _Kind:
    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return _Kind(read, f"a whole number from {low} to {high}")


def _number(low: float, high: float) -> _Kind:
    def read(text: str) -> float:
        number = float(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return _Kind(read, f"a number from {low:g} to {high:g}")


def _one_of(*words: str) -> _Kind:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return _Kind(read, "one of " + ", ".join(words))


def _matching(pattern: str, right: str, *, secret: bool = False) -> _Kind:
    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError
        return text

    return _Kind(read, right, secret)


_BROKERS = _matching(
    r"[\w.\-]+:\d{1,5}(,[\w.\-]+:\d{1,5})*", "host:port, or several with commas: kafka-1:9092,kafka-2:9092"
)
_TOPIC_PART = _matching(r"[a-zA-Z0-9._\-]{0,100}", "at most 100 of the characters a-z A-Z 0-9 . _ -")
_APP_ID = _matching(r"[a-zA-Z0-9._\-]{1,100}", "1 to 100 of the characters a-z A-Z 0-9 . _ -")
_HOST = _matching(r"[\w.\-:]+", "a host name or an address")
_FILE = _Kind(Path, "a path")
_TEXT = _Kind(str, "any text")
_SECRET = _Kind(str, "any text", secret=True)
_TOKEN = _matching(r"([\w.]+:\w+)?", "module:function, such as tokens.kafka:fetch", secret=True)


def _readable(text: str) -> str:
    try:
        Path(text).open("rb").close()
    except OSError as exc:
        raise ValueError from exc
    return text


def _or_nothing(kind: _Kind) -> _Kind:
    return _Kind(lambda text: kind.read(text) if text else "", kind.right, kind.secret)


_MECHANISM = _or_nothing(_one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"))
_READABLE = _or_nothing(_Kind(_readable, "a file that can be read"))
_SECRET_FILE = _or_nothing(_Kind(_readable, "a file that can be read", secret=True))


def _setting(default: Any, kind: _Kind, meaning: str) -> Any:
    # A repr may reach a log or a trace.
    return field(default=default, metadata={"kind": kind, "meaning": meaning}, repr=not kind.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment may choose. Each field is read from `SIMMER_` + its name in capitals."""

    broker: str = _setting("127.0.0.1:9092", _BROKERS, "Kafka bootstrap servers")
    security_protocol: str = _setting(
        "PLAINTEXT",
        _one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "how Kafka is spoken to; SSL stands for TLS",
    )
    sasl_mechanism: str = _setting("", _MECHANISM, "how this client says who it is")
    sasl_username: str = _setting("", _TEXT, "user of PLAIN and SCRAM")
    sasl_password: str = _setting("", _SECRET, "its password")
    sasl_password_file: str = _setting("", _SECRET_FILE, "file that holds the password instead")
    sasl_token: str = _setting("", _TOKEN, "OAUTHBEARER: called for each token; may be async")
    tls_ca_file: str = _setting("", _READABLE, "PEM of the broker's authority; without it the system's")
    tls_cert_file: str = _setting("", _READABLE, "PEM of this client's certificate, for mTLS")
    tls_key_file: str = _setting("", _READABLE, "PEM of its key")
    tls_key_password: str = _setting("", _SECRET, "password of the key")
    tls_key_password_file: str = _setting("", _SECRET_FILE, "file that holds that password instead")
    tls_check_hostname: str = _setting(
        "on", _one_of("on", "off"), "whether the broker's certificate must be for its host"
    )
    app_id: str = _setting(
        "simmer", _APP_ID, "consumer group, and first part of changelog and producer names"
    )
    topic_prefix: str = _setting("", _TOPIC_PART, "put before each topic's name")
    partitions: int = _setting(4, _whole(1, 1000), "partitions of each topic; equal for all, fixed for good")
    replication: int = _setting(-1, _whole(-1, 10), "replicas of each topic; -1 takes the broker's default")
    store: str = _setting("memory", _one_of("memory", "rocksdb"), "where a worker keeps its rows")
    data_dir: Path = _setting(Path(".simmer"), _FILE, "folder for the worker's files and the local broker's")
    flush_interval_ms: float = _setting(
        25.0, _number(0, 1000), "how long a lane gathers before it folds, in milliseconds"
    )
    session_timeout_s: float = _setting(
        15.0, _number(6, 300), "a worker silent for longer loses its partitions, in seconds"
    )
    standby_replicas: int = _setting(
        0, _whole(0, 10), "further workers that keep each row, so that a failover reads only what is new"
    )
    instance_id: str = _setting(
        "",
        _or_nothing(_APP_ID),
        "fixed name of this worker in its group: back within the session timeout, it causes no rebalance",
    )
    clock: str = _setting(
        "wall", _one_of("wall", "stream"), "`wall` in production; `stream` where history is replayed"
    )
    max_ahead_s: float = _setting(
        86400.0, _number(0, 31536000), "an event further ahead of its record's time is refused (wall clock)"
    )
    settle_s: float = _setting(
        5.0,
        _number(0, 3600),
        "how long a fact may be on its way before its absence counts as silence, in seconds (wall clock)",
    )
    duplicates_window_s: float = _setting(
        3600.0, _number(0, 86400), "an event told again within this time changes nothing, in seconds"
    )
    quotes: str = _setting(
        "on", _one_of("on", "off"), "whether an intervention quotes, redacted, what called for it"
    )
    bad_ratio: float = _setting(
        0.5,
        _number(0, 1),
        "share of a partition's last 1,000 records that may be bad before the worker stops",
    )
    bad_run: int = _setting(500, _whole(1, 1000000), "bad records in a row before the worker stops")
    stall_s: float = _setting(
        60.0,
        _number(1, 3600),
        "a worker with unread records that takes none for longer is not ready and ends, in seconds",
    )
    web_host: str = _setting("127.0.0.1", _HOST, "address the web server listens on")
    web_port: int = _setting(6066, _whole(0, 65535), "its port; 0 takes a free one")
    web_url: str = _setting(
        "",
        _matching(r"(https?://\S+)?", "a URL such as http://worker-1:6066"),
        "where others reach this worker",
    )


def _read(environ: Mapping[str, str], problems: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for f in fields(Settings):
        name = PREFIX + f.name.upper()
        if name not in environ:
            continue
        kind: _Kind = f.metadata["kind"]
        try:
            yield f.name, kind.read(environ[name])
        except ValueError:
            shown = "" if kind.secret else f"={environ[name]!r}"
            problems[name] = f"{name}{shown}: must be {kind.right}"


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = {PREFIX + f.name.upper() for f in fields(Settings)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            # Without its value: it may be a password under a mistyped name.
            yield f"{name}: no such setting; there are {', '.join(sorted(known))}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment; raises `WrongSettings` with all problems at once."""
    environ = os.environ if environ is None else environ
    problems: dict[str, str] = {}
    values = dict(_read(environ, problems))
    lines = [*problems.values(), *clashes(PREFIX, environ, problems), *_unknown(environ)]
    if lines:
        raise WrongSettings("\n".join(lines))
    return Settings(**values)


def table() -> Iterator[tuple[str, str, str, str]]:
    """Each setting's variable, default, what is right, and what it means: the README's table."""
    for f in fields(Settings):
        kind: _Kind = f.metadata["kind"]
        default = "" if f.default is MISSING else str(f.default)
        yield PREFIX + f.name.upper(), default, kind.right, f.metadata["meaning"]
