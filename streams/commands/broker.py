"""`simmer broker`: a broker for this machine, in the foreground, until Ctrl-C or SIGTERM."""

import signal
import sys
import textwrap
import time

import click

from streams.broker import run
from streams.broker.kafka import BrokerRefused
from streams.broker.run import Kind, Running
from streams.broker.stand_in import DOES_NOT_HOLD
from streams.commands import common

TELL_EVERY_S = 5.0
LOOK_EVERY_S = 0.2


@click.command("broker")
@click.option(
    "--broker", "kind", type=click.Choice(run.KINDS), default="auto", show_default=True,
    help="A real Kafka, the stand-in, or Kafka and the stand-in where Java, Maven or its network is missing.",
)  # fmt: skip
def broker(kind: Kind) -> None:
    """Run a broker at SIMMER_BROKER, a loopback address, until it is interrupted.

    A real Kafka needs Java 17 and Maven, which fetches it at the first start. Jars, data and
    log are kept in SIMMER_DATA_DIR.
    """
    common.quiet()
    settings = common.settings()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job ignores it
        signal.signal(number, signal.default_int_handler)
    running = None
    try:
        running = run.start(settings, kind, _Progress().tell)
        _announce(running)
        while running.alive():
            time.sleep(LOOK_EVERY_S)
        common.fail(f"{running.name} ended by itself: {running.last_words()}")
    except BrokerRefused as exc:
        common.fail(str(exc))
    except KeyboardInterrupt:
        # A second Ctrl-C would leave what the first one is about to stop.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    finally:
        if running is not None:
            running.stop()


def _announce(running: Running) -> None:
    if running.not_kafka_because is not None:
        lines = [
            "THIS IS NOT KAFKA but a stand-in for a first look, because",
            *textwrap.wrap(running.not_kafka_because + ".", 90, initial_indent="  ", subsequent_indent="  "),
            "What does not hold on it:",
            *(f"  - {line};" for line in DOES_NOT_HOLD),
        ]
        click.secho("\n".join(boxed(lines)), err=True, fg="yellow", bold=True)
    click.echo(f"broker: {running.name} is ready at {running.address}")
    sys.stdout.flush()


def boxed(lines: list[str]) -> list[str]:
    r"""The lines in a frame as wide as the longest.

    >>> print("\n".join(boxed(["a", "bcd"])))
    #######
    # a   #
    # bcd #
    #######
    """
    width = max(map(len, lines))
    edge = "#" * (width + 4)
    return [edge, *(f"# {line:<{width}} #" for line in lines), edge]


class _Progress:
    """One line that changes on a terminal; elsewhere a line now and then."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.told = 0.0
        self.last = ""

    def tell(self, line: str) -> None:
        if self.terminal:
            click.echo(f"\r\033[Kbroker: {line}", err=True, nl=not line.startswith("fetching"))
        elif line.split(":", maxsplit=1)[0] != self.last or time.monotonic() - self.told > TELL_EVERY_S:
            self.told, self.last = time.monotonic(), line.split(":", maxsplit=1)[0]
            click.echo(f"broker: {line}", err=True)
