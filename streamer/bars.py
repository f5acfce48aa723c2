"""A face as bars in the terminal: its main channels, readable at a glance."""

from typing import Final

import numpy as np

from protocols.arkit import INDEX, Floats

_WIDTH: Final = 24
_ROWS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("inner brows up", ("BrowInnerUp",)),
    ("outer brows up", ("BrowOuterUpLeft", "BrowOuterUpRight")),
    ("brows down", ("BrowDownLeft", "BrowDownRight")),
    ("eyes wide", ("EyeWideLeft", "EyeWideRight")),
    ("eyes narrow", ("EyeSquintLeft", "EyeSquintRight")),
    ("lids closed", ("EyeBlinkLeft", "EyeBlinkRight")),
    ("cheeks up", ("CheekSquintLeft", "CheekSquintRight")),
    ("nose wrinkled", ("NoseSneerLeft", "NoseSneerRight")),
    ("smile", ("MouthSmileLeft", "MouthSmileRight")),
    ("corners down", ("MouthFrownLeft", "MouthFrownRight")),
    ("lips stretched", ("MouthStretchLeft", "MouthStretchRight")),
    ("lips pressed", ("MouthPressLeft", "MouthPressRight")),
    ("jaw open", ("JawOpen",)),
)
_TURNS: Final = (
    ("head left", "HeadYaw"),
    ("head up", "HeadPitch"),
    ("eyes right", "LeftEyeYaw"),
    ("eyes down", "LeftEyePitch"),
)
HEIGHT: Final = len(_ROWS) + len(_TURNS)


def draw(values: Floats) -> str:
    """One line for each group of channels; rotations grow from the middle."""
    rows = [f"{label:>15} {_bar(float(np.mean([values[INDEX[n]] for n in names])))}" for label, names in _ROWS]
    rows += [f"{label:>15} {_swing(float(values[INDEX[name]]))}" for label, name in _TURNS]
    return "\n".join(rows)


def _bar(weight: float) -> str:
    return f"{'█' * round(weight * _WIDTH):·<{_WIDTH}} {weight:.2f}"


def _swing(radians: float) -> str:
    half = _WIDTH // 2
    steps = max(-half, min(half, round(radians * _WIDTH)))
    left, right = "█" * max(0, -steps), "█" * max(0, steps)
    return f"{left:·>{half}}{right:·<{half}} {radians:+.2f}"
