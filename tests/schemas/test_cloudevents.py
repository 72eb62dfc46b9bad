"""CloudEvents headers say what, when and by whom, and nothing of the customer, the clock or the machine."""

from datetime import datetime, timedelta, timezone
from typing import get_args

import msgspec
import pytest

from schemas.cloudevents import TYPES, headers, source
from schemas.outputs import Output
from tests.schemas.examples import AT, INTERVENTION, MOOD


def test_an_intervention_has_the_binary_mode_headers_in_order() -> None:
    assert headers(INTERVENTION) == [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"i-1"),
        ("ce_source", b"/simmer"),
        ("ce_type", b"simmer.intervene-now.v1"),
        ("ce_time", b"2026-03-02T08:30:15.250000Z"),
        ("content-type", b"application/json"),
    ]


def test_a_mood_has_its_own_type_and_id() -> None:
    said = dict(headers(MOOD))
    assert (said["ce_type"], said["ce_id"]) == (b"simmer.mood-changed.v1", b"m-1")


def test_every_output_has_a_type() -> None:
    assert set(TYPES) == set(get_args(Output))


@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        (None, "/simmer"),
        ("acme", "/simmer/acme"),
        ("acme/../evil", "/simmer/acme%2F..%2Fevil"),
        ("a b\r\nc", "/simmer/a%20b%0D%0Ac"),
        ("日本", "/simmer/%E6%97%A5%E6%9C%AC"),
    ],
)
def test_the_source_is_the_tenants_and_always_a_uri_reference(tenant: str | None, expected: str) -> None:
    assert source(tenant) == expected
    output = msgspec.structs.replace(MOOD, tenant=tenant)
    assert dict(headers(output))["ce_source"] == expected.encode()


def test_no_header_names_the_customer() -> None:
    output = msgspec.structs.replace(INTERVENTION, customer_id="ann@example.com", conversation_id="v-secret")
    said = b" ".join(value for _, value in headers(output))
    assert b"ann" not in said
    assert b"secret" not in said


def test_the_time_is_the_bodys_own_text_whatever_its_zone() -> None:
    at: datetime = AT.astimezone(timezone(-timedelta(hours=3)))
    output = msgspec.structs.replace(INTERVENTION, at=at)
    body = msgspec.json.decode(msgspec.json.encode(output))
    assert dict(headers(output))["ce_time"].decode() == body["at"]
