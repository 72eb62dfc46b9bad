"""The body that the agents `chat`, `call` and `ticket` share: read a chunk, offer it to its lane."""

from collections.abc import AsyncIterable, Callable
from typing import Protocol, TypeVar


class Chunk(Protocol):
    """What was fetched of one partition at once."""

    def live(self) -> bool:
        """Whether the lane it belongs to is still ours."""


C = TypeVar("C", bound=Chunk)


async def offer_each(chunks: AsyncIterable[C], offer: Callable[[C], None]) -> None:
    """Offer every chunk that still counts; nothing is awaited, so that no partition waits for another.

    A chunk is done when it was OFFERED, not when it is durable: its offsets travel in its lane's transaction.
    """
    async for chunk in chunks:
        if chunk.live():
            offer(chunk)
