"""The last layer: what each character's profile makes of its face."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, Floats
from protocols.profiles import Profile, spread

_JAW, _CLOSE = INDEX["JawOpen"], INDEX["MouthClose"]
_FREE: Final = 1e6  # a second: a speed that limits nothing
_LEFT: Final = np.array([n.endswith("Left") for n in CHANNELS])
_RIGHT: Final = np.array([n.endswith("Right") for n in CHANNELS])
_TURNED: Final = np.array([-1.0 if n.endswith(("Yaw", "Roll")) else 1.0 for n in CHANNELS], np.float32)


def _other_side(name: str) -> str:
    if name.startswith(("LeftEye", "RightEye")):
        return ("Right" if name.startswith("Left") else "Left") + name.removeprefix("Left").removeprefix("Right")
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


_MIRROR: Final = np.array([INDEX[_other_side(name)] for name in CHANNELS])


class Rig:
    """Gains, offsets, limits and speeds of the rows that have a profile; the others pass untouched."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}  # row of the stage: place here
        self._gain = np.ones((0, len(CHANNELS)), np.float32)
        self._offset = np.zeros((0, len(CHANNELS)), np.float32)
        self._lowest = np.zeros((0, len(CHANNELS)), np.float32)
        self._highest = np.zeros((0, len(CHANNELS)), np.float32)
        self._speed = np.zeros((0, len(CHANNELS)), np.float32)
        self._shown = np.zeros((0, len(CHANNELS)), np.float32)
        self._mirrored: list[int] = []
        self._now = 0.0

    def fit(self, row: int, profile: Profile) -> None:
        """Gives a row its profile, instead of the one it had."""
        place = self._rows.setdefault(row, len(self._rows))
        if place == len(self._gain):
            for name in ("_gain", "_offset", "_lowest", "_highest", "_speed", "_shown"):
                array: Floats = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros((1, len(CHANNELS)), np.float32)]))
        gain = np.array(spread(profile.gain, 1.0), np.float32)
        gain[_RIGHT] *= 1 - max(profile.asymmetry, 0.0)
        gain[_LEFT] *= 1 + min(profile.asymmetry, 0.0)
        limit = np.array(spread(profile.limit, 1.0), np.float32)
        self._gain[place], self._offset[place] = gain, spread(profile.offset, 0.0)
        self._lowest[place], self._highest[place] = np.maximum(LOWEST, -limit), np.minimum(HIGHEST, limit)
        self._speed[place] = spread(profile.speed, _FREE)
        self._shown[place] = np.nan
        self._mirrored = [r for r in self._mirrored if r != row] + [row] * profile.mirror

    def apply(self, values: Floats, now: float) -> None:
        """Fits the rows of values (N, 61) that have a profile."""
        seconds, self._now = max(now - self._now, 0.0), now
        if not self._rows:
            return
        rows: NDArray[np.intp] = np.fromiter(self._rows, np.intp)
        faces = values[rows]
        fitted = np.clip(faces * self._gain + self._offset, self._lowest, self._highest)
        step = self._speed * np.float32(seconds)
        held = np.where(np.isnan(self._shown), fitted, self._shown)
        self._shown = np.where(self._speed < _FREE, np.clip(fitted, held - step, held + step), fitted)
        # However the jaw is fitted, the lips stay as closed over it as they were.
        closed = self._gain[:, _CLOSE] * faces[:, _CLOSE] / np.maximum(faces[:, _JAW], 1e-6)
        self._shown[:, _CLOSE] = np.clip(closed, 0.0, 1.0) * self._shown[:, _JAW]
        values[rows] = self._shown
        if self._mirrored:
            values[self._mirrored] = values[self._mirrored][:, _MIRROR] * _TURNED
