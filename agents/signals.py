"""What an event says about the customer's mood: a cause and its points."""

from typing import NamedTuple


class Signal(NamedTuple):
    """One debit (points above zero) or credit (below); `phrase` is the lexicon's, never the customer's.

    `grows` names the row that this adds to: one wait is one row, however often it was counted.
    """

    cause: str
    points: float
    phrase: str | None = None
    grows: str | None = None
