"""Answers as KeyframeFace's model gives them: the two released ones, and two of our own in their form.

keyframeface.jsonl is the release's example_result.jsonl byte for byte (MIT, copyright 2026 KeyframeFace Authors);
RELEASED are the numbers of its example_result.csv that are not 0. FIRST and SECOND are ours: 61 names in the same
order, steps of 0.1, as many of them active, none above 0.4.
"""

import json
from pathlib import Path
from typing import Final

from protocols.recording import COLUMNS

WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight")

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

RELEASED: Final[tuple[dict[str, float], ...]] = (
    {
        "EyeLookDownLeft": 0.2, "EyeSquintLeft": 0.1, "EyeLookDownRight": 0.2, "EyeSquintRight": 0.1,
        "MouthClose": 0.2, "MouthPressLeft": 0.4, "MouthPressRight": 0.4, "BrowInnerUp": 0.3, "HeadPitch": -0.1,
        "LeftEyePitch": -0.2, "RightEyePitch": -0.2,
    },
    {
        "EyeLookUpLeft": 0.1, "EyeSquintLeft": 0.1, "EyeLookUpRight": 0.1, "EyeSquintRight": 0.1, "JawOpen": 0.1,
        "MouthSmileLeft": 0.4, "MouthSmileRight": 0.4, "MouthDimpleLeft": 0.1, "MouthDimpleRight": 0.1,
        "MouthStretchLeft": 0.1, "MouthStretchRight": 0.1, "MouthPressLeft": 0.1, "MouthPressRight": 0.1,
        "BrowInnerUp": 0.2, "CheekSquintLeft": 0.1, "CheekSquintRight": 0.1, "LeftEyePitch": 0.1, "RightEyePitch": 0.1,
    },
)  # fmt: skip


def released() -> list[bytes]:
    """The lines of the released results."""
    return Path(__file__).with_suffix(".jsonl").read_bytes().splitlines()


def answer(values: dict[str, float], index: int) -> str:
    """The model's words: strict JSON for one keyframe, counted from 0."""
    return json.dumps({f"Keyframe_{WORDS[index]}": {name: values.get(name, 0.0) for name in COLUMNS}})


def response(values: dict[str, float], index: int) -> bytes:
    """A line of the published program's results."""
    return json.dumps({"response": answer(values, index)}).encode()
