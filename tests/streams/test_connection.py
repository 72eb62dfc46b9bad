"""Settings become credentials in one place; what cannot be used is a line, and no line shows a secret."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.errors import AuthenticationFailedError
from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

from streams.connection import Token, caveats, client_options, faust_credentials
from streams.settings import Settings, WrongSettings, load

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hush-hush"  # noqa: S105 - nobody's
SCRAM = Settings(
    security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512", sasl_username="worker", sasl_password=SECRET
)


async def fetch() -> str:
    return "a token"


def test_without_security_a_client_gets_the_addresses_and_faust_no_credentials() -> None:
    settings = Settings(broker="k-1:9092,k-2:9092")
    assert client_options(settings) == {
        "bootstrap_servers": settings.broker,
        "security_protocol": "PLAINTEXT",
    }
    assert faust_credentials(settings) is None


def test_scram_over_tls_gives_a_client_and_faust_the_same_user_password_and_context() -> None:
    options, credentials = client_options(SCRAM), faust_credentials(SCRAM)
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("worker", SECRET)
    assert options["ssl_context"].check_hostname
    assert isinstance(credentials, SASLCredentials)
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (credentials.username, credentials.password) == ("worker", SECRET)
    assert credentials.ssl_context is options["ssl_context"]


def test_tls_alone_and_tokens_are_fausts_own_kinds_of_credentials() -> None:
    name = f"{__name__}:fetch"
    token = Settings(security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_token=name)
    assert isinstance(faust_credentials(Settings(security_protocol="SSL")), SSLCredentials)
    assert isinstance(faust_credentials(token), OAuthCredentials)
    assert isinstance(client_options(token)["sasl_oauth_token_provider"], Token)


def test_a_password_file_is_read_without_the_end_of_its_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f" {SECRET} \n", "utf-8")
    options = client_options(replace(SCRAM, sasl_password="", sasl_password_file=str(file)))
    assert options["sasl_plain_password"] == f" {SECRET} "


def test_an_empty_password_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("\n", "utf-8")
    with pytest.raises(WrongSettings, match=r"SIMMER_SASL_PASSWORD_FILE='.*': must be a file that holds"):
        client_options(replace(SCRAM, sasl_password="", sasl_password_file=str(file)))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """TLS with a certificate whose key has a password."""
    folder = tmp_path_factory.mktemp("pair")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=worker",  # noqa: S607
         "-passout", f"pass:{SECRET}", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return Settings(
        security_protocol="SSL", tls_ca_file=f"{folder}/cert.pem", tls_cert_file=f"{folder}/cert.pem",
        tls_key_file=f"{folder}/key.pem", tls_key_password=SECRET,
    )  # fmt: skip


def test_an_encrypted_key_is_opened_with_its_password(pair: Settings) -> None:
    assert client_options(pair)["ssl_context"].get_ca_certs()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"tls_key_password": "another"}, "SIMMER_TLS_KEY_PASSWORD"),
        ({"tls_key_password": ""}, "SIMMER_TLS_KEY_PASSWORD"),
        ({"tls_key_file": __file__}, "SIMMER_TLS_KEY_FILE"),
        ({"tls_cert_file": __file__}, "SIMMER_TLS_CERT_FILE"),
        ({"tls_ca_file": __file__}, "SIMMER_TLS_CA_FILE"),
    ],
)
def test_what_is_no_certificate_no_key_or_not_its_password_is_one_line(
    pair: Settings, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(WrongSettings, match=named) as refused:
        client_options(replace(pair, **changes))  # type: ignore[arg-type]
    assert len(str(refused.value).splitlines()) == 1
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["no.such.module:fetch", "os:no_such_function", "os:sep"])
def test_a_token_function_that_cannot_be_had_is_one_line(name: str) -> None:
    settings = Settings(security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_token=name)
    with pytest.raises(WrongSettings, match=f"SIMMER_SASL_TOKEN='{name}'"):
        client_options(settings)


async def test_a_token_comes_from_a_function_that_waits_and_from_one_that_does_not() -> None:
    assert await Token("it", fetch).token() == await Token("it", lambda: "a token").token() == "a token"


async def test_a_token_function_that_fails_is_named_and_not_quoted() -> None:
    def fail() -> str:
        raise RuntimeError(SECRET)

    with pytest.raises(AuthenticationFailedError) as failed:
        await Token("SIMMER_SASL_TOKEN='it'", fail).token()
    assert failed.value.args == ("SIMMER_SASL_TOKEN='it': raised RuntimeError",)


def test_no_repr_and_no_refusal_shows_a_password() -> None:
    known = {"SIMMER_SASL_PASSWORD": SECRET, "SIMMER_TLS_KEY_PASSWORD": SECRET}
    with pytest.raises(WrongSettings) as refused:
        load(known | {"SIMMER_SASL_PASSWORD_FILE": __file__, "SIMMER_SASL_PASWORD": SECRET})
    assert str(refused.value).count("\n") == 4
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(SCRAM)
    assert SECRET not in repr(faust_credentials(SCRAM))


def test_a_secret_that_is_set_in_place_of_its_file_or_function_is_not_shown() -> None:
    names = {"SIMMER_SASL_PASSWORD_FILE", "SIMMER_TLS_KEY_PASSWORD_FILE", "SIMMER_SASL_TOKEN"}
    with pytest.raises(WrongSettings) as refused:
        load(dict.fromkeys(names, SECRET))
    assert {line.split(":")[0] for line in str(refused.value).splitlines()} == names
    assert SECRET not in str(refused.value)


def test_what_a_token_functions_module_says_as_it_fails_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing_token.py").write_text(f"raise ValueError({SECRET!r})", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    name = "failing_token:fetch"
    settings = Settings(security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_token=name)
    with pytest.raises(WrongSettings, match=rf"'{name}': cannot be imported \(ValueError\)$"):
        client_options(settings)


def test_every_client_of_the_program_connects_in_the_one_way() -> None:
    """But the local broker's own question whether it is ready."""
    rooms = [path for room in ("streams", "deploy") for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in rooms if "bootstrap_servers" in path.read_text("utf-8")}
    assert found == {"streams/connection.py", "streams/broker/kafka.py"}


def test_what_protects_less_than_it_seems_to_is_told() -> None:
    assert caveats(SCRAM) == caveats(Settings()) == []
    assert [line.split(":")[0] for line in caveats(replace(SCRAM, security_protocol="SASL_PLAINTEXT"))] == [
        "SIMMER_SECURITY_PROTOCOL=SASL_PLAINTEXT"
    ]
    assert [line.split(":")[0] for line in caveats(replace(SCRAM, tls_check_hostname="off"))] == [
        "SIMMER_TLS_CHECK_HOSTNAME=off"
    ]
