"""What is said to the workers themselves; it has no customer and goes to every partition."""

from msgspec import Struct

from schemas.event import Instant


class ClockTicked(Struct, frozen=True, kw_only=True, gc=False, tag_field="type", tag="clock.ticked"):
    """Where history is replayed: everything up to `at` has been sent, so silence until then is silence."""

    at: Instant
