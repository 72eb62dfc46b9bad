"""What the stand-in does wrong on the wire, put right in the bytes that pass: no sockets here."""

import struct
from dataclasses import dataclass, field
from typing import Any

from aiokafka.protocol.commit import (
    OffsetCommitRequest_v2,
    OffsetFetchRequest_v3,
    OffsetFetchResponse_v3,
)
from aiokafka.protocol.fetch import FetchResponse_v4
from aiokafka.protocol.transaction import (
    EndTxnRequest_v0,
    EndTxnResponse_v0,
    TxnOffsetCommitRequest_v0,
)
from aiokafka.record.util import calc_crc32c

FETCH, OFFSET_COMMIT, OFFSET_FETCH, END_TXN, TXN_OFFSET_COMMIT = 1, 8, 9, 26, 28

VERSIONS = {FETCH: 4, OFFSET_COMMIT: 2, OFFSET_FETCH: 3, END_TXN: 0, TXN_OFFSET_COMMIT: 0}
"""The one version of each request that is read here, so the one that the stand-in may offer."""

_CRC_AT, _ATTRIBUTES_AT, _HEADER = 17, 21, 23
_CONTROL = 0x20

Place = tuple[str, str, int]
"""Consumer group, topic, partition."""

Offset = tuple[int, str]
"""The offset and its metadata."""


@dataclass(frozen=True, slots=True)
class Request:
    """What must be remembered of a request until its response passes."""

    api: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Mender:
    """Commit markers get a true checksum; offsets sent in a transaction become the group's."""

    committed: dict[Place, Offset] = field(default_factory=dict)
    underway: dict[str, dict[Place, Offset]] = field(default_factory=dict)

    def saw_request(self, frame: bytes) -> tuple[int, Request] | None:
        """The correlation id and what to remember, for a request whose response must be looked at."""
        api, _, correlation, client_length = struct.unpack_from(">hhih", frame)
        if api not in VERSIONS:
            return None
        body = frame[10 + max(client_length, 0) :]
        if api == TXN_OFFSET_COMMIT:
            self._note(TxnOffsetCommitRequest_v0.decode(body))
        elif api == OFFSET_COMMIT:
            self._forget(OffsetCommitRequest_v2.decode(body))
        # A fetch's own request says nothing that its response would need.
        return correlation, Request(api, b"" if api == FETCH else body)

    def mended(self, request: Request, response: bytes) -> bytes:
        """The response's body as a real broker would have sent it."""
        if request.api == FETCH:
            return _with_checksums(response)
        if request.api == OFFSET_FETCH:
            return self._with_offsets(OffsetFetchRequest_v3.decode(request.body).consumer_group, response)
        if request.api == END_TXN:
            self._end(EndTxnRequest_v0.decode(request.body), EndTxnResponse_v0.decode(response).error_code)
        return response

    def _note(self, request: Any) -> None:
        offsets = self.underway.setdefault(request.transactional_id, {})
        for topic, partitions in request.topics:
            for partition, offset, metadata in partitions:
                offsets[request.group_id, topic, partition] = (offset, metadata)

    def _forget(self, request: Any) -> None:
        """A plain commit is newer than what a transaction said, and the stand-in keeps it itself."""
        for topic, partitions in request.topics:
            for partition, *_ in partitions:
                self.committed.pop((request.consumer_group, topic, partition), None)

    def _end(self, request: Any, error_code: int) -> None:
        offsets = self.underway.pop(request.transactional_id, {})
        if request.transaction_result and not error_code:
            self.committed.update(offsets)

    def _with_offsets(self, group: str, response: bytes) -> bytes:
        answer: Any = OffsetFetchResponse_v3.decode(response)
        if answer.topics is None:  # all of the group's offsets were asked for; the stand-in knows none
            places = [place for place in self.committed if place[0] == group]
            answer.topics = [(topic, [(partition, -1, "", 0)]) for _, topic, partition in places]
        answer.topics = [
            (topic, [self._with_offset((group, topic, row[0]), row) for row in rows])
            for topic, rows in answer.topics
        ]
        encoded: bytes = answer.encode()
        return encoded

    def _with_offset(self, place: Place, row: tuple[int, int, str, int]) -> tuple[int, int, str, int]:
        partition, _, _, error_code = row
        return (partition, *self.committed[place], error_code) if place in self.committed else row


def _with_checksums(response: bytes) -> bytes:
    answer: Any = FetchResponse_v4.decode(response)
    answer.topics = [
        (topic, [(*row[:-1], _checksummed(row[-1] or b"")) for row in rows]) for topic, rows in answer.topics
    ]
    encoded: bytes = answer.encode()
    return encoded


def _checksummed(records: bytes) -> bytes:
    """Record batches, each commit or abort marker among them with the checksum of what it says."""
    whole, at = bytearray(records), 0
    while at + _HEADER <= len(whole):
        (length,) = struct.unpack_from(">i", whole, at + 8)
        end = at + 12 + length
        if whole[at + _ATTRIBUTES_AT + 1] & _CONTROL:
            crc = calc_crc32c(bytes(whole[at + _ATTRIBUTES_AT : end]))
            struct.pack_into(">I", whole, at + _CRC_AT, crc)
        at = end
    return bytes(whole)
