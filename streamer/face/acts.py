"""The semantic alphabet: named acts such as BrowDown or LookLeft, turned into the 61 channels and back.

An act is 0..1: slight 0.1 to 0.25, moderate 0.3 to 0.5, strong 0.55 to 0.75, extreme 0.8 to 1. Left and right are the
character's own. Acts of the gaze fill the EyeLook shapes and the eye rotations in agreement; acts of the head are
head rotations in radians.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from protocols.arkit import GAZE_RADIANS, INDEX, Floats, face
from protocols.errors import DecodeError

PAIRED: Final[tuple[str, ...]] = (
    "BrowDown", "BrowOuterUp", "EyeBlink", "EyeSquint", "EyeWide", "CheekSquint", "NoseSneer", "MouthSmile",
    "MouthFrown", "MouthDimple", "MouthStretch", "MouthPress", "MouthUpperUp", "MouthLowerDown",
)  # fmt: skip
SINGLE: Final[tuple[str, ...]] = (
    "BrowInnerUp", "CheekPuff", "JawOpen", "JawForward", "JawLeft", "JawRight", "MouthPucker", "MouthFunnel",
    "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper", "MouthLeft", "MouthRight",
    "MouthClose", "TongueOut",
)  # fmt: skip
GAZE: Final[tuple[str, ...]] = ("LookUp", "LookDown", "LookLeft", "LookRight")
HEAD: Final[tuple[str, ...]] = ("HeadLeft", "HeadRight", "HeadUp", "HeadDown", "HeadTiltLeft", "HeadTiltRight")
ONE_SIDED: Final[tuple[str, ...]] = tuple(name + side for name in PAIRED for side in ("Left", "Right"))
ACTS: Final[tuple[str, ...]] = PAIRED + SINGLE + GAZE + HEAD
EVERY_ACT: Final[frozenset[str]] = frozenset(ACTS + ONE_SIDED)

# Ways that a face cannot go at once.
OPPOSITES: Final[tuple[tuple[str, str], ...]] = (
    ("LookUp", "LookDown"),
    ("LookLeft", "LookRight"),
    ("HeadLeft", "HeadRight"),
    ("HeadUp", "HeadDown"),
    ("HeadTiltLeft", "HeadTiltRight"),
    ("JawLeft", "JawRight"),
    ("MouthLeft", "MouthRight"),
)

_EYES: Final = slice(INDEX["LeftEyeYaw"], None)
VISIBLE: Final = 0.02  # an act below this is not worth a name when values are read back

_GAZE_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "LookUp": ("EyeLookUpLeft", "EyeLookUpRight"),
    "LookDown": ("EyeLookDownLeft", "EyeLookDownRight"),
    "LookLeft": ("EyeLookOutLeft", "EyeLookInRight"),
    "LookRight": ("EyeLookInLeft", "EyeLookOutRight"),
}
_ROTATIONS: Final[Mapping[str, tuple[tuple[str, float], ...]]] = {
    "LookUp": (("LeftEyePitch", -GAZE_RADIANS), ("RightEyePitch", -GAZE_RADIANS)),
    "LookDown": (("LeftEyePitch", GAZE_RADIANS), ("RightEyePitch", GAZE_RADIANS)),
    "LookLeft": (("LeftEyeYaw", -GAZE_RADIANS), ("RightEyeYaw", -GAZE_RADIANS)),
    "LookRight": (("LeftEyeYaw", GAZE_RADIANS), ("RightEyeYaw", GAZE_RADIANS)),
    "HeadLeft": (("HeadYaw", 1.0),),
    "HeadRight": (("HeadYaw", -1.0),),
    "HeadUp": (("HeadPitch", 1.0),),
    "HeadDown": (("HeadPitch", -1.0),),
    "HeadTiltLeft": (("HeadRoll", -1.0),),
    "HeadTiltRight": (("HeadRoll", 1.0),),
}


def to_values(acts: Mapping[str, float]) -> Floats:
    """The 61 values of named acts; a one-sided act overrides its pair on that side. Raises DecodeError."""
    channels: dict[str, float] = {}
    for act in sorted(acts, key=lambda name: name in ONE_SIDED):  # pairs first, so that a side can override
        weight = acts[act]
        if act not in EVERY_ACT:
            raise DecodeError(f"unknown act {act!r}", code="unknown_act")
        if not 0.0 <= weight <= 1.0:
            raise DecodeError(f"{act} is {weight}, expected 0..1", code="out_of_range")
        for shape in _shapes(act):
            channels[shape] = weight
        for rotation, radians in _ROTATIONS.get(act, ()):
            channels[rotation] = channels.get(rotation, 0.0) + radians * weight
    return face(channels)


def from_values(values: Floats) -> dict[str, float]:
    """The acts of 61 values: a pair where both sides agree, otherwise each side; what is all but still is left out."""
    acts: dict[str, float] = {}
    for act in PAIRED:
        left, right = (float(values[INDEX[act + side]]) for side in ("Left", "Right"))
        acts.update(
            {act: (left + right) / 2} if abs(left - right) < VISIBLE else {act + "Left": left, act + "Right": right}
        )
    acts.update({act: float(values[INDEX[act]]) for act in SINGLE})
    for act in GAZE:
        acts[act] = float(np.mean([values[INDEX[shape]] for shape in _GAZE_SHAPES[act]]))
    for act in HEAD:
        ((rotation, radians),) = _ROTATIONS[act]
        acts[act] = float(values[INDEX[rotation]]) * radians
    return {act: weight for act, weight in acts.items() if weight >= VISIBLE}


def looking(values: Floats) -> Floats:
    """The eyes turned as their EyeLook shapes say; where no shape says anything their rotations stay.

    Language models leave the rotations at 0, or have the eyes up where the shapes look down.
    """
    gaze = {act: weight for act, weight in from_values(values).items() if act in GAZE}
    if not gaze:
        return values
    turned = values.copy()
    turned[_EYES] = to_values(gaze)[_EYES]
    return turned


def _shapes(act: str) -> tuple[str, ...]:
    if act in PAIRED:
        return (act + "Left", act + "Right")
    if act in GAZE:
        return _GAZE_SHAPES[act]
    return () if act in HEAD else (act,)
