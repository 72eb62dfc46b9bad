"""Chaos on a real Kafka: python -m tests.chaos --faults 10 --seed 1 [--store memory|rocksdb]."""

import argparse
import logging
import sys

from tests.chaos.run import chaos


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run so many faults, then judge; 1 where anything was lost, wrong or repeated."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--faults", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("memory", "rocksdb"), default="memory")
    asked = parser.parse_args()
    # A broker that comes and goes is what this is about; our own clients need not tell.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    return 0 if chaos(asked.faults, asked.seed, asked.store, _say).clean else 1


if __name__ == "__main__":
    sys.exit(main())
