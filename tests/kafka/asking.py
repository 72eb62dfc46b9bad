"""Asks a worker over HTTP, as people and Prometheus do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from prometheus_client.parser import text_string_to_metric_families

from streams.free_port import free_port
from streams.settings import Settings


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Leave a redirect to the caller."""


def get(settings: Settings, path: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers; a redirect is not followed."""
    request = Request(f"http://{settings.web_host}:{settings.web_port}{path}")
    try:
        with build_opener(_Stay).open(request, timeout=5) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as exc:
        return exc.code, exc.read(), dict(exc.headers)
    except OSError:
        return 0, b"", {}


def on_a_free_port(settings: Settings) -> Settings:
    return replace(settings, web_port=free_port(settings.web_host))


def ready(settings: Settings) -> Callable[[], bool]:
    return lambda: get(settings, "/readyz")[0] == 200


def metric(settings: Settings, name: str) -> float:
    """A metric's value, summed over its labels; 0 where the worker does not answer."""
    text = get(settings, "/metrics")[1].decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name)
