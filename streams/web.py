"""What the worker answers over HTTP: health, readiness, metrics, and where a customer stands."""

import time
from typing import Any

from aiohttp.web import Request, Response
from msgspec import json
from yarl import URL

from agents import customer as state
from agents.explain import explain
from streams.partitioning import partition_of

JSON = "application/json"


def unready(app: Any) -> str | None:
    """Why this worker should get no traffic; none when it is ready."""
    if app.lanes.epoch == 0:
        return "starting"
    if app.rebalancing:
        return "rebalancing"
    if app.tables.recovery.in_recovery or app.lanes.unstarted():
        return "recovering"
    ledgers = app.lanes.ledgers.values()
    if any(ledger.dead for ledger in ledgers):
        return "a lane is lost"
    stall = app.settings.stall_s
    if any(ledger.waiting_s(time.monotonic()) > stall for ledger in ledgers):
        return f"stalled: a lane with unread records has moved none for {stall:g} s"
    return None


def _text(line: str, status: int = 200) -> Response:
    return Response(text=line + "\n", status=status)


def _refused(line: str, status: int) -> Response:
    return Response(body=json.encode({"error": line}), status=status, content_type=JSON)


def _elsewhere(app: Any, number: int, path: str) -> Response:
    # Not `app.router.key_store`: that asks a producer which never learnt of the changelog.
    for owner, owned in app.router.table_metadata("customers").items():
        if any(number in numbers for numbers in owned.values()) and owner != str(app.conf.canonical_url):
            return Response(status=307, headers={"Location": str(URL(owner).with_path(path))})
    return _refused("nobody owns this customer right now", 503)


def where(app: Any, customer_id: str, path: str) -> Response:
    """The customer's explanation, or where to ask for it: 200, 307, 404 or 503."""
    key = customer_id.encode()
    number = partition_of(key, app.settings.partitions)
    ledger = app.lanes.ledgers.get(number)
    if ledger is None:
        return _elsewhere(app, number, path)
    if not ledger.open:
        return _refused("recovering", 503)
    row = app.lanes.wiring.rows.get(number, key)
    if row is None:
        return _refused("no such customer", 404)
    customer = state.decode(row)
    # Asked live, the answer is as of the newest event: step never sees the wall clock, nor does this.
    body = json.encode(explain(customer, customer.clock, app.rules))
    return Response(body=body, content_type=JSON)


def views(app: Any) -> None:
    """Put the views on the app."""

    async def healthz(_web: Any, _request: Request) -> Response:
        """The process answers."""
        return _text("ok")

    async def readyz(_web: Any, _request: Request) -> Response:
        """200 when events are folded as they come, else 503 with the reason."""
        reason = unready(app)
        return _text("ready") if reason is None else _text(reason, 503)

    async def metrics(_web: Any, _request: Request) -> Response:
        """The catalogue in Prometheus' text format."""
        body, content_type = app.telemetry.scrape(app, unready(app) is None)
        return Response(body=body, headers={"Content-Type": content_type})

    async def customers(_web: Any, request: Request, customer_id: str) -> Response:
        """Where a customer stands and why."""
        return where(app, customer_id, request.path)

    app.page("/healthz")(healthz)
    app.page("/readyz")(readyz)
    app.page("/metrics")(metrics)
    app.page("/customers/{customer_id}")(customers)
