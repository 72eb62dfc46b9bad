"""What every command shares: the settings of this environment, and how a command refuses in one line."""

import logging
from typing import NoReturn

import click

from streams.settings import Settings, WrongSettings, load


def settings() -> Settings:
    """The settings of this environment; a wrong one ends the command with a line for each."""
    try:
        return load()
    except WrongSettings as exc:
        raise click.ClickException(str(exc)) from None


def quiet() -> None:
    """Silence the Kafka client's log, which tells each failed attempt; a command says it in one line."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)


def fail(line: str) -> NoReturn:
    """End the command: the line on stderr, exit code 1, no trace."""
    raise click.ClickException(line)
