"""Answers in the published format: 61 names in its order, steps of 0.1, 11 and 18 of them active, none above 0.4.

The numbers are our own; the form and those figures are the published examples'.
"""

import json
from typing import Final

from protocols.recording import COLUMNS

WORDS: Final = ("one", "two", "three", "four")

FIRST: Final = {
    "EyeSquintLeft": 0.2, "EyeSquintRight": 0.2, "BrowDownLeft": 0.4, "BrowDownRight": 0.4, "MouthPressLeft": 0.3,
    "MouthPressRight": 0.3, "NoseSneerLeft": 0.1, "NoseSneerRight": 0.1, "JawForward": 0.1, "MouthShrugLower": 0.2,
    "HeadPitch": -0.1,
}  # fmt: skip
SECOND: Final = {
    "BrowInnerUp": 0.4, "BrowOuterUpLeft": 0.3, "BrowOuterUpRight": 0.2, "EyeWideLeft": 0.3, "EyeWideRight": 0.3,
    "EyeLookDownLeft": 0.2, "EyeLookDownRight": 0.2, "JawOpen": 0.2, "MouthStretchLeft": 0.3, "MouthStretchRight": 0.3,
    "MouthFrownLeft": 0.1, "MouthFrownRight": 0.1, "MouthLowerDownLeft": 0.1, "MouthLowerDownRight": 0.1,
    "HeadYaw": 0.1, "HeadPitch": 0.1, "LeftEyePitch": 0.1, "RightEyePitch": 0.1,
}  # fmt: skip


def answer(values: dict[str, float], index: int) -> str:
    """The model's words: strict JSON for one keyframe, counted from 0."""
    return json.dumps({f"Keyframe_{WORDS[index]}": {name: values.get(name, 0.0) for name in COLUMNS}})


def response(values: dict[str, float], index: int) -> bytes:
    """A line of the published program's results."""
    return json.dumps({"response": answer(values, index)}).encode()
