"""What goes wrong, each with a name; every fault leaves a scene that can come back."""

import random
import time
from collections.abc import Callable
from dataclasses import replace

from tests.chaos.load import Load, poison, poison_in_a_row
from tests.chaos.scene import WORKERS_MOST, Scene

ZOMBIE_S = 9.0
"""Longer than the session timeout of 6 s: by then another worker owns its lanes."""

POISON = 120
POISON_ABOVE = 1_500
FULL_S = 4.0
AWAY_S = 4.0
STORM_S = 0.8

Fault = Callable[[Scene, Load, random.Random], None]


def _any(scene: Scene, rng: random.Random) -> int:
    return rng.choice(sorted(scene.workers))


def kill_worker(scene: Scene, _load: Load, rng: random.Random) -> None:
    """Kill -9 in the middle of whatever it does."""
    scene.end_worker(_any(scene, rng), kill=True)


def zombie(scene: Scene, _load: Load, rng: random.Random) -> None:
    """A worker stands still until its lanes belong to others, wakes up and goes on writing."""
    slot = _any(scene, rng)
    scene.freeze(slot, on=True)
    time.sleep(ZOMBIE_S)
    scene.freeze(slot, on=False)


def restart_worker(scene: Scene, _load: Load, rng: random.Random) -> None:
    """SIGTERM under load, as at a deployment."""
    scene.end_worker(_any(scene, rng), kill=False)


def join(scene: Scene, _load: Load, _rng: random.Random) -> None:
    """One more worker, where there is room for one."""
    scene.wanted = min(scene.wanted + 1, WORKERS_MOST)


def leave(scene: Scene, _load: Load, rng: random.Random) -> None:
    """One worker less, where there is more than one."""
    if scene.wanted > 1:
        scene.wanted -= 1
        scene.end_worker(_any(scene, rng), kill=False)


def rebalance_storm(scene: Scene, _load: Load, rng: random.Random) -> None:
    """Workers come and go before anybody has settled."""
    for _ in range(2):
        if len(scene.workers) < WORKERS_MOST:
            scene.start_worker()
        time.sleep(STORM_S)
        scene.end_worker(_any(scene, rng), kill=False)


def restart_broker(scene: Scene, _load: Load, _rng: random.Random) -> None:
    """The broker is stopped and started."""
    with scene.no_broker(kill=False):
        pass


def kill_broker(scene: Scene, _load: Load, _rng: random.Random) -> None:
    """Kill -9 of the broker."""
    with scene.no_broker(kill=True):
        pass


def kill_without_broker(scene: Scene, _load: Load, rng: random.Random) -> None:
    """While there is no broker a worker is killed or told to end, and its next cannot start."""
    with scene.no_broker(kill=True):
        time.sleep(rng.uniform(0, AWAY_S))
        scene.end_worker(_any(scene, rng), kill=rng.random() < 1 / 2)
        scene.tend()
        time.sleep(AWAY_S)


def poison_storm(_scene: Scene, load: Load, _rng: random.Random) -> None:
    """Many records that cannot be taken, below the limit."""
    load.also(poison(POISON))


def poison_above_the_limit(scene: Scene, load: Load, _rng: random.Random) -> None:
    """So many in a row that a worker stops; whoever runs it looks, and lets it take more."""
    if scene.settings.bad_ratio == 1.0:
        load.also(poison(POISON))
        return
    load.also(poison_in_a_row(POISON_ABOVE))
    scene.await_end("bad")
    scene.settings = replace(scene.settings, bad_ratio=1.0, bad_run=1_000_000)


def full_disk(scene: Scene, _load: Load, rng: random.Random) -> None:
    """No file of a worker grows for a while; half of them are told to end meanwhile."""
    slot = _any(scene, rng)
    with scene.no_room(slot):
        time.sleep(FULL_S)
        if rng.random() < 1 / 2:
            scene.end_worker(slot, kill=False)


FAULTS: tuple[Fault, ...] = (
    kill_worker, zombie, restart_worker, join, leave, rebalance_storm, restart_broker, kill_broker,
    kill_without_broker, poison_storm, poison_above_the_limit, full_disk,
)  # fmt: skip
