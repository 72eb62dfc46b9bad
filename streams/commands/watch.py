"""`simmer watch`: who stands where on the ladder, and interventions as they come."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, nullcontext
from dataclasses import dataclass

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.live import Live

from schemas.outputs import Output
from streams.board import Board, fitting, line, lines, picture
from streams.commands import common
from streams.outlook import WATCHED, Heard, heard, listening
from streams.replay import missing
from streams.settings import Settings
from streams.topic_check import BrokerUnreachable

NEWEST = 10

Tell = Callable[[Output], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the watcher asked for; `history` is told of what was said before the start, `live` of the rest."""

    once: bool
    seconds: float | None
    live: Tell | None = None
    history: Tell | None = None


@click.command("watch")
@click.option(
    "--from-start", is_flag=True, help="Print everything ever said, not only what comes from now on."
)
@click.option(
    "--newest", type=click.IntRange(0, 1000),
    help="Interventions shown; without it 10, on a terminal as many as fit.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Show how things stand, and end.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End after so long.")
def watch(*, from_start: bool, newest: int | None, once: bool, seconds: float | None) -> None:
    """Show live who stands where on the ladder and who needs somebody now, with reasons.

    On a terminal a board; elsewhere a line for each intervention and each change of rung, after
    the newest interventions so far.
    """
    common.quiet()
    settings = common.settings()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if newest is None:
        newest = fitting(Console().height) if sys.stdout.isatty() else NEWEST
    told = _say if not (once or sys.stdout.isatty()) else None
    wish = Wish(once=once, seconds=seconds, live=told, history=told if from_start else None)
    try:
        asyncio.run(_watch(settings, Board(newest=newest), wish))
    except KeyboardInterrupt:
        pass
    except BrokerUnreachable as exc:
        common.fail(str(exc))
    except (KafkaError, OSError) as exc:
        common.fail(f"SIMMER_BROKER={settings.broker}: {type(exc).__name__}")


async def _watch(settings: Settings, board: Board, wish: Wish) -> None:
    if problems := await missing(settings, WATCHED):
        common.fail("; ".join(problems) + ": `simmer topics create` makes what is missing")
    on_terminal = sys.stdout.isatty()
    live = Live(get_renderable=lambda: picture(board), refresh_per_second=4, console=Console())
    async with listening(settings) as consumer, aclosing(heard(consumer)) as news:
        with live if on_terminal and not wish.once else nullcontext():
            await follow(news, board, wish)
    if wish.once:
        _print(board, on_terminal=on_terminal)


async def follow(news: AsyncIterator[Heard], board: Board, wish: Wish) -> None:
    """Put on the board what is said, and tell of it as wished; for ever, unless the wish says otherwise."""
    ends_at = None if wish.seconds is None else time.monotonic() + wish.seconds
    caught_up = False
    async for new in news:
        for output in new.outputs:
            board.see(output)
            if tell := wish.live if caught_up else wish.history:
                tell(output)
        if new.caught_up and not caught_up:
            caught_up = True
            if wish.once:
                return
            if wish.live and not wish.history:
                for output in reversed(board.interventions):
                    wish.live(output)
        if ends_at is not None and time.monotonic() > ends_at:
            return


def _say(output: Output) -> None:
    click.echo(line(output))
    sys.stdout.flush()


def _print(board: Board, *, on_terminal: bool) -> None:
    if on_terminal:
        Console().print(picture(board))
    else:
        click.echo("\n".join(lines(board)))
