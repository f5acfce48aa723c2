"""Sampled curves that many rows play at once, each from a moment of its own: one pool, read in a single step.

A row that turns to another clip, or to none, keeps what is left of its motion and loses it over a moment: what it plays
is the new clip plus a remainder that goes from where the row was, as fast as it moved, to nothing.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import Floats

_SMALLEST: Final = 64  # samples of the smallest block
_FIRST_POOL: Final = 1024  # samples
_FIRST_ROWS: Final = 8
_QUICKEST: Final = 0.08  # seconds; no mouth is gone in less
_COAST: Final = 0.06  # seconds in which the speed of an old motion is spent
_STEP: Final = 1 / 240  # seconds over which a row's velocity is read


class Clips:
    """A growing number of rows; each plays one clip at a time."""

    def __init__(self, columns: int, rate: int) -> None:
        self.rate = rate
        self._rows = 0
        self._free: dict[int, list[int]] = {}
        self._used = 1  # the first sample of the pool stays zero: a silent row reads it
        self._pool: Floats = np.zeros((_FIRST_POOL, columns), np.float32)
        self._first = np.zeros(_FIRST_ROWS, np.int64)
        self._length = np.ones(_FIRST_ROWS, np.int64)
        self._begin = np.zeros(_FIRST_ROWS)
        self._turned = np.full(_FIRST_ROWS, -np.inf)
        self._fade = np.ones(_FIRST_ROWS)
        self._rest: Floats = np.zeros((_FIRST_ROWS, columns), np.float32)  # of the old motion, when the row turned
        self._speed: Floats = np.zeros((_FIRST_ROWS, columns), np.float32)  # of that, per second

    def add(self) -> int:
        """A new row that plays nothing."""
        if self._rows == len(self._first):
            for name in ("_first", "_length", "_begin", "_turned", "_fade", "_rest", "_speed"):
                array: NDArray[Any] = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros_like(array)]))
        row, self._rows = self._rows, self._rows + 1
        self._first[row], self._length[row], self._turned[row], self._fade[row] = 0, 1, -np.inf, 1.0
        return row

    def play(self, row: int, clip: Floats, begin: float, now: float, fade: float) -> None:
        """Turns a row at `now` to a clip (T, columns) whose first sample stands at `begin`."""
        self._turn(row, now, fade)
        first = self._take(len(clip))
        self._pool[first : first + len(clip)] = clip
        self._first[row], self._length[row], self._begin[row] = first, len(clip), begin
        here, next_ = (self._read(np.array([row]), t)[0] for t in (now, now + _STEP))
        self._rest[row] -= here
        self._speed[row] -= (next_ - here) / _STEP

    def stop(self, row: int, now: float, fade: float) -> None:
        """Lets what a row plays, or what is left of it, die away."""
        if self._first[row] or now - self._turned[row] < self._fade[row]:
            self._turn(row, now, fade)

    def sample(self, now: float) -> tuple[NDArray[np.intp], Floats]:
        """The rows that play something at `now` and what they play: (R,), (R, columns)."""
        n = self._rows
        ended = (self._first[:n] > 0) & ((now - self._begin[:n]) * self.rate >= self._length[:n] - 1)
        for row in np.flatnonzero(ended):
            self._give_back(int(row))
        is_fading = now - self._turned[:n] < self._fade[:n]
        rows = np.flatnonzero((self._first[:n] > 0) | is_fading)
        played = self._read(rows, now)
        fading = np.flatnonzero(is_fading[rows])
        if len(fading):
            played[fading] += self._remainder(rows[fading], now)
        return rows, played

    def _turn(self, row: int, now: float, fade: float) -> None:
        """Keeps the row's motion as a remainder and leaves it without a clip."""
        one = np.array([row])
        here, before = (self._read(one, t) + self._remainder(one, t) for t in (now, now - _STEP))
        self._rest[row], self._speed[row] = here[0], (here[0] - before[0]) / _STEP
        self._turned[row], self._fade[row] = now, max(fade, _QUICKEST)
        self._give_back(row)

    def _read(self, rows: NDArray[np.intp], now: float) -> Floats:
        place = np.clip((now - self._begin[rows]) * self.rate, 0.0, self._length[rows] - 1)
        whole = np.minimum(place.astype(np.int64), np.maximum(self._length[rows] - 2, 0))
        part = (place - whole).astype(np.float32)[:, None]
        part[self._first[rows] == 0] = 0.0
        at = self._first[rows] + whole
        read: Floats = self._pool[at] * (1 - part) + self._pool[at + 1] * part
        return read

    def _remainder(self, rows: NDArray[np.intp], now: float) -> Floats:
        """What is left of the old motion; its speed is spent soon, however long the fade."""
        since, fade = now - self._turned[rows], self._fade[rows]
        u = np.clip(since / fade, 0.0, 1.0).astype(np.float32)[:, None]
        coasting = np.minimum(fade, _COAST).astype(np.float32)[:, None]
        c = np.clip(since[:, None] / coasting, 0.0, 1.0).astype(np.float32)
        left: Floats = (1 - u) ** 2 * (1 + 2 * u) * self._rest[rows] + (1 - c) ** 2 * c * coasting * self._speed[rows]
        return left

    def _give_back(self, row: int) -> None:
        if self._first[row]:
            self._free.setdefault(_block(int(self._length[row])), []).append(int(self._first[row]))
        self._first[row], self._length[row], self._begin[row] = 0, 1, 0.0

    def _take(self, length: int) -> int:
        block = _block(length)
        if free := self._free.get(block):
            return free.pop()
        first, self._used = self._used, self._used + block
        while self._used > len(self._pool):
            self._pool = np.concatenate([self._pool, np.zeros_like(self._pool)])
        return first


def _block(length: int) -> int:
    """The size of the block for so many samples and one to spare."""
    return max(_SMALLEST, 1 << length.bit_length())
