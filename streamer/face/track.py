"""Many faces in motion as one matrix: each row follows its own segments, all rows are sampled at once.

A row that turns to a new target while it still moves keeps coasting on its old velocity, ever slower, while the new
curve takes over: value = (1 - s) * coast + s * target. Both lie inside the channel's limits, so every mix does, and
at the turn s and its slope are 0, so value and velocity go on unbroken.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import Floats, clamp
from streamer.face.curves import SHAPES, Segment

_STILL: Final = 1e-5  # a velocity below this, per second, is rest
_FIRST_ROWS: Final = 8


class Track:
    """The motion of a growing number of rows, each of as many channels as `lowest` and `highest` have."""

    def __init__(self, lowest: Floats, highest: Floats) -> None:
        self.lowest, self.highest = lowest, highest
        self._rows = 0
        self._pending: list[deque[Segment]] = []
        self._allocate(_FIRST_ROWS)

    def _allocate(self, rows: int) -> None:
        channels = len(self.lowest)
        self.rest = np.zeros((rows, channels), np.float32)
        self._base = np.zeros((rows, channels), np.float32)  # where the row was when it turned
        self._target = np.zeros((rows, channels), np.float32)
        self._velocity = np.zeros((rows, channels), np.float32)  # per second, at the turn
        self._coast = np.zeros((rows, channels), np.float32)  # seconds until that velocity is spent
        self._out = np.zeros((rows, channels), np.float32)
        self._begin = np.zeros(rows)
        self._duration = np.ones(rows)
        self._shape = np.zeros((rows, 4))
        self._weight = np.zeros(rows)
        self._due = np.full(rows, math.inf)  # when the row's next segment begins
        self._is_coasting = np.zeros(rows, np.bool_)

    def add(self) -> int:
        """A new row at rest; returns its number."""
        if self._rows == len(self._due):
            arrays = {name: array for name, array in vars(self).items() if isinstance(array, np.ndarray)}
            arrays.pop("lowest"), arrays.pop("highest")
            self._allocate(2 * self._rows)
            for name, array in arrays.items():
                getattr(self, name)[: self._rows] = array
        self._pending.append(deque())
        self._rows += 1
        return self._rows - 1

    def follow(self, row: int, segments: Iterable[Segment]) -> None:
        """Replaces what the row had before it by these segments, in order of their beginning."""
        self._pending[row] = deque(segments)
        self._due[row] = self._pending[row][0].begin if self._pending[row] else math.inf

    def place(self, row: int, values: Floats) -> None:
        """Puts a row somewhere at once, standing still."""
        self._base[row] = self._target[row] = values
        self._velocity[row] = 0.0

    def is_resting(self, row: int) -> bool:
        """Whether the row is at, or on its way to, its rest."""
        return bool(self._weight[row] == 0.0)

    def is_free(self, row: int) -> bool:
        """Whether nothing more is planned for the row."""
        return not self._pending[row]

    def sample(self, now: float) -> Floats:
        """All rows at `now`, which never goes backwards: (N, channels), valid until the next call."""
        for row in np.flatnonzero(self._due[: self._rows] <= now):
            self._take_up(int(row), now)
        n = self._rows
        elapsed = now - self._begin[:n]
        u = np.clip(elapsed / self._duration[:n], 0.0, 1.0)
        s = _polynomial(self._shape[:n], u).astype(np.float32)[:, None]
        out = np.multiply(self._base[:n], 1 - s, out=self._out[:n])
        out += self._target[:n] * s
        rows = np.flatnonzero(self._is_coasting[:n])
        if len(rows):
            out[rows] += (1 - s[rows]) * self._coasted(rows, elapsed[rows])
            self._is_coasting[rows] = elapsed[rows] < self._duration[rows]
        return clamp(out, self.lowest, self.highest)  # rounding may leave the limits by one bit

    def _coasted(self, rows: NDArray[np.intp], elapsed: NDArray[np.float64]) -> Floats:
        coast = self._coast[rows]
        spent = np.minimum(elapsed[:, None].astype(np.float32), coast)
        return np.asarray(self._velocity[rows] * (spent - spent**2 / (2 * np.maximum(coast, _STILL))), np.float32)

    def _take_up(self, row: int, now: float) -> None:
        pending = self._pending[row]
        while pending and pending[0].begin <= now:
            self._turn(row, pending.popleft())
        self._due[row] = pending[0].begin if pending else math.inf

    def _turn(self, row: int, segment: Segment) -> None:
        value, velocity = self._motion(row, segment.begin)
        room = np.where(velocity > 0, self.highest - value, value - self.lowest)
        speed = np.maximum(np.abs(velocity), _STILL)
        velocity[speed <= _STILL] = 0.0
        self._base[row], self._velocity[row] = value, velocity
        # A uniform halt within `room` could take twice as long; this one stays below the speed of a snap, too.
        self._coast[row] = np.minimum(segment.duration, room / speed)
        self._is_coasting[row] = bool(velocity.any())
        self._begin[row], self._duration[row] = segment.begin, segment.duration
        self._shape[row] = SHAPES[segment.shape]
        self._weight[row] = 0.0 if segment.values is None else segment.weight
        rest = self.rest[row]
        self._target[row] = rest if segment.values is None else rest + segment.weight * (segment.values - rest)

    def _motion(self, row: int, at: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value and velocity of one row at a time inside its present segment."""
        duration = self._duration[row]
        elapsed = max(at - self._begin[row], 0.0)
        u = min(elapsed / duration, 1.0)
        s = float(_polynomial(self._shape[row], np.float64(u)))
        slope = float(_slope(self._shape[row], u)) / duration if u < 1.0 else 0.0
        coast = np.maximum(self._coast[row].astype(float), _STILL)
        spent = np.minimum(elapsed, self._coast[row].astype(float))
        old_velocity = self._velocity[row].astype(float)
        old = self._base[row] + old_velocity * (spent - spent**2 / (2 * coast))
        old_velocity = np.where(elapsed < self._coast[row], old_velocity * (1 - spent / coast), 0.0)
        target = self._target[row].astype(float)
        value = np.clip((1 - s) * old + s * target, self.lowest, self.highest)
        return value, (1 - s) * old_velocity + slope * (target - old)


def _polynomial(shape: NDArray[np.float64], u: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    a, b, c, d = np.moveaxis(shape, -1, 0)
    return np.asarray(u * u * (a + u * (b + u * (c + u * d))))


def _slope(shape: Sequence[float] | NDArray[np.float64], u: float) -> float:
    a, b, c, d = shape
    return float(u * (2 * a + u * (3 * b + u * (4 * c + u * 5 * d))))
