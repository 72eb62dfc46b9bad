"""CloudEvents 1.0 headers, in Kafka's binary mode, for what Simmer publishes."""

from functools import lru_cache
from urllib.parse import quote

import msgspec

from schemas.outputs import InterveneNow, MoodChanged, Output

TYPES: dict[type[Output], str] = {
    InterveneNow: "simmer.intervene-now.v1",
    MoodChanged: "simmer.mood-changed.v1",
}
"""The CloudEvents type of each output; the number grows with an incompatible change."""

_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")
_TYPES = {kind: ("ce_type", name.encode()) for kind, name in TYPES.items()}
_instant = msgspec.json.Encoder().encode


@lru_cache(maxsize=1024)
def source(tenant: str | None) -> str:
    """Who says it: `/simmer`, or one below it for each tenant.

    >>> source("Ärzte & Co/Nord")
    '/simmer/%C3%84rzte%20%26%20Co%2FNord'
    """
    return "/simmer" if tenant is None else "/simmer/" + quote(tenant, safe="")


def headers(output: Output) -> list[tuple[str, bytes]]:
    """The record's headers: a function of the output alone.

    There is no `ce_subject`: it would be the customer, and headers are what proxies and tracing tools log.
    The record's key says who it is.
    """
    return [
        _SPECVERSION,
        ("ce_id", output.id.encode()),
        ("ce_source", source(output.tenant).encode()),
        _TYPES[type(output)],
        ("ce_time", _instant(output.at)[1:-1]),
        _CONTENT_TYPE,
    ]
