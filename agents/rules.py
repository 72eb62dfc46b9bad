"""Every number the heart decides by, with its unit and its reason, as one frozen value."""

from functools import cache
from hashlib import blake2b
from importlib.resources import files

from msgspec import Struct, json


class Words(Struct, frozen=True, kw_only=True, gc=False):
    """Points for one family of phrases in one message; below zero is a credit.

    Three furious messages in a row take a content customer to `furious`, one frustrated message takes nobody
    anywhere: the many small ones do.
    """

    furious: float = 22.0
    leaving: float = 12.0
    threat: float = 12.0
    escalating: float = 9.0
    frustrated: float = 9.0
    shopping_around: float = 5.0
    gave_up: float = 6.0
    let_down: float = 6.0
    chasing: float = 6.0
    stymie: float = 6.0
    asked_again: float = 4.0
    thanks: float = -1.0
    praise: float = -3.0


class Waits(Struct, frozen=True, kw_only=True, gc=False):
    """How long a customer expects to wait, in seconds, by channel and by what is waited for."""

    chat_queue: float = 120.0
    chat_first_response: float = 60.0
    chat_silence: float = 120.0
    call_queue: float = 120.0
    call_hold: float = 60.0
    # Neither talk nor a look at the screen, a gap.
    call_silence: float = 60.0
    # A working day; tickets are not expected to be answered while somebody watches.
    ticket_first_response: float = 28_800.0
    ticket_silence: float = 86_400.0


class Rules(Struct, frozen=True, kw_only=True, gc=False):
    """The numbers of the model; two equal values decide alike."""

    # The ladder.
    rest_level: float = 25.0
    entering_levels: tuple[float, float, float, float] = (15.0, 35.0, 60.0, 85.0)
    """Levels from which on a customer is content, unsure, annoyed, furious."""
    leaving_gap: float = 5.0
    """Points below the entering level at which a rung is left, so that nobody flickers between two."""
    debit_half_life_days: float = 30.0
    credit_half_life_days: float = 7.0
    # A thousand debits of 0.1 within 30 days must annoy, twelve of 8 over a year must not.
    patience_points: float = 12.0
    """Debit at which half of a further point still moves the level; below it most is forgiven."""

    # Waiting: the debit grows with the logarithm, since the tenth minute hurts less than the second.
    waits: Waits = Waits()
    wait_points_per_doubling: float = 2.0
    wait_points_most: float = 8.0
    abandoned_points: float = 5.0
    """Added to the wait when the customer leaves before the first human word."""

    # Repeats.
    duplicates_window_s: float = 3_600.0
    """An event told again within this time of the customer's clock changes nothing."""

    # Effort.
    attempt_points: float = 4.0
    """For the 2nd attempt at one matter; the 3rd costs twice as much, the nth n - 1 times."""
    attempt_window_s: float = 86_400.0
    lateness_s: float = 3_600.0
    """How late an attempt may be told and still find the others of its window."""
    channel_hop_points: float = 2.0
    transfer_points: float = 3.0
    transfer_window_s: float = 3_600.0
    """A further transfer of the same contact within it counts double."""
    reopened_points: float = 6.0
    solved_confirmed_points: float = -8.0

    # Words.
    words: Words = Words()
    words_read_characters: int = 4_000
    """What is longer is a pasted log or a thread quoted in full; its beginning is read."""
    message_points_most: float = 25.0
    """The bound on one message: less than lies between any two rungs' edges from `unsure` on."""
    opening_share: float = 0.5
    """The first message states a problem and reads worse than it is meant."""
    shouting_factor: float = 1.25
    exclaiming_factor: float = 1.1

    # The slide.
    slope_share: float = 0.5
    """What the newest touch weighs in the running slope."""
    horizon_touches: float = 6.0
    """How far ahead the slope is carried to see whether it ends at `furious`."""

    # What is said.
    quotes: bool = True
    """Whether an intervention quotes, redacted, what the customer said that called for it."""

    @property
    def version(self) -> str:
        """Twelve hex digits over these numbers and the phrases; it stands in every output."""
        return _version(self)


@cache
def _version(rules: Rules) -> str:
    phrases = files("agents").joinpath("phrases.toml").read_bytes()
    return blake2b(json.encode(rules) + phrases, digest_size=6).hexdigest()


DEFAULT = Rules()
"""What a deployment decides by unless told otherwise."""
