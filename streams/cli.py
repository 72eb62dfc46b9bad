"""The command `simmer`: Faust's own command line, with ours beside its commands."""

import importlib

OURS = ("broker", "dead-letters", "demo", "replay", "schemas", "topics", "watch", "why")
"""Each is the click command of its name in `streams/commands/`; the dash is `_` there."""


def main() -> None:
    """Run one command; ends the process with its exit code."""
    # The app chooses the event loop, so it comes before everything that imports Faust.
    app = importlib.import_module("streams.app").app
    cli = importlib.import_module("faust.cli.base").cli
    for name in (command.replace("-", "_") for command in OURS):
        cli.add_command(getattr(importlib.import_module(f"streams.commands.{name}"), name))
    app.main()


if __name__ == "__main__":
    main()
