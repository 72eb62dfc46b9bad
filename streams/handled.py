"""Which letters of a partition are done with, kept in the offset that a group commits and its metadata."""

from dataclasses import dataclass
from typing import Self

from aiokafka.structs import OffsetAndMetadata

METADATA_MOST = 4096
"""Characters that Kafka takes with an offset, unless its `offset.metadata.max.bytes` says otherwise."""


class TooScattered(Exception):  # noqa: N818 - a fact about the letters
    """What was passed over lies in so many places that the broker would not take the list of them."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Everything before `upto` is handled but what lies in the ranges `left`, ends included."""

    upto: int = 0
    left: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, committed: OffsetAndMetadata | None) -> Self:
        """What was committed; nothing is handled where nothing was, and an offset set by hand is an offset.

        >>> Handled.of(OffsetAndMetadata(3, "20 3-7 9-9"))
        Handled(upto=20, left=((3, 7), (9, 9)))
        """
        if committed is None or committed.offset < 0:
            return cls()
        try:
            upto, *ranges = committed.metadata.split()
            found = [(int(first), int(last)) for first, last in (r.split("-") for r in ranges)]
            handled = cls(int(upto), tuple(found))
        except ValueError:
            return cls(committed.offset)
        return handled if handled.first == committed.offset else cls(committed.offset)

    @property
    def first(self) -> int:
        """The first offset that may hold a letter that waits: where reading begins, and what is committed."""
        return self.left[0][0] if self.left else self.upto

    def waits(self, offset: int) -> bool:
        """Whether the letter at this offset is still to be handled."""
        return offset >= self.upto or any(first <= offset <= last for first, last in self.left)

    def committed(self) -> OffsetAndMetadata:
        """As it is committed; raises `TooScattered`.

        >>> Handled(20, ((3, 7), (9, 9))).committed()
        OffsetAndMetadata(offset=3, metadata='20 3-7 9-9')
        """
        if not self.left:
            return OffsetAndMetadata(self.upto, "")
        metadata = " ".join([str(self.upto), *(f"{first}-{last}" for first, last in self.left)])
        if len(metadata) > METADATA_MOST:
            raise TooScattered(len(self.left))
        return OffsetAndMetadata(self.first, metadata)


class Round:
    """One reading of a partition from its first letter that waits; it is told of each letter in turn."""

    def __init__(self, before: Handled) -> None:
        self.before = before
        self._upto = before.first
        self._left: list[tuple[int, int]] = []
        self._passing = False

    def done(self, offset: int) -> None:
        """This letter is handled, now or earlier."""
        self._upto, self._passing = offset + 1, False

    def passed_over(self, offset: int) -> None:
        """This letter still waits, although later ones may be handled."""
        if self._passing:
            self._left[-1] = (self._left[-1][0], offset)
        else:
            self._left.append((offset, offset))
        self._upto, self._passing = offset + 1, True

    def handled(self) -> Handled:
        """What is handled by now, the knowledge from before included where this reading has not come yet."""
        rest = [(max(first, self._upto), last) for first, last in self.before.left if last >= self._upto]
        return Handled(max(self._upto, self.before.upto), (*self._left, *rest))
