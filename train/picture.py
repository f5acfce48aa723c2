"""A picture of a take: what each region of the face did, the keyframes, and what is played from them."""

from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np

from protocols.arkit import Floats
from streamer.cli import UserError
from train.capture import FPS, Take, motion
from train.keyframes import REGIONS, Choice

mpl.use("Agg")
from matplotlib import pyplot as plt

_SHOWN: Final = ("brows", "lids", "gaze", "cheeks and nose", "jaw", "lips", "head")
_PER_SECOND: Final = 0.35  # inches
_WIDTHS: Final = (8.0, 60.0)


def draw(take: Take, choices: Sequence[Choice], name: str) -> None:
    """Writes the picture; the strongest channel of each region speaks for it. Raises UserError."""
    width = float(np.clip(take.length * _PER_SECOND, *_WIDTHS))
    figure, rows = plt.subplots(len(_SHOWN) + 1, 1, sharex=True, figsize=(width, 1.2 * (len(_SHOWN) + 1)))
    times = np.arange(len(take.values)) / FPS
    for axes, region in zip(rows, _SHOWN, strict=False):
        axes.plot(times, _strength(take.values, region), color="0.6", linewidth=1, label="take")
        for choice in choices:
            span = slice(choice.phrase.begin, choice.phrase.end)
            axes.plot(times[span], _strength(choice.rebuilt, region), color="tab:blue", linewidth=1.2)
        axes.set_ylim(0, 1)
        axes.set_ylabel(region, rotation=0, ha="right")
    rows[-1].plot(times, motion(take.values, take.weights), color="tab:green", linewidth=1)
    rows[-1].set_ylabel("motion", rotation=0, ha="right")
    rows[-1].set_xlabel(
        "seconds; grey the take, blue what is played from the keyframes (red), shaded what is no phrase"
    )
    for axes in rows:
        _mark(axes, take, choices)
    try:
        figure.savefig(name, dpi=80, bbox_inches="tight", format="png")
    except OSError as error:
        raise UserError(f"cannot write {name}: {error.strerror or error}") from error
    finally:
        plt.close(figure)


def _mark(axes: Any, take: Take, choices: Sequence[Choice]) -> None:  # Any: matplotlib has no types here
    edges = [0, *(edge for c in choices for edge in (c.phrase.begin, c.phrase.end)), len(take.values)]
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        axes.axvspan(begin / FPS, end / FPS, color="0.9")
    for choice in choices:
        axes.axvline(choice.phrase.begin / FPS, color="0.8", linewidth=0.8)
        for keyframe in choice.keyframes:
            axes.axvline(
                choice.phrase.begin / FPS + keyframe.at * choice.phrase.duration, color="tab:red", linewidth=0.8
            )


def _strength(values: Floats, region: str) -> Floats:
    return np.asarray(np.abs(values[:, REGIONS[region]]).max(1), np.float32)
