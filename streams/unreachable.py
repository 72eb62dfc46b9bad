"""Why a broker cannot be reached: aiokafka says "unable to bootstrap", whatever the reason."""

import ssl

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.connection import security
from streams.settings import Settings

ANSWER_WITHIN_MS = 2_000


async def why(settings: Settings) -> str:
    """One line: what is wrong with the settings of a connection, asked of each address until one tells."""
    for host, port, _ in collect_hosts(settings.broker):
        if line := await _why(settings, host, port):
            return f"{line} (asked of {host}:{port})"
    return f"SIMMER_BROKER={settings.broker}: no broker answers there"


async def _why(settings: Settings, host: str, port: int) -> str | None:
    """What keeps this broker from talking to us; None where nobody answers, or nothing does."""
    try:
        connection = await create_conn(host, port, request_timeout_ms=ANSWER_WITHIN_MS, **security(settings))
        try:
            await connection.send(MetadataRequest([]))
        finally:
            connection.close()
    except ssl.SSLError as exc:
        return _no_tls(settings, exc)
    except AuthenticationFailedError as exc:  # our own, of the token
        return str(exc.args[0])
    except (SaslAuthenticationFailed, IllegalSaslStateError, UnsupportedSaslMechanismError) as exc:
        return _refused(settings, exc)
    except (KafkaError, ConnectionResetError):
        return _hung_up(settings)
    except OSError:
        return None
    return None


def _no_tls(settings: Settings, error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        authority = f"SIMMER_TLS_CA_FILE={settings.tls_ca_file}"
        return f"{authority}: the broker's certificate does not hold: {error.verify_message}"
    return f"SIMMER_SECURITY_PROTOCOL={settings.security_protocol}: no TLS with the broker ({error.reason})"


def _hung_up(settings: Settings) -> str:
    protocol = settings.security_protocol
    lacks = protocol == "SSL" and not settings.tls_cert_file
    certificate = " or a client certificate, SIMMER_TLS_CERT_FILE" if lacks else ""
    return f"SIMMER_SECURITY_PROTOCOL={protocol}: the broker hangs up; it wants another protocol{certificate}"


def _refused(settings: Settings, error: KafkaError) -> str:
    mechanism = settings.sasl_mechanism
    if not isinstance(error, SaslAuthenticationFailed):
        return f"SIMMER_SASL_MECHANISM={mechanism}: the broker does not take it on this port"
    if mechanism == "OAUTHBEARER":
        return f"SIMMER_SASL_TOKEN={settings.sasl_token}: the broker refuses the token"
    name = "SIMMER_SASL_PASSWORD_FILE" if settings.sasl_password_file else "SIMMER_SASL_PASSWORD"
    return f"SIMMER_SASL_USERNAME={settings.sasl_username} {name}: the broker refuses this user or password"
