"""`simmer replay`: files of events or of dialogues onto the input topics."""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from schemas import topics
from streams import dialogues, records
from streams.commands import common
from streams.records import Bad, Record, Tally
from streams.replay import NotSent, due, good, missing, send, sending
from streams.settings import Settings
from streams.topic_check import BrokerUnreachable

TELL_EVERY_S = 5.0
SHOW_EVERY_S = 0.2
PAST_S = 86_400.0
READERS = {"events": records.read, "dialogues": dialogues.read}


@click.command("replay")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format", "form", type=click.Choice(tuple(READERS)), default="events", show_default=True,
    help="JSON Lines of our events, or of labelled dialogues, each of which becomes a chat.",
)  # fmt: skip
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), metavar="N",
    help="Send by event time, N times as fast as it happened; without it, as fast as it goes.",
)  # fmt: skip
def replay(files: tuple[str, ...], form: str, speed: float | None) -> None:
    """Send the events of FILE... (`.gz` too, `-` for standard input) to the input topics.

    Several files are merged by event time. A line that is no event is named on standard error
    with its place and skipped; then the exit code is 1.
    """
    common.quiet()
    settings = common.settings()
    _refuse_unreadable(files)
    tally, begun = Tally(), time.monotonic()
    try:
        asyncio.run(_run(settings, files, form, speed, tally))
    except (BrokerUnreachable, NotSent) as exc:
        common.fail(str(exc))
    except KafkaError as exc:
        common.fail(f"SIMMER_BROKER={settings.broker}: {type(exc).__name__}")
    except OSError as exc:
        common.fail(f"{exc.filename or 'file'}: {exc.strerror or exc}")
    took_s = time.monotonic() - begun
    rate = tally.sent / took_s
    click.echo(f"sent {tally.sent:,} events in {took_s:.1f} s ({rate:,.0f}/s), bad lines: {tally.bad:,}")
    if tally.bad:
        raise SystemExit(1)


def _refuse_unreadable(files: tuple[str, ...]) -> None:
    for name in files:
        if name != records.STDIN:
            try:
                Path(name).open("rb").close()
            except OSError as exc:
                common.fail(f"{name}: {exc.strerror}")


async def _run(
    settings: Settings, files: tuple[str, ...], form: str, speed: float | None, tally: Tally
) -> None:
    if lines := await missing(settings, topics.INPUTS):
        common.fail("; ".join(lines) + ": `simmer topics create` makes what is missing")

    def tell(bad: Bad) -> None:
        tally.bad += 1
        click.echo(f"{bad.place}: {bad.code}: {bad.detail}", err=True)

    showing = asyncio.ensure_future(_show(files, tally))
    try:
        items = noticed(good(READERS[form](files, tally), tell), settings)
        async with sending(settings) as producer:
            await send(producer, settings, due(items, speed), tally)
    finally:
        showing.cancel()
        await asyncio.wait([showing])


def noticed(items: Iterator[Record], settings: Settings) -> Iterator[Record]:
    """The same records; a line before the first where they are of the past and the workers of today."""
    first = next(items, None)
    if first is None:
        return
    if settings.clock == "wall" and time.time() - first.at.timestamp() > PAST_S:
        click.echo(
            "replay: SIMMER_CLOCK=wall: a wait of the past that is open for a moment has lasted until now;"
            " SIMMER_CLOCK=stream, here and for the worker, lives it again",
            err=True,
        )
    yield first
    yield from items


async def _show(files: tuple[str, ...], tally: Tally) -> None:
    """A bar on a terminal, a line now and then elsewhere; until cancelled."""
    if not sys.stderr.isatty():
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            click.echo(f"replay: {tally.sent:,} events sent, now at {tally.at}", err=True)
    columns = (
        BarColumn(),
        TextColumn("{task.fields[sent]:,} events"),
        TextColumn("{task.fields[at]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=_lines(files), sent=0, at="")
        try:
            while True:
                await asyncio.sleep(SHOW_EVERY_S)
                progress.update(task, completed=tally.lines, sent=tally.sent, at=str(tally.at or "")[:16])
        finally:
            progress.update(task, completed=tally.lines, sent=tally.sent, at=str(tally.at or "")[:16])


def _lines(files: tuple[str, ...]) -> int | None:
    """How many lines there are to come; None where a file cannot be read twice."""
    if not all(Path(name).is_file() for name in files):
        return None
    count = 0
    for name in files:
        with records.opened(name) as file:
            while block := file.read(1 << 20):
                count += block.count(b"\n")
    return count
