"""The Faust app of this environment: `faust -A streams.app worker` and `simmer worker` both start it."""

import sys

# First of all: mode takes its event loop when it is imported.
import mode.loop

mode.loop.use("uvloop")

from streams.settings import WrongSettings, load  # noqa: E402 - after the loop was chosen
from streams.topology import build  # noqa: E402 - the same

try:
    app = build(load())
except WrongSettings as exc:
    sys.exit(f"simmer: {exc}")
