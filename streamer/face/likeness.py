"""How alike two performances are: their faces over the line, as the eye compares them, whatever their keyframes."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from protocols.arkit import CHANNELS, Floats

JUDGED: Final = CHANNELS.index("LeftEyeYaw")  # the first 55 channels: the eyes' rotations say again what the shapes say
GRID: Final = np.linspace(0.0, 1.0, 21)


def interpolated(at: Sequence[float], values: Floats) -> Floats:
    """Judged channels (K, 55) at their times, on the grid (21, 55): linear between, held before and after."""
    order = np.argsort(at, kind="stable")
    times = np.asarray(at, np.float64)[order]
    return np.stack([np.interp(GRID, times, channel) for channel in values[order].T], 1).astype(np.float32)


def directions(faces: Sequence[Floats]) -> Floats:
    """Each of some curves (T, 55) as a row of length 1: the products of two such rows are their correlations."""
    flat = np.stack([face.reshape(-1) for face in faces])
    flat = flat - flat.mean(1, keepdims=True)
    scaled: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return scaled
