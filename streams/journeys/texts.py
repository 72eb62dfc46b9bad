"""What customers and the company say in the sample journeys: our own lines, by temper and by kind."""

from collections import defaultdict
from functools import cache
from importlib.resources import files

import msgspec

FIELDS = ("calls", "shops", "tech", "travel")
"""The four fields of business that lines come from; a customer stays in one."""

FEWEST = 6
"""A field with fewer lines of a temper borrows those of the others, so that nobody repeats one line."""

Pools = dict[tuple[str, bool], tuple[tuple[str, ...], ...]]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a customer's with its severity, 0 (pleased) to 4 (furious), or the company's of a kind."""

    by: str
    text: str
    severity: int = 0
    spoken: bool = False
    field: str = ""
    kind: str = ""


@cache
def texts() -> tuple[Text, ...]:
    """Every line that ships, in the order of its file."""
    lines = files("streams.journeys").joinpath("texts.jsonl").read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=Text) for line in lines)


@cache
def of_customers() -> Pools:
    """(field, spoken) -> five pools of lines, one for each severity; none is empty."""
    pools: defaultdict[tuple[str, bool, int], list[str]] = defaultdict(list)
    for t in texts():
        if t.by == "customer":
            pools[t.field, t.spoken, t.severity].append(t.text)

    def pool(field: str, spoken: bool, severity: int) -> tuple[str, ...]:  # noqa: FBT001 - a key's part
        own = pools[field, spoken, severity]
        fields = (field,) if len(own) >= FEWEST else FIELDS
        return tuple(line for f in fields for line in pools[f, spoken, severity])

    return {
        (f, s): tuple(pool(f, s, severity) for severity in range(5)) for f in FIELDS for s in (False, True)
    }


@cache
def of_company() -> dict[str, tuple[str, ...]]:
    """Kind -> the company's lines of that kind."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for t in texts():
        if t.by == "company":
            kinds[t.kind].append(t.text)
    return {kind: tuple(lines) for kind, lines in kinds.items()}
