"""What wakes the frame clock at a moment: a timerfd on Linux, the loop's own timer elsewhere.

The loop rounds what it waits for up to whole milliseconds; a timerfd is a file that becomes readable at an absolute
time of the monotonic clock. On Windows the loop's timer is as fine as the system's, which is asked for one millisecond.
"""

import asyncio
import ctypes
import logging
import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

_log = logging.getLogger(__name__)
_SPIN: Final = 300e-6  # seconds before its moment that a precise timer wakes, to wait out the rest awake
_SLACK: Final = 29  # PR_SET_TIMERSLACK of prctl(2)
_MONOTONIC, _ABSOLUTE = 1, 1  # CLOCK_MONOTONIC, TFD_TIMER_ABSTIME
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC if sys.platform == "linux" else 0


class Timer(Protocol):
    """Waits for moments of the loop's clock."""

    @property
    def name(self) -> str: ...

    async def until(self, moment: float) -> None: ...

    def close(self) -> None: ...


class LoopTimer:
    """The running loop's own timer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.name = "call_at"
        if sys.platform == "win32":
            ctypes.windll.winmm.timeBeginPeriod(1)
            self.name = "call_at, 1 ms"

    async def until(self, moment: float) -> None:
        reached = self._loop.create_future()
        timer = self._loop.call_at(moment, reached.set_result, None)
        try:
            await reached
        finally:
            timer.cancel()

    def close(self) -> None:
        if sys.platform == "win32":
            ctypes.windll.winmm.timeEndPeriod(1)


class FileTimer:
    """A timerfd; raises OSError where the system has none."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.name = "timerfd"
        self._libc: Any = ctypes.CDLL(None, use_errno=True)  # Any: functions by name
        if not hasattr(self._libc, "timerfd_create"):
            raise OSError("the system has no timerfd")
        self._file: int = self._libc.timerfd_create(_MONOTONIC, _FLAGS)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._libc.prctl(_SLACK, 1, 0, 0, 0)  # nanoseconds; the default of 50,000 would be added to every wake
        self._reached: asyncio.Future[None] | None = None
        self._loop.add_reader(self._file, self._ring)

    async def until(self, moment: float) -> None:
        self._reached = self._loop.create_future()
        seconds = math.floor(moment)
        nanoseconds = max(int((moment - seconds) * 1e9), 1)  # all zero would switch the timer off
        self._libc.timerfd_settime(self._file, _ABSOLUTE, (ctypes.c_long * 4)(0, 0, seconds, nanoseconds), None)
        await self._reached

    def close(self) -> None:
        self._loop.remove_reader(self._file)
        os.close(self._file)

    def _ring(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:  # set again in between
            return
        if self._reached is not None and not self._reached.done():
            self._reached.set_result(None)


class PreciseTimer:
    """Wakes a little early and waits out the rest awake: exact, for a share of a core."""

    def __init__(self, inner: Timer, clock: Callable[[], float]) -> None:
        self.name = f"{inner.name}, spinning"
        self._inner, self._clock = inner, clock

    async def until(self, moment: float) -> None:
        await self._inner.until(moment - _SPIN)
        while self._clock() < moment:
            pass

    def close(self) -> None:
        self._inner.close()


def best(is_precise: bool = False) -> Timer:
    """The best timer that works here; a loop that keeps a time of its own gets its own timer."""
    loop = asyncio.get_running_loop()
    timer: Timer = LoopTimer()
    is_real = abs(loop.time() - time.monotonic()) < 1.0
    if sys.platform == "linux" and is_real:
        try:
            timer = FileTimer()
        except (OSError, NotImplementedError) as error:
            _log.info("clock: no timerfd (%s)", error)
    return PreciseTimer(timer, loop.time) if is_precise and is_real else timer
