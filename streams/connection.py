"""How this deployment connects to Kafka: the one place where settings become credentials."""

import asyncio
import importlib
import inspect
import logging
import ssl
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiokafka import conn
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import AuthenticationFailedError, SaslAuthenticationFailed
from aiokafka.protocol.admin import SaslAuthenticateRequest
from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

from streams.settings import Settings, WrongSettings


class Token(AbstractTokenProvider):  # type: ignore[misc]
    """A token for each new connection, from the function that `SIMMER_SASL_TOKEN` names."""

    def __init__(self, name: str, fetch: Callable[[], Any]) -> None:
        self._name = name
        self._fetch = fetch

    async def token(self) -> str:
        """The function's answer; where there is none, an error that names the setting and quotes nothing."""
        try:
            # In a thread: a function that asks over the network would stop every lane meanwhile.
            answer = await asyncio.to_thread(self._fetch)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as exc:  # noqa: BLE001 - somebody else's code; what it says may hold a secret
            raise AuthenticationFailedError(f"{self._name}: raised {type(exc).__name__}") from None
        if not isinstance(answer, str) or not answer:
            raise AuthenticationFailedError(f"{self._name}: gave {type(answer).__name__}, must give a token")
        return answer


class OAuth(conn.OAuthAuthenticator):  # type: ignore[misc]
    """Takes a refusal for one: the broker explains it in a challenge, which aiokafka takes for a welcome."""

    async def step(self, payload: bytes | None) -> Any:
        """Send the token; afterwards raise what the broker answered, unless that is nothing."""
        if payload:
            raise SaslAuthenticationFailed("the token is refused")
        return await super().step(payload)


@lru_cache(maxsize=8)
def security(settings: Settings) -> dict[str, Any]:
    """Credentials alone, as aiokafka takes them; raises `WrongSettings` with one line."""
    options: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = _tls(settings)
    if settings.security_protocol.startswith("SASL_"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        if settings.sasl_mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = _token(settings.sasl_token)
            conn.OAuthAuthenticator = OAuth
        else:
            options["sasl_plain_username"] = settings.sasl_username
            options["sasl_plain_password"] = _secret(settings, "sasl_password")
        logging.getLogger("aiokafka.conn").addFilter(_fit_to_log)
    return options


def client_options(settings: Settings) -> dict[str, Any]:
    """Addresses and credentials as any aiokafka client takes them; raises `WrongSettings` with one line."""
    return {"bootstrap_servers": settings.broker, **security(settings)}


def faust_credentials(settings: Settings) -> Any:
    """The same for Faust's own clients; None without security. Raises `WrongSettings` with one line."""
    options = security(settings)
    tls = options.get("ssl_context")
    if settings.security_protocol == "PLAINTEXT":
        return None
    if settings.security_protocol == "SSL":
        return SSLCredentials(tls)
    if settings.sasl_mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=options["sasl_oauth_token_provider"], ssl_context=tls)
    return SASLCredentials(
        mechanism=settings.sasl_mechanism, ssl_context=tls,
        username=options["sasl_plain_username"], password=options["sasl_plain_password"],
    )  # fmt: skip


def caveats(settings: Settings) -> list[str]:
    """A line for each setting that works but protects less than it seems to."""
    lines = []
    if settings.security_protocol == "SASL_PLAINTEXT":
        seen = "the password and all records" if settings.sasl_mechanism == "PLAIN" else "all records"
        lines.append(
            f"SIMMER_SECURITY_PROTOCOL=SASL_PLAINTEXT: {seen} can be read on the way, unlike SASL_SSL"
        )
    if settings.security_protocol.endswith("SSL") and settings.tls_check_hostname == "off":
        lines.append("SIMMER_TLS_CHECK_HOSTNAME=off: whoever has any certificate can pass for the broker")
    return lines


def _fit_to_log(record: logging.LogRecord) -> bool:
    """At level DEBUG aiokafka would log the request with the password; and `caveats` says the other once."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    shows_secret = any(
        getattr(argument, "API_KEY", None) == SaslAuthenticateRequest.API_KEY for argument in arguments
    )
    return not shows_secret and record.msg != "Sending username and password in the clear"


def _secret(settings: Settings, name: str) -> str:
    """A password, or the text of the file that holds it, without the line's end."""
    path: str = getattr(settings, f"{name}_file")
    if not path:
        return str(getattr(settings, name))
    try:
        text = Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        raise WrongSettings(f"SIMMER_{name.upper()}_FILE={path!r}: must be a file that holds a password")
    return text


def _tls(settings: Settings) -> ssl.SSLContext:
    authority, certificate, key = settings.tls_ca_file, settings.tls_cert_file, settings.tls_key_file
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except OSError:
        raise WrongSettings(f"SIMMER_TLS_CA_FILE={authority!r}: must hold certificates in PEM") from None
    context.check_hostname = settings.tls_check_hostname == "on"
    if certificate:
        password = _secret(settings, "tls_key_password")
        try:
            # A function: given nothing, OpenSSL would ask the terminal for the password of an encrypted key.
            context.load_cert_chain(certificate, key, lambda: password)
        except OSError:
            raise WrongSettings(
                f"SIMMER_TLS_CERT_FILE={certificate!r} SIMMER_TLS_KEY_FILE={key!r}: must be a certificate "
                "and its key in PEM, and SIMMER_TLS_KEY_PASSWORD the key's password where it has one"
            ) from None
    return context


def _token(name: str) -> Token:
    said = f"SIMMER_SASL_TOKEN={name!r}"
    module, _, function = name.partition(":")
    try:
        fetch = getattr(importlib.import_module(module), function)
    except Exception as exc:  # noqa: BLE001 - importing runs somebody else's code
        # What else it may say could hold a secret.
        told = f": {exc}" if isinstance(exc, ImportError | AttributeError) else ""
        raise WrongSettings(f"{said}: cannot be imported ({type(exc).__name__}{told})") from None
    if not callable(fetch):
        raise WrongSettings(f"{said}: must be a function that gives a token")
    return Token(said, fetch)
