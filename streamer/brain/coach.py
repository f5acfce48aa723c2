"""A large model beside the stream: lines play at once, and its sheets better what of them has not yet been seen.

Whatever goes wrong with it is logged, and the small model's faces play on.
"""

import asyncio
import logging
import math
import queue
import threading
from collections import Counter, OrderedDict
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
_TELL_EVERY: Final = 10.0  # seconds; what changes more often is told of no more often
_REMIND_EVERY: Final = 60.0  # seconds, of what goes on as it was

Deliver = Callable[[Lesson], None]


class Plans(Protocol):
    """What a coach asks: a teacher."""

    def plan(self, prompt: Prompt) -> Lesson: ...


class Coach:
    """Asks a teacher in threads of its own; `find` makes the teacher when it is first needed.

    `counts` are lines by what came of them: "failed", "unasked", or "late", where the line was over before its turn.
    """

    def __init__(self, find: Callable[[], Plans], counts: Counter[str] | None = None) -> None:
        self._find = find
        self._counts = Counter() if counts is None else counts
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.Queue[tuple[Prompt, Deliver, Callable[[], bool]] | None] = queue.Queue(_MAX_WAITING)
        self._lessons: OrderedDict[Prompt, Lesson] = OrderedDict()
        self._teacher: Plans | None = None
        self._finding = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._resting = self._told = -math.inf
        self._trouble = ""  # what kind of it was told of; empty: none
        self._without = 0  # lines since then that had no lesson

    def ask(self, prompt: Prompt, deliver: Deliver, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Has `deliver` called with the lesson, at once when it is known; not at all when there is none in time."""
        if prompt in self._lessons:
            self._lessons.move_to_end(prompt)
            deliver(self._lessons[prompt])
            return
        if self._loop.time() < self._resting:
            self._go_without()
            return
        while len(self._threads) < LINES:
            self._threads.append(threading.Thread(target=self._work, name="coach", daemon=True))
            self._threads[-1].start()
        try:
            self._waiting.put_nowait((prompt, deliver, is_wanted))
        except queue.Full:
            self._go_without()
            self._tell("full", f"{_MAX_WAITING} lines wait for the large model")

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
            lesson: Lesson | Exception | None = None
            try:
                if is_wanted():
                    lesson = self._plan(prompt)
            except Exception as error:  # told of on the loop
                lesson = error
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._finish, prompt, deliver, lesson)

    def _plan(self, prompt: Prompt) -> Lesson:
        with self._finding:
            teacher = self._teacher = self._teacher or self._find()
        return teacher.plan(prompt)

    def _finish(self, prompt: Prompt, deliver: Deliver, lesson: Lesson | Exception | None) -> None:
        if lesson is None:
            self._counts["late"] += 1
        elif isinstance(lesson, Lesson):
            self._lessons[prompt] = lesson
            if len(self._lessons) > _REMEMBERED:
                self._lessons.popitem(last=False)
            self._tell_of_recovery()
            deliver(lesson)
        else:
            self._counts["failed"] += 1
            self._without += 1
            self._fail(lesson)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, AnswerError):
            self._tell(type(error).__name__, str(error))
            return
        if isinstance(error, TeacherError):
            self._resting = self._loop.time() + REST
            self._teacher = None  # what comes up again may be another one
        else:
            _log.error("coach: %s", error, exc_info=error)
        self._tell(str(error), str(error))

    def _go_without(self) -> None:
        self._counts["unasked"] += 1
        self._without += 1

    def _tell(self, kind: str, reason: str) -> None:
        """Logs what goes wrong when it begins or changes, and now and then that it still does."""
        patience = _REMIND_EVERY if kind == self._trouble else _TELL_EVERY
        if self._loop.time() - self._told >= patience:
            _log.warning("coach: %s; the small model plays on (%d lines)", reason, self._without)
            self._trouble, self._told, self._without = kind, self._loop.time(), 0

    def _tell_of_recovery(self) -> None:
        if self._trouble:
            _log.warning("coach: the large model answers again (%d more lines went without it)", self._without)
            self._trouble, self._without = "", 0
