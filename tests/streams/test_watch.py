"""The board: who stands where, who needs somebody and why, on a terminal and as lines."""

from collections.abc import AsyncIterator
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from schemas.outputs import Output
from streams.board import Board, fitting, line, lines, picture
from streams.commands.watch import Wish, follow, watch
from streams.outlook import Heard
from tests.streams.said import intervention, mood


def board(*outputs: Output, newest: int = 10) -> Board:
    found = Board(newest=newest)
    for output in outputs:
        found.see(output)
    return found


def shown(found: Board, width: int = 80) -> str:
    out = StringIO()
    Console(width=width, file=out).print(picture(found))
    return out.getvalue()


async def news(*heard: Heard) -> AsyncIterator[Heard]:
    for h in heard:
        yield h


def test_a_customer_stands_where_the_newest_mood_says() -> None:
    found = board(mood("a", "annoyed"), mood("b", "unsure"), mood("a", "content", minutes=5))

    assert found.rungs() == {"delighted": 0, "content": 1, "unsure": 1, "annoyed": 0, "furious": 0}


def test_the_furthest_are_the_worst_first_and_the_content_are_not_among_them() -> None:
    found = board(
        mood("calm", "content"),
        mood("low", "annoyed", level=61),
        mood("mad", "furious", level=86),
        mood("high", "annoyed", level=80),
    )

    assert [m.customer_id for m in found.furthest()] == ["mad", "high", "low"]


def test_interventions_are_kept_newest_first_and_no_more_than_asked() -> None:
    found = board(*(intervention(str(m), minutes=m) for m in (3, 1, 4, 2)), newest=2)

    assert [i.customer_id for i in found.interventions] == ["4", "3"]
    assert found.said == 4


def test_an_intervention_is_one_line_with_the_move_and_its_reasons() -> None:
    assert line(intervention("c-1")) == (
        "intervene-now 2026-01-05T08:00:00Z c-1 call unsure->annoyed level=61.0 margin=24.0 touches_left=8.0"
        ' event=e-7 because stymie +12.4 x2 "my hands are tied" [e-3, e-7]; thanks -1.0 [e-1]'
    )


@pytest.mark.parametrize(
    ("lead", "says"),
    [
        ({}, " because"),
        ({"warned": False}, " missed because"),
        ({"warned": True, "lead_s": 90.0, "lead_touches": 4}, " caught lead_touches=4 lead_s=90 because"),
    ],
)
def test_an_entry_into_furious_says_whether_it_was_caught(lead: dict[str, object], says: str) -> None:
    said = line(mood("c-1", "furious", level=86, **lead))

    assert said.startswith(
        f"mood-changed 2026-01-05T08:00:00Z c-1 call content->furious level=86.0{says} stymie"
    )


def test_the_board_as_lines_has_counts_the_furthest_and_the_newest() -> None:
    found = lines(board(mood("a", "annoyed"), intervention("a")))

    assert found[0] == "rungs delighted=0 content=0 unsure=0 annoyed=1 furious=0"
    assert [text.split()[0] for text in found[1:]] == ["mood-changed", "intervene-now"]


def test_the_picture_tells_it_all_in_80_columns() -> None:
    found = shown(board(mood("customer-00001", "annoyed"), intervention("customer-00001")))

    assert max(map(len, found.splitlines())) <= 80
    for word in ("annoyed", "customer-00001", "50.0", "stymie +12.4 x2", '"my hands are tied"', "[e-3, e-7]"):
        assert word in found


def test_an_id_in_brackets_is_shown_and_not_taken_for_markup() -> None:
    found = shown(board(mood("[red]boo[/red]", "annoyed"), intervention("[red]boo[/red]")))

    assert found.count("[red]boo[/red]") == 2


@pytest.mark.parametrize("height", [24, 40, 60])
def test_what_fits_on_the_terminal_fits(height: int) -> None:
    moods = [mood(str(n), "annoyed") for n in range(20)]
    full = board(*moods, *(intervention(str(n)) for n in range(50)), newest=fitting(height))

    assert len(shown(full).splitlines()) < height


async def test_lines_begin_with_the_newest_interventions_and_go_on_with_everything() -> None:
    told: list[Output] = []
    old, older, new, changed = (
        intervention("old", minutes=2),
        intervention("older", minutes=1),
        intervention("new", minutes=3),
        mood("new", "annoyed", minutes=3),
    )
    heard = news(
        Heard((old, older, mood("x", "unsure")), caught_up=False), Heard((), caught_up=True),
        Heard((new, changed), caught_up=True),
    )  # fmt: skip

    await follow(heard, Board(), Wish(once=False, seconds=None, live=told.append))

    assert told == [older, old, new, changed]


async def test_from_the_start_everything_is_told_once() -> None:
    told: list[Output] = []
    first, second = mood("x", "unsure"), intervention("x", minutes=1)
    heard = news(
        Heard((first,), caught_up=False), Heard((), caught_up=True), Heard((second,), caught_up=True)
    )

    await follow(heard, Board(), Wish(once=False, seconds=None, live=told.append, history=told.append))

    assert told == [first, second]


async def test_once_ends_when_all_that_was_there_is_read() -> None:
    found = Board()
    heard = news(Heard((mood("x", "unsure"),), caught_up=True), Heard((mood("y", "unsure"),), caught_up=True))

    await follow(heard, found, Wish(once=True, seconds=None))

    assert found.moods.keys() == {"x"}


async def test_it_ends_by_itself_after_the_seconds_asked_for() -> None:
    found = Board()
    heard = news(Heard((), caught_up=True), Heard((mood("y", "unsure"),), caught_up=True))

    await follow(heard, found, Wish(once=False, seconds=0))

    assert found.moods == {}


def test_an_unreachable_broker_is_one_line_that_names_the_setting() -> None:
    result = CliRunner().invoke(watch, ["--once"], env={"SIMMER_BROKER": "127.0.0.1:1"})

    assert result.exit_code == 1
    assert result.output.splitlines() == ["Error: SIMMER_BROKER=127.0.0.1:1: no broker answers there"]
