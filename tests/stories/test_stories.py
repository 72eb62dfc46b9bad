"""Whole customer stories: what happens, and where the customer stands and what is said after each line."""

from pathlib import Path

import pytest

from tests.stories import table

STORIES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_goes_as_it_is_told(path: Path) -> None:
    story = table.read(path)
    assert story.rows
    assert table.live(story) == path.read_text("utf-8")
