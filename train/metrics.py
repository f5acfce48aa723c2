"""What a face shows, against what it should show.

similarity   correlation of the 55 judged channels over the line's duration, after the mean true face is taken off
f1           of the channels above VISIBLE, over all faces together (micro)
top1         how often the true face is the most similar of a pool of 32 true faces
energy       median ratio of the predicted face's length to the true one's
strong_false channels per face predicted above STRONG where the truth is still
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer.brain.units import TO_JUDGED
from streamer.face.likeness import directions, interpolated

VISIBLE: Final = 0.12
STRONG: Final = 0.4
STILL: Final = 0.05
POOL: Final = 32


@dataclass(frozen=True, slots=True)
class Scores:
    """One row of the table."""

    similarity: float
    f1: float
    top1: float
    energy: float
    strong_false: float

    def row(self) -> str:
        return " ".join(f"{name} {value:.3f}" for name, value in asdict(self).items())


def curve(at: Sequence[float], units: Floats) -> Floats:
    """Keyframes (K,) and (K, 54) as judged channels on the grid (21, 55): linear between, held before and after."""
    return interpolated(at, units @ TO_JUDGED)


def score(predicted: Sequence[Floats], true: Sequence[Floats]) -> Scores:
    """Compares curves (T, 55), T being 1 for single faces."""
    mean = np.mean([face.mean(0) for face in true], 0)
    p = directions([face - mean for face in predicted])
    t = directions([face - mean for face in true])
    pairs = p @ t.T
    shown = [(a > VISIBLE, b > VISIBLE) for a, b in zip(map(np.abs, predicted), map(np.abs, true), strict=True)]
    hits, claimed, wanted = (
        sum(float(f(a, b).mean(0).sum()) for a, b in shown) for f in (np.logical_and, lambda a, _: a, lambda _, b: b)
    )
    false = [
        float(((a > STRONG) & (b < STILL)).mean(0).sum())
        for a, b in zip(map(np.abs, predicted), map(np.abs, true), strict=True)
    ]
    lengths = [
        float(np.linalg.norm(a) / max(float(np.linalg.norm(b)), 1e-6)) for a, b in zip(predicted, true, strict=True)
    ]
    return Scores(
        float(np.diag(pairs).mean()),
        2 * hits / max(claimed + wanted, 1e-9),
        _top1(pairs),
        float(np.median(lengths)),
        float(np.mean(false)),
    )


def _top1(pairs: Floats) -> float:
    """Averaged over 20 fixed drawings of the pools."""
    draw = np.random.default_rng(0)
    found = []
    for i in range(len(pairs)):
        others = np.delete(np.arange(len(pairs)), i)
        for _ in range(20):
            pool = draw.choice(others, min(POOL - 1, len(others)), replace=False)
            found.append(pairs[i, i] > pairs[i, pool].max())
    return float(np.mean(found))
