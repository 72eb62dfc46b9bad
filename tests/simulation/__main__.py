"""`python -m tests.simulation`: many stories, each of a seed, or one that is printed."""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from multiprocessing import Pool

from tests.simulation.story import Told, tell

PROCESSES = 2


def main() -> int:
    """Exits with 1 where a story went wrong."""
    parser = ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many stories (default 1,000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="print this seed's story, and only that")
    options = parser.parse_args()
    if options.seed is not None:
        told = tell(options.seed)
        _say("\n".join(told.lines))
        return int(told.wrong is not None)
    return many(range(options.first, options.first + options.seeds))


def many(seeds: range) -> int:
    """Live all these stories; says which went wrong, and how much was done to all of them."""
    begun = time.monotonic()
    faults: Counter[str] = Counter()
    deadlines: Counter[str] = Counter()
    wrong = 0
    with Pool(PROCESSES) as pool:
        for told in pool.imap_unordered(_without_lines, seeds, chunksize=20):
            faults += told.faults
            deadlines += told.deadlines
            if told.wrong is not None:
                wrong += 1
                _say(f"seed {told.seed}: {told.wrong}"[:300])
    _say(f"{len(seeds)} seeds in {time.monotonic() - begun:.0f} s, {wrong} failing, {faults.total()} faults:")
    for kind, n in faults.most_common():
        _say(f"  {n:7} {kind}")
    _say(f"deadlines passed: {', '.join(f'{n} {how}' for how, n in deadlines.most_common())}")
    if wrong:
        _say("`python -m tests.simulation --seed N` prints the story of one")
    return int(wrong > 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _without_lines(seed: int) -> Told:
    told = tell(seed)
    told.lines.clear()
    return told


if __name__ == "__main__":
    sys.exit(main())
