"""A process that should end does, whatever hangs."""

import subprocess
import sys

from tests.worker_process import ROOT

PROGRAM = """
import threading
from streams import ending
ending.ENDING_S = {seconds}
ending.end_anyway("asked to stop")
{then}
"""


def run(seconds: float, then: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(seconds=seconds, then=then)
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_thread_that_never_ends_does_not_keep_it() -> None:
    ended = run(0.1, "threading.Thread(target=threading.Event().wait).start()")
    assert (ended.returncode, ended.stderr) == (
        1,
        "simmer worker: asked to stop; it did not stop within 0.1 s\n",
    )


def test_who_ends_in_time_is_left_alone() -> None:
    ended = run(20, "")
    assert (ended.returncode, ended.stderr) == (0, "")
