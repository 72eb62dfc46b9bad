"""`python -m streams.journeys`: the sample journeys as JSON Lines on stdout, the same bytes every time."""

import sys

from schemas.codec import encode
from streams.journeys import population

CUSTOMERS, SEED = 240, 1

if __name__ == "__main__":
    for event in population(CUSTOMERS, SEED):
        sys.stdout.buffer.write(encode(event) + b"\n")
