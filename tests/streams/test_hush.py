"""The same line of code is heard once a second."""

import logging

import pytest
from aiokafka import client
from aiokafka.consumer import fetcher, group_coordinator
from aiokafka.producer import sender

from streams import hush
from streams.hush import Hush


def record(line: int) -> logging.LogRecord:
    return logging.LogRecord("aiokafka.client", logging.ERROR, "client.py", line, "no", (), None)


def test_what_is_said_again_at_once_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(hush.time, "monotonic", lambda: now[0])
    heard = Hush()
    assert [heard.filter(record(1)), heard.filter(record(1)), heard.filter(record(2))] == [True, False, True]
    now[0] = 101.0
    assert heard.filter(record(1))


def test_the_loggers_are_the_clients_own() -> None:
    assert {module.log.name for module in (client, sender, fetcher, group_coordinator)} == set(hush.LOUD)
