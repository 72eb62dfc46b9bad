"""`simmer demo`: the sample journeys through a broker and a worker of its own, live, with a summary."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import nullcontext
from typing import Any

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.live import Live

from schemas.codec import encode
from schemas.outputs import InterveneNow, Output
from streams.board import Board, fitting, line, moment, picture
from streams.broker.run import KINDS
from streams.commands import common
from streams.journeys import population
from streams.performance import Performance, perform
from streams.records import Record, record
from streams.replay import NotSent
from streams.settings import Settings
from streams.stage import Stage, Unstaged, staged, worker_ended
from streams.summary import lines, summarise
from streams.topic_check import BrokerUnreachable

TELL_EVERY_S = 5.0


@click.command("demo")
@click.option(
    "--broker", "kind", type=click.Choice(KINDS), default="auto", show_default=True, help="Which broker."
)
@click.option(
    "--customers", type=click.IntRange(1, 5000), default=240, show_default=True,
    help="Generated customers, beside the twelve of the written stories.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Other seeds, other journeys."
)
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=30, show_default=True, help="How long the weeks take."
)
def demo(kind: str, customers: int, seed: int, seconds: float) -> None:
    """Show Simmer at work: weeks of sample journeys in half a minute, interventions as they come.

    Runs a broker and a worker of its own in a folder of its own, and leaves nothing behind.
    """
    common.quiet()
    settings = common.settings()
    records = [record(encode(event)) for event in population(customers, seed)]
    try:
        asyncio.run(_guarded(_demo(settings, kind, records, seconds)))
    except asyncio.CancelledError:
        common.fail("the demo was interrupted; nothing of it is left running")
    except (Unstaged, NotSent, BrokerUnreachable) as exc:
        common.fail(str(exc))
    except KafkaError as exc:
        common.fail(f"the broker does not answer any more ({type(exc).__name__})")


async def _guarded(body: Coroutine[Any, Any, None]) -> None:
    """Run the body; SIGINT and SIGTERM cancel it once, so that a second one cannot disturb the tidying up."""
    task = asyncio.ensure_future(body)
    loop = asyncio.get_running_loop()
    asked: list[bool] = []

    def cancel() -> None:
        if not asked:
            asked.append(task.cancel())

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, cancel)
    await task


async def _demo(settings: Settings, kind: str, records: list[Record], seconds: float) -> None:
    async with staged(settings, kind, click.echo) as stage:
        performance = Performance(Board(newest=fitting(Console().height)))
        await _played(stage, records, seconds, performance)
        customers = len({r.customer_id for r in records})
        result = summarise(performance.sent_at, customers, performance.took_s, performance.said)
        click.echo()
        click.echo("\n".join(lines(result, stage.broker)))
    if performance.left:
        common.fail(f"{performance.left:,} events were not consumed")
    if performance.dead_letters:
        common.fail(f"{performance.dead_letters:,} events became dead letters")
    if not result.interventions:
        common.fail("no intervention was seen")


async def _played(stage: Stage, records: list[Record], seconds: float, performance: Performance) -> None:
    """The performance with its audience; ends early, with `Unstaged`, where broker or worker does."""
    on_terminal = sys.stdout.isatty()
    click.echo(f"replaying {len(records):,} events, {_days(records):.0f} days in {seconds:.0f} s")
    tell = _ignore if on_terminal else _say
    playing = asyncio.ensure_future(perform(stage.settings, records, seconds, tell, performance))
    deaths = [asyncio.ensure_future(p.wait()) for p in (stage.broker_process, stage.worker_process)]
    live = _live(performance, len(records)) if on_terminal else nullcontext()
    progress = asyncio.ensure_future(_progress(performance, on_terminal=on_terminal))
    try:
        with live:
            await asyncio.wait([playing, *deaths], return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            raise Unstaged("the broker ended" if deaths[0].done() else worker_ended(stage))
        await playing
    finally:
        for task in (playing, progress, *deaths):
            task.cancel()
        await asyncio.wait([playing, progress, *deaths])


def _days(records: list[Record]) -> float:
    return (records[-1].at - records[0].at).total_seconds() / 86400


def _live(performance: Performance, total: int) -> Live:
    def board() -> object:
        tally = performance.tally
        now = moment(tally.at) if tally.at else "starting"
        return picture(performance.board, f"simmer demo   {now}   {tally.sent:,} of {total:,} events sent")

    return Live(get_renderable=board, refresh_per_second=4, console=Console())  # type: ignore[arg-type]


async def _progress(performance: Performance, *, on_terminal: bool) -> None:
    while not on_terminal:
        await asyncio.sleep(TELL_EVERY_S)
        tally = performance.tally
        if tally.at is not None:
            click.echo(f"demo: {tally.sent:,} events sent, now at {moment(tally.at)}")


def _ignore(_: Output) -> None:
    """On a terminal the board shows it."""


def _say(output: Output) -> None:
    if isinstance(output, InterveneNow):
        click.echo(line(output))
