"""Which changes of a published schema would break somebody, named one by one."""

from collections.abc import Iterator
from typing import Any, Literal

Schema = dict[str, Any]
Role = Literal["input", "output"]

TELLS_NOTHING = {
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "anyOf",
    "default",
    "description",
    "discriminator",
    "title",
}
TOLD = {"type", "enum", "properties", "required", "additionalProperties", "items", "format", "pattern"}
LOWER = ("minLength", "minItems", "minimum", "exclusiveMinimum")
UPPER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum")
KNOWN = TELLS_NOTHING | TOLD | {*LOWER, *UPPER}


class UnknownKeyword(ValueError):  # noqa: N818 - names the keyword that cannot be compared
    """A schema uses a keyword that this module does not compare, so nothing can be promised."""


def breaks(old: Schema, new: Schema, role: Role) -> list[str]:
    """One line for each incompatible change from `old` to `new`; empty where there is none.

    Of an input, the new program must read what was written by the old schema; of an output, those who read by
    the old schema must read what the new program writes. Raises `UnknownKeyword`.
    """
    if role == "input":
        return list(_unread((old, old), (new, new), "$"))
    return [*_unread((new, new), (old, old), "$"), *_gone((old, old), (new, new), "$")]


Placed = tuple[Schema, Schema]
"""A part of a document, and the document that its references point into."""


def _alternatives(placed: Placed) -> Iterator[Placed]:
    """Every shape that the part allows, references followed."""
    part, document = placed
    unknown = part.keys() - KNOWN
    if unknown:
        raise UnknownKeyword(f"no rule for {', '.join(sorted(unknown))}")
    if "$ref" in part:
        yield from _alternatives((document["$defs"][part["$ref"].rsplit("/", 1)[1]], document))
    elif "anyOf" in part:
        for option in part["anyOf"]:
            yield from _alternatives((option, document))
    else:
        yield placed


def _type(part: Schema) -> str:
    return str(part.get("type", "string" if "enum" in part else "anything"))


def _tag(part: Schema) -> str | None:
    values = part.get("properties", {}).get("type", {}).get("enum", ())
    return values[0] if len(values) == 1 else None


def _pairs(written: Schema, read: Schema) -> bool:
    """Whether a reader of `read` would take something of `written` for it."""
    types = (_type(written), _type(read))
    same = types[0] == types[1] or types == ("integer", "number") or types[1] == "anything"
    return same and _tag(written) == _tag(read)


def _called(part: Schema, where: str) -> str:
    return f"{where}[{_tag(part)}]" if _tag(part) else where


def _unread(written: Placed, read: Placed, where: str) -> Iterator[str]:
    """What may be written and would not be read."""
    readers = list(_alternatives(read))
    for part, document in _alternatives(written):
        fitting = [(r, d) for r, d in readers if _pairs(part, r)]
        here = _called(part, where)
        if not fitting:
            yield f"{here}: {_type(part)} is written and not read"
        else:
            yield from min((list(_refused((part, document), r, here)) for r in fitting), key=len)


def _refused(written: Placed, read: Placed, where: str) -> Iterator[str]:
    """What of one shape would be refused by a reader of another with the same type."""
    w, r = written[0], read[0]
    yield from _outside(w, r, where)
    if "items" in r:
        yield from _unread((w.get("items", {}), written[1]), (r["items"], read[1]), f"{where}[]")
    mine, theirs = w.get("properties", {}), r.get("properties", {})
    for name in sorted(set(r.get("required", ())) - set(w.get("required", ()))):
        yield f"{where}.{name}: may be missing and is required"
    if r.get("additionalProperties") is False and w.get("additionalProperties") is not False:
        yield f"{where}: unknown fields are written and refused"
    for name in sorted(mine.keys() & theirs.keys()):
        here = f"{where}.{name}"
        yield from _unread((mine[name], written[1]), (theirs[name], read[1]), here)
        meant = [field["default"] for field in (mine[name], theirs[name]) if "default" in field]
        if len(meant) == 2 and meant[0] != meant[1]:  # noqa: PLR2004 - both, that is
            yield f"{here}: where it is missing, {meant[0]!r} is meant and {meant[1]!r} is read"


def _outside(w: Schema, r: Schema, where: str) -> Iterator[str]:
    """Which limits of the reader the written may cross."""
    if "enum" in r:
        new = sorted(set(w["enum"]) - set(r["enum"])) if "enum" in w else ["anything"]
        if new:
            yield f"{where}: {', '.join(new)} may be written and only {', '.join(r['enum'])} are read"
    for keyword in ("format", "pattern"):
        if keyword in r and w.get(keyword) != r[keyword]:
            yield f"{where}: {keyword} {w.get(keyword)} is written and {r[keyword]} is read"
    for keyword in LOWER:
        if keyword in r and w.get(keyword, float("-inf")) < r[keyword]:
            yield f"{where}: {keyword} {w.get(keyword)} is written and {r[keyword]} is read"
    for keyword in UPPER:
        if keyword in r and w.get(keyword, float("inf")) > r[keyword]:
            yield f"{where}: {keyword} {w.get(keyword)} is written and {r[keyword]} is read"


def _gone(old: Placed, new: Placed, where: str) -> Iterator[str]:
    """Fields that readers may know and nobody writes any longer, required or not."""
    now = list(_alternatives(new))
    for part, document in _alternatives(old):
        here = _called(part, where)
        for n, d in now:
            if not _pairs(n, part):
                continue
            for name, field in sorted(part.get("properties", {}).items()):
                if name in n.get("properties", {}):
                    yield from _gone((field, document), (n["properties"][name], d), f"{here}.{name}")
                else:
                    yield f"{here}.{name}: is no longer written"
            if "items" in part and "items" in n:
                yield from _gone((part["items"], document), (n["items"], d), f"{here}[]")
