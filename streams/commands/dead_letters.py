"""`simmer dead-letters`: what could not be taken, counted, shown, and sent back."""

import asyncio
import re
import sys
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import click
import orjson
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas import topics
from schemas.topics import Topic
from streams import legible, letters
from streams.commands import common
from streams.handled import TooScattered
from streams.letters import Letter
from streams.redrive import Hopeless, TakenOver, Tally, Wish, redrive
from streams.replay import missing
from streams.settings import Settings
from streams.topic_check import BrokerUnreachable, topic_name

WIDE = 250

Answer = TypeVar("Answer")


class Pile(NamedTuple):
    """Letters that are counted together: one code, one topic they came from."""

    code: str
    topic: str


@dataclass(slots=True)
class Count:
    """How many letters of a pile there are, how many wait for replay, and when the first and last came."""

    letters: int = 0
    waiting: int = 0
    oldest_ms: int = 0
    newest_ms: int = 0

    def add(self, letter: Letter, *, waits: bool) -> None:
        """One more."""
        self.oldest_ms = min(self.oldest_ms, letter.timestamp_ms) if self.letters else letter.timestamp_ms
        self.newest_ms = max(self.newest_ms, letter.timestamp_ms)
        self.letters += 1
        self.waiting += waits


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets of one partition, ends included."""

    partition: int
    first: int
    last: int


class _Place(click.ParamType):
    name = "PARTITION:OFFSET"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Read `2:41` or `2:41-60`."""
        match = re.fullmatch(r"(\d{1,9}):(\d{1,18})(?:-(\d{1,18}))?", value)
        if match is None:
            self.fail(f"{value}: must be PARTITION:OFFSET or PARTITION:FIRST-LAST, such as 2:41", param, ctx)
        partition, first, last = match.groups()
        return Place(int(partition), int(first), int(last or first))


_parked = click.option("--parked", is_flag=True, help="Of the letters that were put aside instead.")


@click.group("dead-letters")
def dead_letters() -> None:
    """Count, show and send back what could not be taken."""


@dead_letters.command("list")
@click.option("--code", help="Only letters with this code.")
@click.option("--topic", help="Only letters that came from this topic, by its name on the broker.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@_parked
def list_(*, code: str | None, topic: str | None, as_json: bool, parked: bool) -> None:
    """Count letters by code and the topic they came from; nothing that a customer said is printed."""
    settings = common.settings()
    piles = _asked(settings, _counted(settings, _source(parked=parked)))
    piles = {
        pile: count
        for pile, count in sorted(piles.items())
        if code in (None, pile.code) and topic in (None, pile.topic)
    }
    if as_json:
        click.echo(orjson.dumps(_totals(piles) | {"piles": [_facts(p, c) for p, c in piles.items()]}))
    else:
        _print(piles)


@dead_letters.command("show")
@click.argument("place", type=_Place())
@click.option("--max", "most", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
              help="Letters of a range that are shown.")  # fmt: skip
@click.option("--raw", is_flag=True, help="Write the value's bytes and nothing else; of one letter.")
@_parked
def show(place: Place, most: int, *, raw: bool, parked: bool) -> None:
    """Show the letter at PARTITION:OFFSET, or those at PARTITION:FIRST-LAST, with what the customer said."""
    settings = common.settings()
    if raw and place.first != place.last:
        raise click.BadParameter("takes one letter, not a range", param_hint="--raw")
    if place.partition >= settings.partitions:
        common.fail(f"SIMMER_PARTITIONS={settings.partitions}: there is no partition {place.partition}")
    source = _source(parked=parked)
    found = _asked(settings, _found(settings, source, place, most))
    if not found:
        span = f"{place.first}" if place.first == place.last else f"{place.first}-{place.last}"
        common.fail(f"topic {topic_name(settings, source)}: no letter at {place.partition}:{span}")
    if raw:
        sys.stdout.buffer.write(found[0].value or b"")
    else:
        click.echo("\n\n".join("\n".join(legible.lines(letter)) for letter in found))


@dead_letters.command("replay")
@click.option("--on-error", type=click.Choice(("stop", "park")), default="stop", show_default=True,
              help="At a letter that cannot go back: stop there, or put it aside and go on.")  # fmt: skip
@click.option("--max", "most", type=click.IntRange(min=1), metavar="N", help="Handle at most N letters.")
@click.option("--code", help="Handle only letters with this code; the others keep waiting.")
@_parked
def replay(on_error: str, most: int | None, code: str | None, *, parked: bool) -> None:
    """Send letters back to the topics they came from, each exactly once, keyed by their customer.

    What is handled is remembered, also where this is interrupted. Letters that come meanwhile wait
    for the next time.
    """
    settings = common.settings()
    wish, tally = Wish(source=_source(parked=parked), park=on_error == "park", most=most, code=code), Tally()
    try:
        _asked(settings, _replayed(settings, wish, tally))
    except Hopeless as exc:
        common.fail(f"{exc}; {_handled(tally)}; `--on-error park` puts such letters aside")
    except TakenOver:
        common.fail(f"another `simmer dead-letters replay` has taken over; {_handled(tally)}")
    except TooScattered:
        common.fail(
            f"the letters of other codes lie in too many places between; {_handled(tally)}; "
            "replay or park those first"
        )
    click.echo(f"{_handled(tally)}, left {tally.left:,}")


def _source(*, parked: bool) -> Topic:
    return topics.PARKED if parked else topics.DEAD_LETTERS


def _handled(tally: Tally) -> str:
    return f"sent {tally.sent:,}, parked {tally.parked:,}"


def _asked(settings: Settings, answer: Coroutine[Any, Any, Answer]) -> Answer:
    """What came of it; where the broker does not answer or refuses, the command ends with a line."""
    common.quiet()
    try:
        return asyncio.run(answer)
    except BrokerUnreachable as exc:
        common.fail(str(exc))
    except (KafkaError, OSError) as exc:
        common.fail(f"SIMMER_BROKER={settings.broker}: {type(exc).__name__}")


async def _there(settings: Settings, *wanted: Topic) -> None:
    if problems := await missing(settings, wanted):
        common.fail("; ".join(problems) + ": `simmer topics create` makes what is missing")


async def _replayed(settings: Settings, wish: Wish, tally: Tally) -> None:
    # No letter goes back to the control topic, and who replays needs no right to it.
    inputs = (topic for topic in topics.INPUTS if topic is not topics.CONTROL)
    await _there(settings, topics.DEAD_LETTERS, topics.PARKED, *inputs)
    await redrive(settings, wish, tally)


async def _counted(settings: Settings, source: Topic) -> dict[Pile, Count]:
    await _there(settings, source)
    piles: dict[Pile, Count] = {}
    handled = await letters.handled(settings, source)
    async with letters.opened(settings, source) as found:
        for partition in range(settings.partitions):
            async for letter in found.from_offset(partition, 0):
                count = piles.setdefault(Pile(letter.code, letter.source), Count())
                count.add(letter, waits=handled[partition].waits(letter.offset))
    return piles


async def _found(settings: Settings, source: Topic, place: Place, most: int) -> list[Letter]:
    await _there(settings, source)
    shown: list[Letter] = []
    async with (
        letters.opened(settings, source) as found,
        aclosing(found.from_offset(place.partition, place.first)) as each,
    ):
        async for letter in each:
            if letter.offset > place.last or len(shown) == most:
                break
            shown.append(letter)
    return shown


def _totals(piles: dict[Pile, Count]) -> dict[str, Any]:
    counts = piles.values()
    return {"letters": sum(c.letters for c in counts), "waiting": sum(c.waiting for c in counts)}


def _facts(pile: Pile, count: Count) -> dict[str, Any]:
    return {
        "code": pile.code, "topic": pile.topic, "letters": count.letters, "waiting": count.waiting,
        "oldest": legible.time(count.oldest_ms), "newest": legible.time(count.newest_ms),
    }  # fmt: skip


def _print(piles: dict[Pile, Count]) -> None:
    if piles:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in ("code", "topic", "letters", "waiting", "oldest", "newest"):
            table.add_column(column, no_wrap=True, justify="right" if column in Count.__slots__ else "left")
        for pile, count in piles.items():
            table.add_row(*(Text(_number(fact)) for fact in _facts(pile, count).values()))
        # In a file or a pipe each pile is one line, however wide.
        Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    total = _totals(piles)
    click.echo(f"{total['letters']:,} letters, {total['waiting']:,} wait for replay")


def _number(fact: str | int) -> str:
    return f"{fact:,}" if isinstance(fact, int) else legible.plain(fact) or "-"
