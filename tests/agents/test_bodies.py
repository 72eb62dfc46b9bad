from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents.bodies import offer_each


@dataclass(frozen=True)
class Fetched:
    """A chunk whose lane is ours or not."""

    name: str
    ours: bool = True

    def live(self) -> bool:
        return self.ours


async def chunks(*fetched: Fetched) -> AsyncIterator[Fetched]:
    for chunk in fetched:
        yield chunk


async def test_every_chunk_is_offered_in_order_but_those_of_a_lane_that_is_gone() -> None:
    offered: list[Fetched] = []
    await offer_each(chunks(Fetched("a"), Fetched("b", ours=False), Fetched("c")), offered.append)
    assert offered == [Fetched("a"), Fetched("c")]
