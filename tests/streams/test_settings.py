"""Settings come from the environment; a wrong one refuses to start, and all of them are named at once."""

from pathlib import Path

import pytest

from streams.settings import Settings, WrongSettings, load, table


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load({}) == Settings()


def test_every_field_is_read_from_its_variable() -> None:
    found = load({"SIMMER_BROKER": "k-1:9092,k-2:9093", "SIMMER_PARTITIONS": "8", "SIMMER_DATA_DIR": "/data"})
    assert found == Settings(broker="k-1:9092,k-2:9093", partitions=8, data_dir=Path("/data"))


def test_other_variables_are_nobodys_business() -> None:
    assert load({"HOME": "/root", "SIMMERING": "yes"}) == Settings()


def test_all_problems_are_said_at_once_each_with_name_value_and_what_would_be_right() -> None:
    with pytest.raises(WrongSettings) as refused:
        load({"SIMMER_PARTITIONS": "none", "SIMMER_STORE": "disk", "SIMMER_PORT": "1"})
    lines = str(refused.value).splitlines()
    assert lines[:2] == [
        "SIMMER_PARTITIONS='none': must be a whole number from 1 to 1000",
        "SIMMER_STORE='disk': must be one of memory, rocksdb",
    ]
    assert lines[2].startswith("SIMMER_PORT: no such setting; there are SIMMER_APP_ID, ")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIMMER_BROKER", "localhost"),
        ("SIMMER_BROKER", "kafka://localhost:9092"),
        ("SIMMER_APP_ID", ""),
        ("SIMMER_TOPIC_PREFIX", "a b"),
        ("SIMMER_PARTITIONS", "0"),
        ("SIMMER_FLUSH_INTERVAL_MS", "-1"),
        ("SIMMER_FLUSH_INTERVAL_MS", "nan"),
        ("SIMMER_CLOCK", "sun"),
        ("SIMMER_WEB_PORT", "65536"),
        ("SIMMER_WEB_URL", "worker:6066"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(variable: str, value: str) -> None:
    with pytest.raises(WrongSettings, match=variable):
        load({variable: value})


def test_the_table_for_the_readme_has_a_row_for_every_setting() -> None:
    rows = list(table())
    assert len(rows) == len(Settings.__dataclass_fields__)
    assert rows[0][:2] == ("SIMMER_BROKER", "127.0.0.1:9092")
    assert all(all(cell or i == 1 for i, cell in enumerate(row)) for row in rows)


TLS = {"SIMMER_SECURITY_PROTOCOL": "SSL"}
SCRAM = {"SIMMER_SECURITY_PROTOCOL": "SASL_SSL", "SIMMER_SASL_MECHANISM": "SCRAM-SHA-512"}
MECHANISM = "SIMMER_SASL_MECHANISM='SCRAM-SHA-512'"
USER = {"SIMMER_SASL_USERNAME": "worker", "SIMMER_SASL_PASSWORD": "hush"}


@pytest.mark.parametrize(
    ("environ", "lines"),
    [
        (SCRAM | USER, []),
        (
            {"SIMMER_SECURITY_PROTOCOL": "SASL_SSL"},
            ["SIMMER_SECURITY_PROTOCOL='SASL_SSL': needs SIMMER_SASL_MECHANISM"],
        ),
        (
            SCRAM,
            [
                f"{MECHANISM}: needs SIMMER_SASL_USERNAME",
                f"{MECHANISM}: needs SIMMER_SASL_PASSWORD or SIMMER_SASL_PASSWORD_FILE",
            ],
        ),
        (
            SCRAM | USER | TLS,
            [f"{MECHANISM}: needs SIMMER_SECURITY_PROTOCOL to be SASL_SSL or SASL_PLAINTEXT"],
        ),
        (
            SCRAM | {"SIMMER_SASL_MECHANISM": "OAUTHBEARER"},
            ["SIMMER_SASL_MECHANISM='OAUTHBEARER': needs SIMMER_SASL_TOKEN"],
        ),
        (
            SCRAM | USER | {"SIMMER_SASL_PASSWORD_FILE": __file__},
            ["SIMMER_SASL_PASSWORD: must not be set beside SIMMER_SASL_PASSWORD_FILE"],
        ),
        (
            TLS | {"SIMMER_TLS_CERT_FILE": __file__},
            [f"SIMMER_TLS_CERT_FILE={__file__!r}: needs SIMMER_TLS_KEY_FILE"],
        ),
        (
            {"SIMMER_TLS_CA_FILE": __file__},
            [f"SIMMER_TLS_CA_FILE={__file__!r}: needs SIMMER_SECURITY_PROTOCOL to be SSL or SASL_SSL"],
        ),
        (
            TLS | {"SIMMER_TLS_CA_FILE": "/no/such/file"},
            ["SIMMER_TLS_CA_FILE='/no/such/file': must be a file that can be read"],
        ),
        (TLS | {"SIMMER_TLS_CA_FILE": "/"}, ["SIMMER_TLS_CA_FILE='/': must be a file that can be read"]),
        (
            {"SIMMER_SECURITY_PROTOCOL": "TLS", "SIMMER_SASL_MECHANISM": "PLAIN"} | USER,
            ["SIMMER_SECURITY_PROTOCOL='TLS': must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"],
        ),
    ],
)
def test_settings_of_a_secured_connection_that_do_not_fit_are_lines(
    environ: dict[str, str], lines: list[str]
) -> None:
    assert _refusals(environ) == lines


def _refusals(environ: dict[str, str]) -> list[str]:
    try:
        load(environ)
    except WrongSettings as exc:
        return str(exc).splitlines()
    return []
