"""Hears lines in a thread of its own, their audio or another language, so that no frame waits for it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from protocols.messages import Line
from streamer.face.speech import Speech, heard
from streamer.threads import be_nice

_log = logging.getLogger(__name__)
_MOST: Final = 32  # lines that may wait; more are spoken as their text says

Deliver = Callable[[Speech | ValueError], None]


class Ear:
    """One thread that hears lines one after the other; `folder` is where paths may lead, None for nowhere."""

    def __init__(self, folder: Path | None = None, language: str = "en") -> None:
        self._folder, self._language = folder, language
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        self._thread: ThreadPoolExecutor | None = None

    def ask(self, line: Line, deliver: Deliver, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Has `deliver` called from the loop with what was heard, or with what is wrong with the audio.

        A line that nobody wants any more when its turn comes is passed over.
        """
        if self._waiting >= _MOST:
            deliver(ValueError(f"{_MOST} lines with audio wait to be heard"))
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "ear", be_nice)
        self._waiting += 1
        self._thread.submit(self._hear, line, is_wanted).add_done_callback(partial(self._return, deliver))

    def close(self) -> None:
        """Hears no more; what still waits is not answered."""
        if self._thread:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _hear(self, line: Line, is_wanted: Callable[[], bool]) -> Speech:
        if not is_wanted():
            raise ValueError("the line is over")
        return heard(line, self._folder, self._language)

    def _return(self, deliver: Deliver, future: "Future[Speech]") -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._finish, future, deliver)

    def _finish(self, future: "Future[Speech]", deliver: Deliver) -> None:
        self._waiting -= 1
        if future.cancelled():
            return
        error = future.exception()
        if error is not None and not isinstance(error, ValueError):
            _log.error("ear: %s", error, exc_info=error)
            error = ValueError("the audio could not be heard")
        deliver(error or future.result())
