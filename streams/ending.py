"""However stuck a worker is when it should end, it does: what is durable is whole and needs no goodbye."""

import os
from threading import Timer

ENDING_S = 9.0
"""How long stopping in good order may take; it is under the ten seconds that an orchestrator waits."""

EX_STUCK = 1


def end_anyway(line: str) -> None:
    """From now on the process has `ENDING_S` to end; then it ends where it stands, with this line and 1."""
    # A daemon: whoever ends in time takes it along.
    timer = Timer(ENDING_S, _end, (line,))
    timer.daemon = True
    timer.start()


def _end(line: str) -> None:
    # Not through logging or atexit: either may wait for what hangs.
    os.write(2, f"simmer worker: {line}; it did not stop within {ENDING_S:g} s\n".encode())
    os._exit(EX_STUCK)
