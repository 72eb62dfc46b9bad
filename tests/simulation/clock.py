"""The only clock of a story: virtual seconds since its beginning, and what the walls say then."""

import asyncio
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""What the walls say when a story begins."""

BEGINNING_S = BEGINNING.timestamp()


def wall(story_s: float) -> datetime:
    """The time on the walls, so many seconds into the story."""
    return BEGINNING + timedelta(seconds=story_s)


def wall_s() -> float:
    """The time on the walls now, in epoch seconds."""
    return BEGINNING_S + asyncio.get_running_loop().time()
