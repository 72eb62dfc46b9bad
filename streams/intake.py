"""From a fetched chunk to its lane, through the door; no exception leaves an agent's body."""

import logging

from faust.types import TP

from streams.door import Entrance, Limit, TooManyBad
from streams.lanes import Lanes
from streams.settings import Settings
from streams.transport import Fetched
from streams.worker import Stopping

log = logging.getLogger(__name__)


class Intake:
    """What one agent does with a chunk; it keeps the count of bad records per partition."""

    def __init__(self, door: Entrance, lanes: Lanes, stopping: Stopping, settings: Settings) -> None:
        self._door = door
        self._lanes = lanes
        self._stopping = stopping
        self._settings = settings
        self._limits: dict[TP, Limit] = {}

    def offer(self, chunk: Fetched) -> None:
        """Let the chunk's records in and offer them to their lane.

        An exception here would be acked by Faust and its records never seen again; so everything unexpected
        stops the worker before any of the chunk's offsets is committed.
        """
        try:
            taken = self._door.admit(chunk.tp.partition, chunk.records, self._limit(chunk.tp))
        except TooManyBad as exc:
            self._stopping.ask(f"{exc}; not the data, then: look at the dead letters before starting again")
        except Exception as exc:
            log.exception("chunk of %s could not be read", chunk.tp)
            self._stopping.ask(f"{chunk.tp.topic} {chunk.tp.partition}: {type(exc).__name__}: {exc}")
        else:
            lane = self._lanes.ledgers[chunk.tp.partition].lane
            lane.offer(chunk.tp.topic, taken, chunk.next_offset, chunk.records[0].timestamp)
            self._lanes.offered(chunk.tp)

    def _limit(self, tp: TP) -> Limit:
        if tp not in self._limits:
            name = f"{tp.topic} partition {tp.partition}"
            self._limits[tp] = Limit(name, self._settings.bad_ratio, self._settings.bad_run)
        return self._limits[tp]
