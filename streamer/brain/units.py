"""The 54 numbers the model speaks in: every act, the paired ones once per side; and their way to the channels."""

from typing import Final

import numpy as np

from protocols.arkit import CHANNELS, Floats
from streamer.face.acts import GAZE, HEAD, PAIRED, SINGLE, to_values

UNITS: Final[tuple[str, ...]] = tuple(act + side for act in PAIRED for side in ("Left", "Right")) + SINGLE + GAZE + HEAD
INDEX: Final = {unit: i for i, unit in enumerate(UNITS)}
TO_VALUES: Final[Floats] = np.stack([to_values({unit: 1.0}) for unit in UNITS])  # (54, 61)
TO_JUDGED: Final[Floats] = np.ascontiguousarray(
    TO_VALUES[:, : CHANNELS.index("LeftEyeYaw")]
)  # (54, 55): shapes and head


def from_acts(acts: dict[str, float]) -> Floats:
    """Named acts as (54,); a one-sided act overrides its pair on that side."""
    row = np.zeros(len(UNITS), np.float32)
    for act, weight in sorted(acts.items(), key=lambda item: item[0] in INDEX and item[0].endswith(("Left", "Right"))):
        for unit in (act + "Left", act + "Right") if act in PAIRED else (act,):
            row[INDEX[unit]] = weight
    return row


def mirrored() -> tuple[int, ...]:
    """For each unit the index of its mirror image."""

    def other(unit: str) -> str:
        if unit.endswith("Left"):
            return unit[:-4] + "Right"
        return unit[:-5] + "Left" if unit.endswith("Right") else unit

    return tuple(INDEX[other(unit)] for unit in UNITS)
