"""The kinds of contact and of journey there are, from their data file."""

from functools import cache
from importlib.resources import files

import msgspec


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """How a journey of one kind goes; the data file says what each field means."""

    share: float
    contacts: tuple[int, int]
    hours_apart: tuple[float, float]
    scenes: tuple[str, ...]
    last: str | None = None
    first: int = 1
    top: tuple[int, ...] = (1,)
    before: int = 0
    one_matter: bool = True


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in the data file: issues by field, scenes by their kind, plots by their name."""

    issues: dict[str, tuple[str, ...]]
    scenes: dict[str, tuple[str, ...]]
    plots: dict[str, Plot]


@cache
def script() -> Script:
    """The script that ships; read once."""
    raw = files("streams.journeys").joinpath("scenes.toml").read_bytes()
    return msgspec.toml.decode(raw, type=Script)
