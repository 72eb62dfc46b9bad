"""Bytes to events and outputs to bytes; the only place that raises `Unreadable`."""

from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

from schemas.call import CallEvent
from schemas.care import CustomerErased
from schemas.chat import ChatEvent
from schemas.control import ClockTicked
from schemas.event import Event
from schemas.outputs import Output
from schemas.ticket import TicketEvent

Code = Literal[
    "null-value",
    "too-large",
    "not-utf8",
    "not-json",
    "too-deep",
    "unknown-type",
    "missing-customer",
    "bad-time",
    "wrong-shape",
    "key-mismatch",
    "wrong-partition",
    "future-time",
    "unexpected-tick",
]
"""Why a record cannot be taken: the first nine are said by its bytes, the others by the door."""

MAX_EVENT_BYTES = 1 << 20
"""The largest event that is read, in bytes; what is larger becomes a dead letter."""

E = TypeVar("E", bound=Event | ClockTicked)


class Unreadable(ValueError):  # noqa: N818 - a fact about the bytes, not a fault of the program
    """These bytes are not an event; `code` says why, `detail` where, and neither quotes the bytes."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def _code_of(message: str) -> Code:
    if "$.type" in message or "`type`" in message:
        return "unknown-type"
    if "customer_id" in message:
        return "missing-customer"
    if "$.at" in message or "`at`" in message:
        return "bad-time"
    return "wrong-shape"


def _reader(kind: type[E]) -> Callable[[bytes | None], E]:
    decode = msgspec.json.Decoder(kind).decode

    def read(value: bytes | None) -> E:
        if value is None:
            raise Unreadable("null-value", "a tombstone says nothing here")
        if len(value) > MAX_EVENT_BYTES:
            raise Unreadable("too-large", f"{len(value)} bytes, at most {MAX_EVENT_BYTES}")
        try:
            if not value.isascii():
                value.decode()
            return decode(value)
        except UnicodeDecodeError as exc:
            raise Unreadable("not-utf8", f"at byte {exc.start}") from None
        except RecursionError:
            raise Unreadable("too-deep", "nested too deep") from None
        except msgspec.ValidationError as exc:
            # The message names fields and types; only an unknown tag would quote the sender.
            code = _code_of(str(exc))
            raise Unreadable(code, "the value of `type`" if code == "unknown-type" else str(exc)) from None
        except msgspec.DecodeError:
            raise Unreadable("not-json", "not a JSON document") from None

    return read


read_chat: Callable[[bytes | None], ChatEvent] = _reader(ChatEvent)  # type: ignore[arg-type]
"""Bytes of `support.chat` to an event; raises `Unreadable`."""
read_call: Callable[[bytes | None], CallEvent] = _reader(CallEvent)  # type: ignore[arg-type]
"""Bytes of `support.call` to an event; raises `Unreadable`."""
read_ticket: Callable[[bytes | None], TicketEvent] = _reader(TicketEvent)  # type: ignore[arg-type]
"""Bytes of `support.ticket` to an event; raises `Unreadable`."""
read_care: Callable[[bytes | None], CustomerErased] = _reader(CustomerErased)
"""Bytes of `support.care` to an event; raises `Unreadable`."""
read_control: Callable[[bytes | None], ClockTicked] = _reader(ClockTicked)
"""Bytes of `simmer.control` to a fact; raises `Unreadable`."""

encode: Callable[[Event | ClockTicked | Output], bytes] = msgspec.json.Encoder().encode
"""An event, a tick or an output as JSON: the same value gives the same bytes, fields in their order."""
