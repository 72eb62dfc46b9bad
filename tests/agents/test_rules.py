from importlib import resources
from math import sqrt
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agents import rules as rules_module
from agents import words
from agents.rules import DEFAULT, Rules, Words


def test_equal_rules_have_equal_versions_and_any_other_number_another() -> None:
    assert Rules().version == DEFAULT.version
    assert replace(DEFAULT, rest_level=26.0).version != DEFAULT.version
    assert replace(DEFAULT, words=replace(DEFAULT.words, thanks=-2.0)).version != DEFAULT.version


def test_other_phrases_are_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh = rules_module._version.__wrapped__
    before = fresh(DEFAULT)
    (tmp_path / "phrases.toml").write_text("[customer]\n")
    monkeypatch.setattr(rules_module, "files", lambda _package: tmp_path)
    assert fresh(DEFAULT) != before


def test_rules_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        DEFAULT.rest_level = 0.0  # type: ignore[misc]


def test_every_family_of_phrases_has_its_points_and_every_points_a_family() -> None:
    families = {match.family for side in ("customer", "company") for match in words.lexicon(side).matches}
    assert {family.replace("-", "_") for family in families} == {
        field.name for field in msgspec.structs.fields(Words)
    }


def test_one_message_moves_less_than_lies_between_entering_annoyed_and_furious() -> None:
    def debit_at(level: float) -> float:
        load = level - DEFAULT.rest_level
        return (load + sqrt(load * load + 4 * load * DEFAULT.patience_points)) / 2

    _, _, annoyed, furious = DEFAULT.entering_levels
    assert DEFAULT.message_points_most < debit_at(furious) - debit_at(annoyed)


def test_the_phrases_are_package_data() -> None:
    assert resources.files("agents").joinpath("phrases.toml").is_file()
