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
    assert lines[2].startswith("SIMMER_PORT='1': no such setting; there are SIMMER_APP_ID, ")


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
