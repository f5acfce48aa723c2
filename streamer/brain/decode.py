"""From what the network says to keyframes: one decoding, shared by training's evaluation and the runtime."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import Floats
from protocols.messages import EARLIEST, LATEST
from streamer.brain.units import INDEX, UNITS
from streamer.face.acts import OPPOSITES, PAIRED

MOST: Final = 4
DESCRIBED: Final = MOST * (MOST + 1) // 2  # the slot of a description
CHOSEN: Final = (-1, -2, -3, -4)  # slots of the first, the second ... of as many keyframes as the network finds
LEAST: Final = 0.04  # what is less is not shown
UNEVEN: Final = 0.25  # sides that differ by less of the stronger one are made equal
APART: Final = 0.08  # keyframes stand at least this far apart

_ONES, _OTHERS = ([INDEX[pair[side]] for pair in OPPOSITES] for side in (0, 1))


@dataclass(frozen=True, slots=True)
class Gate:
    """From probabilities and strengths to the acts shown.

    The expected face of an open question is a mild one, close to the mean: `spread` carries it away from the mean face
    again, which leaves its direction as it is, and `gain` gives it the energy of the annotators' faces.
    """

    spread: float = 1.0
    gain: float = 1.0
    mean: tuple[float, ...] = (0.0,) * len(UNITS)

    def __post_init__(self) -> None:
        if len(self.mean) != len(UNITS):
            raise ValueError(f"the mean face has {len(self.mean)} acts, expected {len(UNITS)}")

    def __call__(self, activity: Floats, strength: Floats) -> Floats:
        """Units (..., 54) in 0..1."""
        mean = np.array(self.mean, np.float32)
        shown: Floats = np.clip((mean + self.spread * (activity * strength - mean)) * self.gain, 0.0, 1.0)
        shown[shown < LEAST] = 0.0
        return _evened(_decided(shown.astype(np.float32)))


def _decided(units: Floats) -> Floats:
    """Units of which one of two opposites, such as looking left and right, is left: the stronger."""
    one, other = units[..., _ONES], units[..., _OTHERS]
    units[..., _ONES], units[..., _OTHERS] = np.where(one >= other, one, 0.0), np.where(one < other, other, 0.0)
    return units


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
    """Times in order and apart; a face may lead its line a little, or follow it."""
    ordered = np.clip(np.maximum.accumulate(at), EARLIEST, LATEST)
    for i in range(1, len(ordered)):
        ordered[i] = max(ordered[i], ordered[i - 1] + APART)
    excess = max(float(ordered[-1]) - LATEST, 0.0)
    return [round(max(float(t) - excess, EARLIEST), 3) for t in ordered]
