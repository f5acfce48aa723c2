"""A large model beside the stream: lines play at once, and its sheets better what of them has not yet been seen.

Whatever goes wrong with it is logged, and the small model's faces play on.
"""

import asyncio
import logging
import math
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from streamer.brain.endpoint import AnswerError, TeacherError
from streamer.brain.teacher import Lesson
from streamer.cues import Prompt
from streamer.threads import be_nice

_log = logging.getLogger(__name__)
LINES: Final = 4  # that are asked about at once
_MAX_WAITING: Final = 16  # lines; those beyond would be over before their turn
_REMEMBERED: Final = 2048  # lessons, of some kilobytes each
REST: Final = 5.0  # seconds that an endpoint is left alone when it could not be used at all
_TELL_EVERY: Final = 1.0  # seconds

Deliver = Callable[[Lesson], None]


class Plans(Protocol):
    """What a coach asks: a teacher."""

    def plan(self, prompt: Prompt) -> Lesson: ...


class Coach:
    """Asks a teacher in threads of its own; `find` makes the teacher when it is first needed."""

    def __init__(self, find: Callable[[], Plans]) -> None:
        self._find = find
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.Queue[tuple[Prompt, Deliver, Callable[[], bool]] | None] = queue.Queue(_MAX_WAITING)
        self._lessons: OrderedDict[Prompt, Lesson] = OrderedDict()
        self._teacher: Plans | None = None
        self._finding = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._resting = self._told = -math.inf
        self._failed = 0

    def ask(self, prompt: Prompt, deliver: Deliver, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Has `deliver` called with the lesson, at once when it is known; not at all when there is none in time."""
        if prompt in self._lessons:
            self._lessons.move_to_end(prompt)
            deliver(self._lessons[prompt])
            return
        if self._loop.time() < self._resting:
            return
        while len(self._threads) < LINES:
            self._threads.append(threading.Thread(target=self._work, name="coach", daemon=True))
            self._threads[-1].start()
        try:
            self._waiting.put_nowait((prompt, deliver, is_wanted))
        except queue.Full:
            self._tell(f"{_MAX_WAITING} lines wait for the large model")

    def close(self) -> None:
        """Asks no more; an answer under way is not waited for."""
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self) -> None:
        be_nice()
        while (asked := self._waiting.get()) is not None:
            prompt, deliver, is_wanted = asked
            if not is_wanted():
                continue
            try:
                lesson: Lesson | Exception = self._plan(prompt)
            except Exception as error:  # told of on the loop
                lesson = error
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._finish, prompt, deliver, lesson)

    def _plan(self, prompt: Prompt) -> Lesson:
        with self._finding:
            if self._teacher is None:
                self._teacher = self._find()
        return self._teacher.plan(prompt)

    def _finish(self, prompt: Prompt, deliver: Deliver, lesson: Lesson | Exception) -> None:
        if isinstance(lesson, Lesson):
            self._lessons[prompt] = lesson
            if len(self._lessons) > _REMEMBERED:
                self._lessons.popitem(last=False)
            deliver(lesson)
            return
        if not isinstance(lesson, TeacherError):
            _log.error("coach: %s", lesson, exc_info=lesson)
        elif not isinstance(lesson, AnswerError):
            self._resting = self._loop.time() + REST
        self._tell(str(lesson))

    def _tell(self, reason: str) -> None:
        """Logs once a second what went wrong."""
        self._failed += 1
        if self._loop.time() - self._told >= _TELL_EVERY:
            _log.warning("coach: %s; the small model plays on (%d lines)", reason, self._failed)
            self._told, self._failed = self._loop.time(), 0
