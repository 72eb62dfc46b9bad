"""What is remembered of one customer: a small value, and its row."""

from collections.abc import Callable
from math import inf
from typing import Literal, TypeVar

from msgspec import Struct, msgpack

from schemas.outputs import Channel

NEVER = inf
"""When nothing is due."""

Waiting = Literal["", "queue", "first_response", "hold", "silence"]
"""What a contact's customer waits for: a person, their first word, the end of a hold, an answer."""


class Stand(Struct, frozen=True, array_like=True, gc=False):
    """A rung (0 delighted to 4 furious) and since when, in epoch seconds of the customer's clock."""

    rung: int
    since_s: float


class Contribution(Struct, frozen=True, array_like=True, gc=False):
    """What one event moved: points as given at `at_s`, debits above zero, credits below."""

    at_s: float
    cause: str
    event_id: str
    points: float
    phrase: str | None = None


class Older(Struct, frozen=True, array_like=True, gc=False):
    """All older contributions of one cause, their points decayed to `at_s`."""

    cause: str
    count: int
    points: float
    at_s: float
    first_event_id: str
    newest_event_id: str


class Contact(Struct, array_like=True, gc=False):
    """One open conversation; only the copy that `step` has just made is ever filled."""

    conversation_id: str
    channel: Channel
    # "" until the customer acts on a known matter: only then is it an attempt.
    matter: str = ""
    waiting: Waiting = ""
    since_s: float = 0.0
    # How often a wait was counted before it ended, and when it is counted next.
    counted: int = 0
    due_s: float | None = None
    served: bool = False
    spoke: bool = False
    transferred_s: float = 0.0
    # Families of words that earned a credit already; politeness is no evidence twice.
    earned: tuple[str, ...] = ()
    # As the conversation began: what a deadline says of itself, since no event tells then.
    issue: str | None = None
    queue: str | None = None
    tenant: str | None = None


class Attempt(Struct, frozen=True, array_like=True, gc=False):
    """A conversation in which the customer tried to get one matter solved."""

    matter: str
    conversation_id: str
    channel: Channel
    at_s: float


class Intervention(Struct, frozen=True, array_like=True, gc=False):
    """The open intervention: its id, when it was published and after how many touches."""

    id: str
    at_s: float
    touches: int


class Customer(Struct, array_like=True, gc=False):
    """One customer's state; no text of theirs, only event ids and names of causes.

    Treat it as frozen: only `step` fills one, the copy it has just made.
    """

    rung: int = 1
    # When the next deadline is due.
    due_s: float = NEVER
    # The newest `at` seen; both pools and the rows are decayed to it.
    clock: float = 0.0
    debit_points: float = 0.0
    credit_points: float = 0.0
    # As of the last touch, to tell what the next one moves.
    level: float = 0.0
    slope: float = 0.0
    touches: int = 0
    episode: str = ""
    intervention: Intervention | None = None
    path: tuple[Stand, ...] = ()
    contacts: tuple[Contact, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    newest: tuple[Contribution, ...] = ()
    older: tuple[Older, ...] = ()
    # Marks of the events that were counted, this generation's and the former one's, and since when it is.
    seen: bytes = b""
    seen_before: bytes = b""
    seen_s: float = 0.0
    # Until when everything was erased; kept until nothing older can arrive.
    erased_s: float | None = None


S = TypeVar("S", Contact, Customer)

copy_of: Callable[[S], S] = Struct.__copy__  # type: ignore[attr-defined] # the stubs forget it
"""A working copy, at a quarter of what `copy.copy` costs."""


class Glance(Struct, array_like=True, gc=False):
    """The first fields of a row: the rung, 0 to 4, and when the next deadline is due, in epoch seconds."""

    rung: int
    due_s: float


_encoder = msgpack.Encoder()
_decoder = msgpack.Decoder(Customer)
_first = msgpack.Decoder(Glance)


def new() -> Customer:
    """A customer of whom nothing is known: content, without goodwill or grudge."""
    return Customer()


def encode(customer: Customer) -> bytes:
    """The customer as a row; the same value gives the same bytes."""
    return _encoder.encode(customer)


def decode(row: bytes) -> Customer:
    """The customer of a row; raises `msgspec.DecodeError` where it is none."""
    return _decoder.decode(row)


def glance(row: bytes) -> Glance:
    """The first fields of a row, without reading the rest."""
    return _first.decode(row)
