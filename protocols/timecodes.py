"""SMPTE timecodes as Live Link Face writes them, HH:MM:SS:FF.mmm: frames and thousandths of a frame, at a rate unsaid.

Frames are numbered whole: 59.94 a second count to 60, so that the timecode falls behind the clock by 3.6 seconds an
hour. Drop-frame timecode stays beside it, without the numbers 0 to 3 (0 and 1 at 29.97) of all minutes but each tenth.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.errors import DecodeError

Seconds = NDArray[np.float64]

RATES: Final[Mapping[str, float]] = {
    "23.976": 24_000 / 1001, "24": 24.0, "25": 25.0, "29.97": 30_000 / 1001, "30": 30.0,
    "48": 48.0, "50": 50.0, "59.94": 60_000 / 1001, "60": 60.0,
}  # fmt: skip
DEFAULT_FPS: Final = 60  # what the app's timecode counts, even when the camera runs at 30
DROPPED: Final[Mapping[int, int]] = {30: 2, 60: 4}  # numbers left out of a minute, by the frames that a second counts
DAY: Final = 24 * 60 * 60
TIMECODE: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,5})([:;])([0-9]{1,3}(?:\.[0-9]{1,9})?)")

_COUNTED: Final = (24, 25, 30, 48, 50, 60, 100, 120)  # frames a second of timecodes in use
_EVIDENCE: Final = 12  # steps within a second before their rhythm is trusted to tell the rate
_ROLLOVER: Final = 0.5  # of a day: a timecode that falls back by more has passed midnight
_EXACT: Final = 1e-9  # relative: a rate that is one of the table's, for all the digits of a float


@dataclass(frozen=True, slots=True)
class Count:
    """How frames are numbered: so many a second, with or without the numbers that drop-frame leaves out."""

    fps: float = DEFAULT_FPS
    is_drop: bool = False

    @property
    def nominal(self) -> int:
        """The numbers of a second."""
        return round(self.fps)

    @property
    def dropped(self) -> int:
        """The numbers left out of all minutes but each tenth."""
        return DROPPED[self.nominal] if self.is_drop else 0

    @property
    def day(self) -> int:
        """The frames from midnight to midnight."""
        return self.nominal * DAY - self.dropped * (DAY // 60 - DAY // 600)


def can_drop(fps: float) -> bool:
    """Whether drop-frame timecode is made for this rate: 29.97 and 59.94."""
    return any(abs(fps / RATES[name] - 1) < _EXACT for name in ("29.97", "59.94"))


def nearest(times: Seconds) -> float:
    """The rate in use that the usual step of some times comes closest to; 60 where there is none."""
    if len(times) < 2:
        return DEFAULT_FPS
    step = float(np.median(np.diff(times)))
    return min(RATES.values(), key=lambda rate: abs(rate * step - 1))


def text(frame_of_day: int, subframe: float, count: Count) -> str:
    """HH:MM:SS:FF.mmm, rolling over at midnight."""
    seconds, frames = divmod(_numbered(frame_of_day % count.day, count), count.nominal)
    thousandths = min(round(subframe * 1000), 999)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}.{thousandths:03d}"


def read(texts: Sequence[str], rows: Sequence[int], fps: float | None = None) -> tuple[Seconds, Count]:
    """Seconds from the first timecode, never falling, and how they count; raises DecodeError that names the row.

    Without `fps` the rate is told from the rhythm, and drop-frame from the numbers that are missing. A timecode
    that falls back, other than at midnight, is a clock that was set: it follows by the usual step.
    """
    parsed = [_parse(text, row) for text, row in zip(texts, rows, strict=True)]
    seconds = np.array([item[0] for item in parsed])
    frames = np.array([item[1] for item in parsed])
    is_marked = any(item[2] for item in parsed)
    highest = int(frames.argmax())
    limit = _COUNTED[-1] if fps is None else round(fps)
    if frames[highest] >= limit:
        raise DecodeError(f"row {rows[highest]}, frame of the timecode is {frames[highest]:g}, expected below {limit}")
    nominal = _infer(seconds, frames) if fps is None else round(fps)
    count = _count(seconds, frames, nominal, fps, is_marked)
    numbers = _unnumbered(seconds, frames, count)
    steps = np.diff(numbers)
    steps[steps < -_ROLLOVER * count.day] += count.day
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    steps[steps < 0] = usual
    return np.concatenate(([0.0], np.cumsum(steps))) / count.fps, count


def _numbered(frame: int, count: Count) -> int:
    """The number that a frame bears, with those left out before it."""
    minute = count.nominal * 60 - count.dropped
    tens, rest = divmod(frame, 10 * minute + count.dropped)  # the tenth minute is whole, and comes first
    return frame + count.dropped * (9 * tens + max(rest - count.dropped, 0) // minute)


def _unnumbered(seconds: Seconds, frames: Seconds, count: Count) -> Seconds:
    """The frames since midnight, of which none is left out."""
    minutes = seconds // 60
    return seconds * count.nominal + frames - count.dropped * (minutes - minutes // 10)


def _parse(text: str, row: int) -> tuple[float, float, bool]:
    """Seconds, frames, and whether drop-frame is marked by the usual semicolon.

    Seconds may pass 59, for KeyframeFace's exporter never carries into minutes.
    """
    match = TIMECODE.fullmatch(text)
    if match is None:
        raise DecodeError(f"row {row}, column Timecode is {text[:40]!r}, expected HH:MM:SS:FF.mmm")
    hours, minutes, seconds, mark, frames = match.groups()
    return float((int(hours) * 60 + int(minutes)) * 60 + int(seconds)), float(frames), mark == ";"


def _infer(seconds: Seconds, frames: Seconds) -> int:
    """The count at which the usual step also fits across the turn of a second; 60 when the rows do not tell.

    Rows 28, 29, 0 with the second turning are 30 a second; read as 60 they would rush through half of it.
    """
    possible = [rate for rate in _COUNTED if rate > frames.max()]
    default = max(DEFAULT_FPS, possible[0])
    turns, steps = np.diff(seconds), np.diff(frames)
    if (turns == 0).sum() < _EVIDENCE or not (turns == 1).any():
        return default
    counted = np.median(steps[turns == 0]) - np.median(steps[turns == 1])
    nearest = min(possible, key=lambda rate: abs(rate - counted))
    return nearest if abs(nearest - counted) < 0.5 else default


def _count(seconds: Seconds, frames: Seconds, nominal: int, fps: float | None, is_marked: bool) -> Count:
    if nominal not in DROPPED or not (fps is None or can_drop(fps)):
        return Count(nominal if fps is None else fps)
    if is_marked or _leaves_out(seconds, frames, nominal):
        return Count(nominal / 1.001, is_drop=True)
    return Count(nominal if fps is None else fps)


def _leaves_out(seconds: Seconds, frames: Seconds, nominal: int) -> bool:
    """Whether every turn of a minute but each tenth is a usual step and what drop-frame leaves out."""
    minutes = seconds // 60
    numbers = seconds * nominal + frames
    steps = np.diff(numbers)
    turns = np.diff(minutes) == 1
    dropping = turns & (minutes[1:] % 10 != 0)
    if not dropping.any() or turns.all():
        return False
    usual = np.median(steps[~turns])
    return bool((np.abs(steps[dropping] - usual - DROPPED[nominal]) < 0.5).all())
