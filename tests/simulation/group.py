"""The consumer group's coordinator: who is in, who owns which lane, and when that has to change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple

SESSION_S = 6.0
HEARTBEAT_S = 1.2
REBALANCE_S = 20.0
"""How long a rebalance waits for members that have not come back."""


class Assigned(NamedTuple):
    """What a member owns from a generation on."""

    generation: int
    lanes: tuple[int, ...]


@dataclass
class Member:
    """When it was last heard of, and the answer it waits for while a rebalance gathers everybody."""

    seen: float
    joining: "asyncio.Future[Assigned | None] | None" = None


class Group:
    """Eager rebalances: everybody gives up everything, then lanes are dealt anew."""

    def __init__(self, lanes: int, rng: Random, tell: Callable[[str], None]) -> None:
        self.generation = 0
        self.owners: dict[int, str] = {}
        self._lanes = lanes
        self._rng = rng
        self._tell = tell
        self._members: dict[str, Member] = {}
        self._gathering = False

    def join(self, name: str) -> "asyncio.Future[Assigned | None]":
        """Be in the next generation; done with what was assigned, or nothing when it must ask again."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Assigned | None] = loop.create_future()
        member = self._members.setdefault(name, Member(loop.time()))
        if member.joining is not None and not member.joining.done():
            member.joining.set_result(None)
        member.seen, member.joining = loop.time(), answer
        self.rebalance()
        self._deal_if_complete()
        loop.call_later(SESSION_S, self._expire, name)
        return answer

    def heartbeat(self, name: str, generation: int) -> Literal["fine", "rejoin"]:
        """Still there; says whether it must come back for a new generation."""
        member = self._members.get(name)
        if member is None:
            return "rejoin"
        loop = asyncio.get_running_loop()
        member.seen = loop.time()
        loop.call_later(SESSION_S, self._expire, name)
        return "rejoin" if self._gathering or generation != self.generation else "fine"

    def leave(self, name: str) -> None:
        """Gone on purpose."""
        if self._members.pop(name, None) is not None:
            self.rebalance()
            self._deal_if_complete()

    def rebalance(self) -> None:
        """Begin to gather everybody for a new generation."""
        if not self._gathering:
            self._gathering = True
            asyncio.get_running_loop().call_later(REBALANCE_S, self._give_up, self.generation)

    def _expire(self, name: str) -> None:
        member = self._members.get(name)
        # A member that waits for the deal is there: its request is open.
        waits = member is not None and member.joining is not None
        if member is None or waits or asyncio.get_running_loop().time() < member.seen + SESSION_S:
            return
        self._tell(f"group: {name} has not been heard of")
        self.leave(name)

    def _give_up(self, generation: int) -> None:
        if self._gathering and generation == self.generation:
            for name in [name for name, member in self._members.items() if member.joining is None]:
                self._tell(f"group: {name} did not come back")
                del self._members[name]
            self._deal_if_complete()

    def _deal_if_complete(self) -> None:
        if not self._gathering or any(member.joining is None for member in self._members.values()):
            return
        self._gathering = False
        self.generation += 1
        names = list(self._members)
        self._rng.shuffle(names)
        self.owners = {lane: names[lane % len(names)] for lane in range(self._lanes)} if names else {}
        self._tell(f"group: generation {self.generation} {_shares(self.owners)}")
        now = asyncio.get_running_loop().time()
        for name, member in self._members.items():
            mine = tuple(lane for lane, owner in self.owners.items() if owner == name)
            assert member.joining is not None
            member.joining.set_result(Assigned(self.generation, mine))
            member.seen, member.joining = now, None
            asyncio.get_running_loop().call_later(SESSION_S, self._expire, name)


def _shares(owners: dict[int, str]) -> str:
    return " ".join(f"{lane}:{owner}" for lane, owner in owners.items())
