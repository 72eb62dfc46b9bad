"""Where topics end now, asked on a connection of its own: the fetcher's is busy with a long poll."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from faust.types import TP

from streams.connection import client_options
from streams.settings import Settings

log = logging.getLogger(__name__)

ANSWERED_WITHIN_S = 5.0
"""How long the broker has for an answer, in seconds, before it is asked anew."""

CLOSE_S = 1.0


class Survey:
    """Asks the broker; it connects with the first question."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AIOKafkaConsumer | None = None
        self._connecting = asyncio.Lock()

    async def ends(self, tps: Sequence[TP]) -> Mapping[TP, int] | None:
        """Where these partitions end now for who reads committed; nothing where the broker is away.

        Raises `KafkaError` where asking again would not help: a right is missing, a topic is gone.
        """
        try:
            client = await self._connected()
            ends: Mapping[TP, int] = await client.end_offsets(tps)
        except KafkaError as exc:
            if not (exc.retriable or isinstance(exc, KafkaTimeoutError)):
                raise
            log.info("topics' ends not known: %s", exc)
            return None
        return ends

    async def _connected(self) -> AIOKafkaConsumer:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaConsumer(
                    **client_options(self._settings),
                    isolation_level="read_committed",
                    enable_auto_commit=False,
                    request_timeout_ms=int(ANSWERED_WITHIN_S * 1000),
                )
                try:
                    await client.start()
                except BaseException:
                    await client.stop()
                    raise
                self._client = client
            return self._client

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await asyncio.wait_for(client.stop(), CLOSE_S)
