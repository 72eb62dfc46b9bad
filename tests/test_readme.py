"""The README says what the code says: its tables are the catalogues', and its commands exist."""

import re
from pathlib import Path

import pytest

from schemas import topics
from schemas.codec import Code
from streams import metrics, settings
from streams.cli import OURS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(table: str) -> list[str]:
    """The rows of one of the README's generated tables."""
    if table == "settings":
        return [
            f"| `{name}` | `{default}` | {right} | {meaning} |"
            for name, default, right, meaning in settings.table()
        ]
    if table == "metrics":
        return [
            f"| `{name}` | {kind} | {labels} | {meaning} |"
            for name, kind, labels, _, meaning in metrics.table()
        ]
    return [f"| `{t.name}` | {t.meaning} | {_kept(t)} | {t.readers} |" for t in topics.everything("simmer")]


def _kept(topic: topics.Topic) -> str:
    return "compacted" if topic.cleanup == "compact" else f"{topic.retention_days} days"


@pytest.mark.parametrize("table", ["settings", "metrics", "topics"])
def test_the_readme_has_every_row_of_the_catalogue_as_it_is(table: str) -> None:
    missing = [row for row in rows(table) if row not in README]
    assert missing == []


def test_the_readme_names_every_command_and_every_code_of_a_dead_letter() -> None:
    assert [
        name for name in (*OURS, "worker") if f"simmer {name}" not in README and f"make {name}" not in README
    ] == []
    assert [code for code in Code.__args__ if f"`{code}`" not in README] == []


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"[`\n]make ([a-z]+)", README)) <= targets
