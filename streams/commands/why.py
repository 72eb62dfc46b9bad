"""`simmer why`: where one customer stands and what brought them there, from the worker that owns them."""

import urllib.error
import urllib.request
from urllib.parse import quote

import click
import msgspec

from agents.explain import Explanation, lines
from streams.commands import common
from streams.settings import Settings

ANSWER_WITHIN_S = 10.0
NOT_FOUND, NOT_READY = 404, 503


@click.command("why")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--json", "as_json", is_flag=True, help="Print the worker's answer as it is.")
@click.option(
    "--url", help="Any worker's address; without it SIMMER_WEB_URL, else SIMMER_WEB_HOST and _PORT."
)
def why(customer_id: str, url: str | None, *, as_json: bool) -> None:
    """Print level, rung, path and top causes with event ids of CUSTOMER.

    Any worker may be asked: it names the one that owns the customer.
    """
    answer = _asked(url or address(common.settings()), customer_id)
    if as_json:
        click.echo(answer)
        return
    try:
        explanation = msgspec.json.decode(answer, type=Explanation)
    except msgspec.DecodeError as exc:
        common.fail(f"the worker's answer is not an explanation: {exc}")
    click.echo("\n".join(lines(explanation)))


def address(settings: Settings) -> str:
    """Where this deployment's worker is reached.

    >>> address(Settings(web_port=7070))
    'http://127.0.0.1:7070'
    """
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    return settings.web_url or f"http://{host}:{settings.web_port}"


def _asked(url: str, customer_id: str) -> bytes:
    """The worker's answer; the owner's, where another worker is asked first."""
    if not url.startswith(("http://", "https://")):
        common.fail(f"--url {url}: must begin with http:// or https://")
    asked = f"{url.rstrip('/')}/customers/{quote(customer_id, safe='')}"
    try:
        with urllib.request.urlopen(asked, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - checked above
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as exc:
        with exc:
            if exc.code == NOT_FOUND:
                common.fail(f"no such customer: {customer_id}")
            if exc.code == NOT_READY:
                common.fail(f"{url}: not ready yet, ask again in a moment")
            common.fail(f"{url}: answered {exc.code} {exc.reason}")
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "reason", exc)
        common.fail(
            f"no worker answers at {url} ({reason}); see SIMMER_WEB_URL, SIMMER_WEB_HOST, SIMMER_WEB_PORT"
        )
