"""What wakes the frame clock at a moment, and a crowd step by step: a timerfd on Linux, the loop's timer elsewhere.

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
from functools import partial
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")

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


class File:
    """A timerfd that calls the running loop back with how often it rang; raises OSError where the system has none."""

    def __init__(self, ring: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._libc: Any = ctypes.CDLL(None, use_errno=True)  # Any: functions by name
        if not hasattr(self._libc, "timerfd_create"):
            raise OSError("the system has no timerfd")
        self._file: int = self._libc.timerfd_create(_MONOTONIC, _FLAGS)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._libc.prctl(_SLACK, 1, 0, 0, 0)  # nanoseconds; the default of 50,000 would be added to every wake
        self._loop.add_reader(self._file, self._read)

    def set(self, moment: float, period: float = 0.0) -> None:
        """Rings at a moment of the loop's clock and, with a period, every so many seconds from then on."""
        times = (ctypes.c_long * 4)(*_parts(period), *_parts(max(moment, 1e-9)))  # all zero would switch it off
        self._libc.timerfd_settime(self._file, _ABSOLUTE, times, None)

    def stop(self) -> None:
        self._libc.timerfd_settime(self._file, _ABSOLUTE, (ctypes.c_long * 4)(), None)

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.remove_reader(self._file)
        os.close(self._file)

    def _read(self) -> None:
        try:
            often = int.from_bytes(os.read(self._file, 8), sys.byteorder)
        except BlockingIOError:  # set again in between
            return
        self._ring(often)


class FileTimer:
    """A timerfd; raises OSError where the system has none."""

    name: Final = "timerfd"

    def __init__(self) -> None:
        self._file = File(self._ring)
        self._loop = asyncio.get_running_loop()
        self._reached: asyncio.Future[None] | None = None

    async def until(self, moment: float) -> None:
        self._reached = self._loop.create_future()
        self._file.set(moment)
        await self._reached

    def close(self) -> None:
        self._file.close()

    def _ring(self, _: int) -> None:
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


class Pulse(Protocol):
    """Rings every so many seconds and says how often it should have since the last time."""

    shortest: float  # seconds between two rings that it can keep

    def start(self, period: float) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class LoopPulse:
    """A pulse of the running loop's own timer."""

    shortest: float = 1e-3

    def __init__(self, ring: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def start(self, period: float) -> None:
        self.stop()
        self._wait(self._loop.time(), period)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        self.stop()

    def _wait(self, last: float, period: float) -> None:
        self._timer = self._loop.call_at(last + period, self._pass, last, period)

    def _pass(self, last: float, period: float) -> None:
        often = max(int((self._loop.time() - last) / period), 1)
        self._wait(last + often * period, period)
        self._ring(often)


class FilePulse:
    """A pulse of a timerfd; raises OSError where the system has none."""

    shortest: float = 0.0

    def __init__(self, ring: Callable[[int], None]) -> None:
        self._file = File(ring)
        self.stop, self.close = self._file.stop, self._file.close

    def start(self, period: float) -> None:
        self._file.set(time.monotonic() + period, period)


def pulse(ring: Callable[[int], None]) -> Pulse:
    """The finest pulse that works here, which calls the running loop back."""
    made = _file(partial(FilePulse, ring)) if _is_real() else None
    return made or LoopPulse(ring)


def best(is_precise: bool = False) -> Timer:
    """The best timer that works here; a loop that keeps a time of its own gets its own timer."""
    is_real = _is_real()
    timer: Timer = (_file(FileTimer) if is_real else None) or LoopTimer()
    return PreciseTimer(timer, asyncio.get_running_loop().time) if is_precise and is_real else timer


def _file(make: Callable[[], T]) -> T | None:
    """What stands on a timerfd, where there is one."""
    if sys.platform == "linux":
        try:
            return make()
        except (OSError, NotImplementedError) as error:
            _log.info("no timerfd (%s)", error)
    return None


def _is_real() -> bool:
    """Whether the running loop keeps the system's time, not one of its own."""
    return abs(asyncio.get_running_loop().time() - time.monotonic()) < 1.0


def _parts(seconds: float) -> tuple[int, int]:
    """Whole seconds and nanoseconds, as a struct timespec has them."""
    whole = math.floor(seconds)
    return whole, int((seconds - whole) * 1e9)
