"""The stand-in's door: takes clients at the address they ask for and passes their bytes on, mended."""

import asyncio
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from streams.broker.mending import Mender, Request

Address = tuple[str, int]
Pass = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay at work in a thread of its own."""

    loop: asyncio.AbstractEventLoop
    thread: threading.Thread

    def stop(self) -> None:
        """Close the port and every connection; returns when the thread has ended."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def start(at: Address, to: Address) -> Relay:
    """Listen at one address for clients of the broker at the other; raises OSError where it cannot."""
    loop = asyncio.new_event_loop()
    mender = Mender()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _serve(to, reader, writer, mender)

    server = loop.run_until_complete(asyncio.start_server(serve, *at))

    def run() -> None:
        loop.run_forever()
        server.close()
        loop.run_until_complete(_end_all())
        loop.close()

    thread = threading.Thread(target=run, name="stand-in relay", daemon=True)
    thread.start()
    return Relay(loop, thread)


async def _serve(
    to: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mender: Mender
) -> None:
    there_reader, there_writer = await asyncio.open_connection(*to)
    waiting: dict[int, Request] = {}

    def outgoing(frame: bytes) -> bytes:
        seen = mender.saw_request(frame)
        if seen is not None:
            waiting[seen[0]] = seen[1]
        return frame

    def incoming(frame: bytes) -> bytes:
        request = waiting.pop(struct.unpack_from(">i", frame)[0], None)
        return frame if request is None else frame[:4] + mender.mended(request, frame[4:])

    try:
        await _first_to_end(_pump(reader, there_writer, outgoing), _pump(there_reader, writer, incoming))
    finally:
        writer.close()
        there_writer.close()


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _first_to_end(*works: Awaitable[None]) -> None:
    """Both ways at once until either ends; raises what ended it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, through: Pass) -> None:
    """Pass one frame after the other: four bytes of length, then as many bytes."""
    while True:
        (length,) = struct.unpack(">i", await reader.readexactly(4))
        frame = through(await reader.readexactly(length))
        writer.write(struct.pack(">i", len(frame)) + frame)
        await writer.drain()
