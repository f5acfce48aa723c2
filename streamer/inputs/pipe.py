"""Lines by pipe: JSON lines on standard input, their answers as JSON lines on standard output.

Both ends are read and written in threads of their own, as a pipe may keep either waiting; the loop never does. A script
longer than a character's queue is no mistake here: it is read on as its lines end.
"""

import asyncio
import contextlib
import logging
import os
import queue
import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from typing import Final

from protocols import messages
from streamer.director import MAX_WAITING
from streamer.inputs import door

_log = logging.getLogger(__name__)
_CHUNK: Final = 64 * 1024  # bytes that are read at once
_MAX_UNREAD: Final = 4096  # answers that nobody reads; those above it are lost
_GOODBYE: Final = 0.5  # seconds that the last answers have to be read
_STDIN, _STDOUT = 0, 1


@asynccontextmanager
async def listen(
    house: door.House, stopping: asyncio.Event, source: int = _STDIN, sink: int = _STDOUT
) -> AsyncIterator[None]:
    """Reads file `source` until it or the block ends, and answers on file `sink`.

    Sets `stopping` when the last line of the input has been played, or nobody reads the answers any more.
    """
    pipe = _Pipe(sink, stopping)
    hello = house.hello()
    pipe.tell(hello, messages.encode(hello))
    task = asyncio.create_task(_converse(house, pipe, _chunks(source), stopping), name="standard input")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(pipe.close)


class Splitter:
    """Cuts bytes into lines as they come; what a line has above `longest` bytes and one is thrown away."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes end, without their ends; no bytes are the end of the last line."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._add(part)
            lines.append(bytes(self._begun))
            self._begun.clear()
        self._add(rest)
        if not data and self._begun:
            lines.append(bytes(self._begun))
        return lines

    def _add(self, part: bytes) -> None:
        self._begun += part[: self._longest + 1 - len(self._begun)]


class _Pipe:
    """The sender at the other end of the pipe, and which of its lines are not over yet."""

    def __init__(self, sink: int, stopping: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._sink = sink
        self._stopping = stopping
        self._lines: set[str] = set()
        self._ended = asyncio.Event()
        self._answers: queue.Queue[str | None] = queue.Queue(_MAX_UNREAD)
        self._writer = threading.Thread(target=self._write, name="standard output", daemon=True)
        self._writer.start()

    def tell(self, answer: messages.FromFacecue, text: str) -> None:
        if isinstance(answer, messages.Accepted):
            self._lines.add(answer.id)
        elif isinstance(answer, messages.Finished):
            self._lines.discard(answer.id)
            self._ended.set()
        try:
            self._answers.put_nowait(text)
        except queue.Full:
            _log.warning("standard output: nobody reads the answers, one is lost: %s", text[:80])

    async def until_below(self, count: int) -> None:
        """Waits while as many lines as that are not over."""
        while len(self._lines) >= count:
            self._ended.clear()
            await self._ended.wait()

    def close(self) -> None:
        """Writes what is left, for as long as somebody reads it."""
        with contextlib.suppress(queue.Full):
            self._answers.put(None, timeout=_GOODBYE)
            self._writer.join(_GOODBYE)

    def _write(self) -> None:
        try:
            while (text := self._answers.get()) is not None:
                data = text.encode() + b"\n"
                while data:
                    data = data[os.write(self._sink, data) :]
        except OSError as error:
            _log.info("standard output: %s", error.strerror)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stopping.set)


async def _converse(house: door.House, pipe: _Pipe, chunks: "asyncio.Queue[bytes]", stopping: asyncio.Event) -> None:
    splitter = Splitter(door.MAX_BYTES)
    data = b"\n"
    while data:
        data = await chunks.get()
        for line in splitter.feed(data):
            await pipe.until_below(MAX_WAITING)
            if line.strip():
                door.submit(house, line, pipe)
            await asyncio.sleep(0)  # a thousand messages that came together do not hold up a frame
    await pipe.until_below(1)
    stopping.set()


def _chunks(source: int) -> "asyncio.Queue[bytes]":
    """What comes from a file, a chunk ahead; an empty one is its end."""
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue(1)

    def read() -> None:
        data = b"\n"
        while data:
            try:
                data = os.read(source, _CHUNK)
            except OSError as error:
                _log.warning("standard input: %s", error.strerror)
                data = b""
            put = chunks.put(data)
            try:
                asyncio.run_coroutine_threadsafe(put, loop).result()
            except (RuntimeError, CancelledError):  # the loop has ended, or ends
                put.close()
                return

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return chunks
