"""A keyframe's caption: its strongest acts in words."""

import re
from typing import Final

from protocols.arkit import Floats
from streamer.brain.units import UNITS
from streamer.face.acts import PAIRED

SHOWN: Final = 5  # acts in a caption
LEAST: Final = 0.08
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def caption(units: Floats) -> str:
    """A few words for a face (54,), such as "brow down (strong), mouth smile right (slight)"."""
    found: dict[str, float] = {}
    for act, (left, right) in zip(PAIRED, units[: 2 * len(PAIRED)].reshape(-1, 2), strict=True):
        both = abs(left - right) < max(LEAST, 0.3 * max(left, right))
        found.update({act: (left + right) / 2} if both else {act + "Left": left, act + "Right": right})
    found.update(zip(UNITS[2 * len(PAIRED) :], map(float, units[2 * len(PAIRED) :]), strict=True))
    strongest = sorted((item for item in found.items() if item[1] >= LEAST), key=lambda item: -item[1])[:SHOWN]
    return (
        ", ".join(f"{_WORDS.sub(' ', act).lower()} ({_how_much(weight)})" for act, weight in strongest)
        or "a still face"
    )


def _how_much(weight: float) -> str:
    for bound, word in ((0.275, "slight"), (0.525, "moderate"), (0.775, "strong")):
        if weight < bound:
            return word
    return "extreme"
