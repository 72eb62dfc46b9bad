"""Who stands where and who needs somebody: what was said so far, and how it is shown."""

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.outputs import InterveneNow, MoodChanged, Output, Reason, Rung

RUNGS: tuple[Rung, ...] = get_args(Rung)
COLOURS: dict[Rung, str] = dict(zip(RUNGS, ("green", "cyan", "yellow", "dark_orange", "red"), strict=True))
BAR = 30
FURTHEST = 8
SHOWN_FURTHEST = 5
SHOWN_REASONS = 2


@dataclass(slots=True, kw_only=True)
class Board:
    """Grows with each output: each customer's newest mood, and the newest interventions, newest first."""

    newest: int = 10
    moods: dict[str, MoodChanged] = field(default_factory=dict)
    interventions: list[InterveneNow] = field(default_factory=list)
    said: int = 0

    def see(self, output: Output) -> None:
        """Take in one output; a customer's own must come in their order."""
        if isinstance(output, MoodChanged):
            self.moods[output.customer_id] = output
            return
        self.said += 1
        insort(self.interventions, output, key=lambda i: (-i.at.timestamp(), i.id))
        del self.interventions[self.newest :]

    def rungs(self) -> dict[Rung, int]:
        """How many customers stand on each rung; those who never left the first one are not known here."""
        counts = Counter(mood.rung_to for mood in self.moods.values())
        return {rung: counts[rung] for rung in RUNGS}

    def furthest(self) -> list[MoodChanged]:
        """The customers furthest up the ladder, worst first, at most eight; only those worse than content."""
        worse = [mood for mood in self.moods.values() if RUNGS.index(mood.rung_to) > RUNGS.index("content")]
        worse.sort(key=lambda m: (-RUNGS.index(m.rung_to), -m.level, m.customer_id))
        return worse[:FURTHEST]


def moment(at: datetime) -> str:
    """UTC to the second, as in `2026-01-05T08:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reason(r: Reason) -> str:
    """A cause with its points, how often, the lexicon's phrase and the events that prove it."""
    often = f" x{r.count}" if r.count > 1 else ""
    phrase = f' "{r.phrase}"' if r.phrase else ""
    return f"{r.cause} {r.points:+.1f}{often}{phrase} [{', '.join(r.event_ids)}]"


def line(output: Output) -> str:
    """One output as one line that can be searched: what, when, who, the move, and why."""
    why = "; ".join(reason(r) for r in output.reasons)
    head = f"{moment(output.at)} {output.customer_id} {output.channel} {output.rung_from}->{output.rung_to}"
    if isinstance(output, InterveneNow):
        touches = "-" if output.touches_left is None else f"{output.touches_left:.1f}"
        return (
            f"intervene-now {head} level={output.level:.1f} margin={output.margin:.1f} touches_left={touches}"
            f" event={output.event_id} because {why}"
        )
    return f"mood-changed {head} level={output.level:.1f}{_lead(output)} because {why}"


def _lead(mood: MoodChanged) -> str:
    if mood.warned is None:
        return ""
    if not mood.warned:
        return " missed"
    return f" caught lead_touches={mood.lead_touches} lead_s={mood.lead_s:.0f}"


def lines(board: Board) -> list[str]:
    """The whole board as lines: counts, the furthest customers, the newest interventions."""
    counts = " ".join(f"{rung}={count}" for rung, count in board.rungs().items())
    return [f"rungs {counts}", *map(line, board.furthest()), *map(line, board.interventions)]


def picture(board: Board, title: str = "") -> RenderableType:
    """The board for a terminal of 80 columns: rungs as bars, who is furthest up, the newest interventions."""
    return Group(
        Text(title or "simmer watch", style="bold"), _rungs(board), _furthest(board), _interventions(board)
    )


def fitting(height: int) -> int:
    """How many interventions fit on a terminal of so many lines, below what stands above; at least one."""
    return max((height - len(RUNGS) - SHOWN_FURTHEST - 5) // (1 + SHOWN_REASONS), 1)


def _rungs(board: Board) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    counts = board.rungs()
    most = max(*counts.values(), 1)
    for rung, count in counts.items():
        bar = "█" * (-(-count * BAR // most))
        table.add_row(Text(rung, style=COLOURS[rung]), f"{count:5,}", Text(bar, style=COLOURS[rung]))
    return table


def _furthest(board: Board) -> Table:
    table = Table(
        box=None, title="furthest up the ladder", title_justify="left", pad_edge=False, show_header=False
    )
    for least in (22, 7, 5):
        table.add_column(no_wrap=True, overflow="ellipsis", min_width=least)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for mood in board.furthest()[:SHOWN_FURTHEST]:
        rung = Text(mood.rung_to, style=COLOURS[mood.rung_to])
        # As text: an id in brackets must not be taken for markup.
        why = Text(", ".join(_short(r) for r in mood.reasons[:3]), style="dim")
        table.add_row(Text(mood.customer_id), rung, f"{mood.level:5.1f}", why)
    return table


def _short(r: Reason) -> str:
    return f"{r.cause} {r.points:+.1f}"


def _interventions(board: Board) -> Table:
    title = f"intervene now: {board.said:,} so far, newest first"
    table = Table(box=None, title=title, title_justify="left", pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for i in board.interventions:
        head = Text(f"{i.at:%m-%d %H:%M}  {i.customer_id}  {i.channel}  {i.rung_from} → ")
        head.append(i.rung_to, style=COLOURS[i.rung_to])
        head.append(f"  {i.level:.0f}, {i.margin:.0f} to furious")
        table.add_row(head)
        for r in i.reasons[:SHOWN_REASONS]:
            table.add_row(Text(f"    {reason(r)}", style="dim"))
    return table
