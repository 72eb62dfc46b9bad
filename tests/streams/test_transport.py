"""What stands in for Faust's consumer where records could be lost, without Kafka."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver

from streams.transport import Consumer, ConsumerThread


async def turns() -> None:
    """Give everything that could happen now its turn."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_fetch_counts_until_it_is_over_however_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    go = asyncio.Event()

    async def fetch(_thread: Any, *_args: Any, **_kwargs: Any) -> None:
        await go.wait()
        raise OSError

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
    thread = object.__new__(ConsumerThread)
    fetching = asyncio.create_task(thread._fetch_records())
    await turns()
    assert thread.fetching == 1
    go.set()
    with pytest.raises(OSError):  # noqa: PT011 - the fake's own
        await fetching
    assert thread.fetching == 0


async def test_new_partitions_wait_until_a_fetch_from_before_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take what is read from here on, and nobody would get it: customers' rows were lost so."""
    begun = []

    async def assigned(_consumer: Any, *_args: Any) -> None:
        begun.append("recovery")

    monkeypatch.setattr(driver.Consumer, "on_partitions_assigned", assigned)
    consumer: Any = object.__new__(Consumer)
    consumer.app = SimpleNamespace(should_stop=True)
    consumer._thread = thread = SimpleNamespace(fetching=1)
    assigning = asyncio.create_task(consumer.on_partitions_assigned(set()))
    await turns()
    assert begun == []
    thread.fetching = 0
    await asyncio.wait_for(assigning, 5)
    assert begun == ["recovery"]


def test_a_recovery_does_not_end_with_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who took over twice within five seconds began its new lanes without a row."""
    monkeypatch.setattr(driver.Consumer, "resume_flow", lambda _consumer: None)
    consumer: Any = object.__new__(Consumer)
    over = asyncio.Event()
    consumer.app = SimpleNamespace(tables=SimpleNamespace(recovery=SimpleNamespace(signal_recovery_end=over)))
    over.set()
    consumer.resume_flow()
    assert not over.is_set()
