"""One run: faults drawn by a seed, the workers coming forward again after each, and the verdict."""

import random
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

from tests.chaos.faults import FAULTS
from tests.chaos.judge import Verdict, asked, judge
from tests.chaos.load import Load, load
from tests.chaos.progress import ends, reached
from tests.chaos.scene import NotAsItShouldBe, Scene, scene

RATE = 600
"""Events a second."""
CALM_S = (2.0, 6.0)
"""Between two faults, once the workers have come forward again."""
FORWARD_WITHIN_S = 90.0
AT_ONCE = 0.2
"""Share of faults that come before the last one is over."""

Say = Callable[[str], None]


def chaos(faults: int, seed: int, store: str, say: Say) -> Verdict:
    """Run and judge; what a run leaves behind is kept, and its folder named, where anything is wrong."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        with scene(folder, store) as stage:
            verdict = _acted(stage, faults, random.Random(seed), seed, say)
    except BaseException:
        _kept(folder, faults, seed, store, say)
        raise
    for name, value in verdict._asdict().items():
        say(f"{name:<28} {value:,}")
    if verdict.clean:
        shutil.rmtree(folder)
    else:
        _kept(folder, faults, seed, store, say)
    return verdict


def _kept(folder: Path, faults: int, seed: int, store: str, say: Say) -> None:
    say(f"kept: {folder}")
    say(f"again: python -m tests.chaos --faults {faults} --seed {seed} --store {store}")


def _acted(stage: Scene, faults: int, rng: random.Random, seed: int, say: Say) -> Verdict:
    with load(stage.settings, seed, RATE) as events:
        _suffer(stage, events, faults, rng, say)
    _forward(stage, 0)
    over_http = asked(stage.settings, [stage.asked[slot] for slot in stage.workers])
    for slot in list(stage.workers):
        stage.end_worker(slot, kill=False)
    for line in stage.ended_by_themselves:
        say(f"ended by itself: {line}")
    for line in stage.findings:
        say(f"NOT AS IT SHOULD BE: {line}")
    say(f"told to end: {len(stage.stops_s)} times, {_median_and_most(stage.stops_s)}")
    say(f"doubtful sends: {events.doubtful}; workers started: {stage.started}")
    with (stage.folder / "wrong.txt").open("w", encoding="utf-8") as file:
        verdict = judge(stage.settings, events.acked, over_http, lambda line: print(line, file=file))
    return verdict._replace(bad_ends=len(stage.findings))


def _suffer(stage: Scene, events: Load, faults: int, rng: random.Random, say: Say) -> None:
    back_s: defaultdict[str, list[float]] = defaultdict(list)
    begun = time.monotonic()
    for n in range(1, faults + 1):
        fault = rng.choice(FAULTS)
        stage.tend()
        fault(stage, events, rng)
        name = fault.__name__.replace("_", " ")
        if rng.random() < AT_ONCE and n < faults:
            say(f"{n:>4} {name:<24} {len(stage.workers)} workers, and at once")
            continue
        took_s = _forward(stage, 2 * RATE)
        back_s[name].append(took_s)
        say(f"{n:>4} {name:<24} {len(stage.workers)} workers, forward again after {took_s:.1f} s")
        time.sleep(rng.uniform(*CALM_S))
    say(f"{faults} faults in {time.monotonic() - begun:,.0f} s; forward again after (median, most):")
    for name, times in sorted(back_s.items()):
        say(f"  {name:<24} {len(times):>4} times  {_median_and_most(times)}")


def _median_and_most(times: list[float]) -> str:
    return f"{median(times):5.1f} s {max(times):5.1f} s" if times else "-"


def _forward(stage: Scene, more: int) -> float:
    """Seconds until so many more records came and all of them are committed; tends the workers meanwhile."""
    begun = time.monotonic()
    first, goal = None, None
    while time.monotonic() - begun < FORWARD_WITHIN_S:
        stage.tend()
        # A broker on its way back answers anything.
        with suppress(Exception):
            if goal is None:
                now = ends(stage.settings)
                first = first or now
                goal = now if sum(now.values()) >= sum(first.values()) + more else None
            elif reached(stage.settings, goal):
                return time.monotonic() - begun
        time.sleep(0.2)
    raise NotAsItShouldBe(f"not all records committed within {FORWARD_WITHIN_S:g} s")
