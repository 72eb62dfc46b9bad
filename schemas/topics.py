"""The topic catalogue: every topic, what fills it, how long it is kept, and who reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.call import CallEvent
from schemas.care import CustomerErased
from schemas.chat import ChatEvent
from schemas.control import ClockTicked
from schemas.outputs import InterveneNow, MoodChanged
from schemas.ticket import TicketEvent

DAY_MS = 86_400_000
MIB = 1 << 20

Role = Literal["input", "output", "dead-letters", "parked", "changelog"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic; all of them have the same number of partitions, so that a customer has one number."""

    name: str
    role: Role
    value: object
    cleanup: Literal["delete", "compact"]
    retention_days: int | None
    max_message_bytes: int
    readers: str
    meaning: str

    def config(self) -> dict[str, str]:
        """The topic's Kafka configuration."""
        config = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_message_bytes)}
        if self.retention_days is not None:
            config["retention.ms"] = str(self.retention_days * DAY_MS)
        return config


CHAT = Topic(
    name="support.chat", role="input", value=ChatEvent, cleanup="delete", retention_days=14,
    max_message_bytes=4 * MIB, readers="worker, agent `chat`", meaning="what happens in chats",
)  # fmt: skip
CALL = Topic(
    name="support.call", role="input", value=CallEvent, cleanup="delete", retention_days=14,
    max_message_bytes=4 * MIB, readers="worker, agent `call`", meaning="what happens in calls",
)  # fmt: skip
TICKET = Topic(
    name="support.ticket", role="input", value=TicketEvent, cleanup="delete", retention_days=14,
    max_message_bytes=4 * MIB, readers="worker, agent `ticket`", meaning="what happens to tickets",
)  # fmt: skip
CARE = Topic(
    name="support.care", role="input", value=CustomerErased, cleanup="delete", retention_days=30,
    max_message_bytes=4 * MIB, readers="worker, agent `care`",
    meaning="what is known of a customer beyond conversations",
)  # fmt: skip
CONTROL = Topic(
    name="simmer.control", role="input", value=ClockTicked, cleanup="delete", retention_days=14,
    max_message_bytes=4 * MIB, readers="worker, agent `control`",
    meaning="what is said to the workers themselves, once to every partition",
)  # fmt: skip
INTERVENTIONS = Topic(
    name="simmer.interventions", role="output", value=InterveneNow, cleanup="delete", retention_days=30,
    max_message_bytes=MIB, readers="on-call supervisors", meaning="who needs somebody now, and why",
)  # fmt: skip
MOODS = Topic(
    name="simmer.moods", role="output", value=MoodChanged, cleanup="delete", retention_days=30,
    max_message_bytes=MIB, readers="dashboards, `simmer watch`", meaning="every change of rung",
)  # fmt: skip
DEAD_LETTERS = Topic(
    name="simmer.dead-letters", role="dead-letters", value=bytes, cleanup="delete", retention_days=14,
    max_message_bytes=8 * MIB, readers="platform team", meaning="records not taken, each with a code",
)  # fmt: skip
PARKED = Topic(
    name="simmer.dead-letters.parked", role="parked", value=bytes, cleanup="delete", retention_days=90,
    max_message_bytes=8 * MIB, readers="platform team",
    meaning="dead letters put aside by `simmer dead-letters replay`",
)  # fmt: skip

INPUTS = (CHAT, CALL, TICKET, CARE, CONTROL)
CATALOGUE = (*INPUTS, INTERVENTIONS, MOODS, DEAD_LETTERS, PARKED)


def changelog(app_id: str) -> Topic:
    """The changelog of the worker's only table, `customers`, named as Faust names it."""
    return Topic(
        name=f"{app_id}-customers-changelog", role="changelog", value=bytes, cleanup="compact",
        retention_days=None, max_message_bytes=MIB, readers="worker, on recovery",
        meaning="one row per customer",
    )  # fmt: skip


def everything(app_id: str) -> Iterator[Topic]:
    """Every topic a deployment needs, the changelog included."""
    yield from CATALOGUE
    yield changelog(app_id)
