"""How far a long job is: one line on a terminal that draws over itself, nothing where no one watches."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

_REDRAW: Final = 0.1  # seconds
_BAR: Final = 24
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Counts what is done; `unit` says what is counted, "lines" or "rows"."""

    def __init__(self, unit: str, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._unit = unit
        self._stream = stream or sys.stderr
        self._clock = clock
        self._is_shown = self._stream.isatty()
        self._began = clock()
        self._drawn = self._began
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def advance(self, count: int = 1, share: float | None = None) -> None:
        """So many more are done; `share` is how much of the whole that makes, where the whole is known."""
        self._done += count
        now = self._clock()
        if self._is_shown and now - self._drawn >= _REDRAW:
            self._drawn = now
            self._stream.write(_CLEAR + self._text(now - self._began, share))
            self._stream.flush()

    def tell(self, message: str) -> None:
        """Prints a message of its own line."""
        self._clear()
        print(message, file=self._stream, flush=True)

    def _text(self, elapsed: float, share: float | None) -> str:
        counted = f"{self._done} {self._unit}, {self._done / elapsed:.0f}/s"
        if not share:
            return counted
        filled = round(min(share, 1.0) * _BAR)
        left = elapsed * max(1 / share - 1, 0.0)
        return f"{'█' * filled}{'·' * (_BAR - filled)} {share:4.0%}  {counted}, {_clock_time(left)} left"

    def _clear(self) -> None:
        if self._is_shown:
            self._stream.write(_CLEAR)
            self._stream.flush()


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
