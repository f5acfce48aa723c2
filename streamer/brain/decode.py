"""From what the network says to keyframes: one decoding, shared by training's evaluation and the runtime."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import Floats
from streamer.brain.units import INDEX
from streamer.face.acts import PAIRED

MOST: Final = 4
DESCRIBED: Final = MOST * (MOST + 1) // 2  # the slot of a description
EARLIEST: Final = 0.0
LATEST: Final = 1.0
UNEVEN: Final = 0.25  # sides that differ by less of the stronger one are made equal
APART: Final = 0.08  # keyframes stand at least this far apart

_OPPOSITES: Final = (
    ("LookUp", "LookDown"),
    ("LookLeft", "LookRight"),
    ("JawLeft", "JawRight"),
    ("MouthLeft", "MouthRight"),
    ("HeadLeft", "HeadRight"),
    ("HeadUp", "HeadDown"),
    ("HeadTiltLeft", "HeadTiltRight"),
)
_LEFTS, _RIGHTS = ([INDEX[pair[side]] for pair in _OPPOSITES] for side in (0, 1))


@dataclass(frozen=True, slots=True)
class Gate:
    """Activity below `low` shows nothing, above `high` all of the strength; `gain` evens out the energy.

    What cannot be at once, such as looking left and right, is netted.
    """

    low: float
    high: float
    gain: float = 1.0

    def __call__(self, activity: Floats, strength: Floats) -> Floats:
        """Units (..., 54) in 0..1 from probabilities and strengths."""
        share = np.clip((activity - self.low) / (self.high - self.low), 0.0, 1.0)
        shown: Floats = np.clip(strength * share * self.gain, 0.0, 1.0).astype(np.float32)
        net = shown[..., _LEFTS] - shown[..., _RIGHTS]
        shown[..., _LEFTS], shown[..., _RIGHTS] = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        return _evened(shown)


def _evened(units: Floats) -> Floats:
    """Units with the two sides of a pair made equal where they are nearly so: nobody meant the difference."""
    pairs = units[..., : 2 * len(PAIRED)].reshape(*units.shape[:-1], len(PAIRED), 2)
    uneven = np.abs(pairs[..., :1] - pairs[..., 1:]) > UNEVEN * pairs.max(-1, keepdims=True)
    even = np.where(uneven, pairs, pairs.mean(-1, keepdims=True))
    units[..., : 2 * len(PAIRED)] = even.reshape(*units.shape[:-1], -1)
    return units


def slots_of(count: int) -> list[int]:
    """The slots of a line with that many keyframes."""
    start = count * (count - 1) // 2
    return list(range(start, start + count))


def times(at: NDArray[np.float32]) -> list[float]:
    """Times in order and apart, inside the line."""
    ordered = np.clip(np.maximum.accumulate(at), EARLIEST, LATEST)
    for i in range(1, len(ordered)):
        ordered[i] = max(ordered[i], ordered[i - 1] + APART)
    excess = max(float(ordered[-1]) - LATEST, 0.0)
    return [round(max(float(t) - excess, 0.0), 3) for t in ordered]
