"""VRChat's face tracking: the Unified Expressions parameters of VRCFaceTracking, version 2, as OSC.

An avatar takes the parameters that it has and ignores the others. X is + to the own right and Y is + up. What ARKit
does not tell apart (both halves of a lip, the parts of a brow) moves together; what it does not see is not sent.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from protocols import osc
from protocols.arkit import CHANNELS, INDEX, Floats
from protocols.errors import DecodeError
from protocols.mixes import mixes
from protocols.plain import BUNDLE_BYTES
from protocols.selection import safe

PORT: Final = 9000
PREFIX: Final = "/avatar/parameters/FT/v2/"
FLAGS: Final = ("EyeTrackingActive", "ExpressionTrackingActive", "LipTrackingActive")  # avatars wait for these
FLAG_PREFIX: Final = "/avatar/parameters/"

# The stronger of two; a sum cannot say it.
_STRONGER: Final[Mapping[str, tuple[str, str]]] = {
    "EyeWide": ("EyeWideLeft", "EyeWideRight"),
    "EyeSquint": ("EyeSquintLeft", "EyeSquintRight"),
    "MouthSadLeft": ("MouthFrownLeft", "MouthStretchLeft"),
    "MouthSadRight": ("MouthFrownRight", "MouthStretchRight"),
}
TABLE: Final[Mapping[str, str]] = {
    # Eyes: a lid of 0 is closed, 0.75 at rest, 1 wide open
    "Eye@X": "@EyeYaw",
    "Eye@Y": "-@EyePitch",
    "EyeX": "0.5*LeftEyeYaw +0.5*RightEyeYaw",
    "EyeY": "-0.5*LeftEyePitch -0.5*RightEyePitch",
    "EyeOpen@": "1 -EyeBlink@",
    "EyeOpen": "1 -0.5*EyeBlinkLeft -0.5*EyeBlinkRight",
    "EyeClosed@": "EyeBlink@",
    "EyeClosed": "0.5*EyeBlinkLeft +0.5*EyeBlinkRight",
    "EyeLid@": "0.75 -0.75*EyeBlink@ +0.25*EyeWide@",
    "EyeLid": "0.75 -0.375*EyeBlinkLeft -0.375*EyeBlinkRight +0.125*EyeWideLeft +0.125*EyeWideRight",
    "EyeWide@": "EyeWide@",
    "EyeWide": "EyeWide",
    "EyeSquint@": "EyeSquint@",
    "EyeSquint": "EyeSquint",
    # Brows
    "BrowPinch@": "BrowDown@",
    "BrowLowerer@": "BrowDown@",
    "BrowDown@": "BrowDown@",
    "BrowDown": "0.5*BrowDownLeft +0.5*BrowDownRight",
    "BrowInnerUp@": "BrowInnerUp",
    "BrowInnerUp": "BrowInnerUp",
    "BrowOuterUp@": "BrowOuterUp@",
    "BrowOuterUp": "0.5*BrowOuterUpLeft +0.5*BrowOuterUpRight",
    "BrowUp@": "0.6*BrowOuterUp@ +0.4*BrowInnerUp",
    "BrowUp": "0.3*BrowOuterUpLeft +0.3*BrowOuterUpRight +0.4*BrowInnerUp",
    "BrowExpression@": "0.5*BrowInnerUp +0.5*BrowOuterUp@ -BrowDown@",
    "BrowExpression": "0.5*BrowInnerUp +0.25*BrowOuterUpLeft +0.25*BrowOuterUpRight "
                      "-0.5*BrowDownLeft -0.5*BrowDownRight",
    # Nose and cheeks
    "NoseSneer@": "NoseSneer@",
    "NoseSneer": "0.5*NoseSneerLeft +0.5*NoseSneerRight",
    "CheekSquint@": "CheekSquint@",
    "CheekSquint": "0.5*CheekSquintLeft +0.5*CheekSquintRight",
    "CheekPuff@": "CheekPuff",
    "CheekPuffSuck@": "CheekPuff",
    "CheekPuffSuck": "CheekPuff",
    # Jaw
    "JawOpen": "JawOpen",
    "JawLeft": "JawLeft",
    "JawRight": "JawRight",
    "JawForward": "JawForward",
    "JawX": "JawRight -JawLeft",
    "JawZ": "JawForward",
    "MouthClosed": "MouthClose",
    # Lips
    "LipSuckUpper@": "MouthRollUpper",
    "LipSuckUpper": "MouthRollUpper",
    "LipSuckLower@": "MouthRollLower",
    "LipSuckLower": "MouthRollLower",
    "LipSuck": "0.5*MouthRollUpper +0.5*MouthRollLower",
    "LipFunnelUpper@": "MouthFunnel",
    "LipFunnelUpper": "MouthFunnel",
    "LipFunnelLower@": "MouthFunnel",
    "LipFunnelLower": "MouthFunnel",
    "LipFunnel": "MouthFunnel",
    "LipPuckerUpper@": "MouthPucker",
    "LipPuckerUpper": "MouthPucker",
    "LipPuckerLower@": "MouthPucker",
    "LipPuckerLower": "MouthPucker",
    "LipPucker@": "MouthPucker",
    "LipPucker": "MouthPucker",
    "LipSuckFunnelUpper@": "MouthRollUpper -MouthFunnel",
    "LipSuckFunnelUpper": "MouthRollUpper -MouthFunnel",
    "LipSuckFunnelLower@": "MouthRollLower -MouthFunnel",
    "LipSuckFunnelLower": "MouthRollLower -MouthFunnel",
    # Mouth
    "MouthUpper@": "Mouth@",
    "MouthLower@": "Mouth@",
    "MouthUpperX": "MouthRight -MouthLeft",
    "MouthLowerX": "MouthRight -MouthLeft",
    "MouthX": "MouthRight -MouthLeft",
    "MouthUpperUp@": "MouthUpperUp@",
    "MouthUpperUp": "0.5*MouthUpperUpLeft +0.5*MouthUpperUpRight",
    "MouthUpperDeepen@": "MouthUpperUp@",
    "MouthLowerDown@": "MouthLowerDown@",
    "MouthLowerDown": "0.5*MouthLowerDownLeft +0.5*MouthLowerDownRight",
    "MouthOpen": "0.25*MouthUpperUpLeft +0.25*MouthUpperUpRight +0.25*MouthLowerDownLeft +0.25*MouthLowerDownRight",
    "MouthCornerPull@": "MouthSmile@",
    "MouthCornerSlant@": "MouthSmile@",
    "MouthCornerY@": "MouthSmile@ -MouthFrown@",
    "MouthCornerY": "0.5*MouthSmileLeft +0.5*MouthSmileRight -0.5*MouthFrownLeft -0.5*MouthFrownRight",
    "MouthSmile@": "MouthSmile@",
    "MouthFrown@": "MouthFrown@",
    "MouthSad@": "MouthSad@",
    "SmileFrown@": "MouthSmile@ -MouthFrown@",
    "SmileFrown": "0.5*MouthSmileLeft +0.5*MouthSmileRight -0.5*MouthFrownLeft -0.5*MouthFrownRight",
    "SmileSad@": "MouthSmile@ -MouthSad@",
    "SmileSad": "0.5*MouthSmileLeft +0.5*MouthSmileRight -0.5*MouthSadLeft -0.5*MouthSadRight",
    "MouthStretch@": "MouthStretch@",
    "MouthStretch": "0.5*MouthStretchLeft +0.5*MouthStretchRight",
    "MouthTightenerStretch@": "-MouthStretch@",
    "MouthTightenerStretch": "-0.5*MouthStretchLeft -0.5*MouthStretchRight",
    "MouthDimple@": "MouthDimple@",
    "MouthDimple": "0.5*MouthDimpleLeft +0.5*MouthDimpleRight",
    "MouthPress@": "MouthPress@",
    "MouthPress": "0.5*MouthPressLeft +0.5*MouthPressRight",
    "MouthRaiserUpper": "MouthShrugUpper",
    "MouthRaiserLower": "MouthShrugLower",
    "TongueOut": "TongueOut",
    # Head
    "Head/Yaw": "-HeadYaw",
    "Head/Pitch": "-HeadPitch",
    "Head/Roll": "-HeadRoll",
}  # fmt: skip
_MIXES: Final = mixes(TABLE, CHANNELS + tuple(_STRONGER))
_PAIRS: Final = np.array([[INDEX[name] for name in pair] for pair in _STRONGER.values()])
NAMES: Final = _MIXES.names
ANGLES: Final = frozenset({"EyeLeftX", "EyeLeftY", "EyeRightX", "EyeRightY", "EyeX", "EyeY",
                           "Head/Yaw", "Head/Pitch", "Head/Roll"})  # fmt: skip


def parameters(values: Floats) -> Floats:
    """The parameters of a face (61,), in the order of NAMES; angles in radians; clamped, never NaN."""
    face = safe(values)
    return _MIXES.of(np.concatenate([face, face[_PAIRS].max(axis=1)]))


class Messages:
    """What is the same in every frame of an avatar; the parameters' floats change."""

    def __init__(self, names: Sequence[str], prefix: str = PREFIX) -> None:
        """Parameters by their names behind the prefix; raises DecodeError for what is no address."""
        check_prefix(prefix)
        flags = [(osc.encode(osc.Message(FLAG_PREFIX + flag, (True,))), 0) for flag in FLAGS]
        parameters = [(osc.text(prefix + name) + osc.text(",f"), 1) for name in names]
        self._template = osc.Template(flags + parameters, BUNDLE_BYTES)

    def fill(self, parameters: Floats) -> list[memoryview]:
        """The bundles with these parameters, -1..1, in the order of the names; valid until the next call."""
        return self._template.fill(np.clip(parameters, -1, 1))


def check_prefix(prefix: str) -> None:
    """Raises DecodeError unless names behind it make addresses."""
    if not (prefix.startswith("/") and prefix.endswith("/") and prefix.isascii() and prefix.isprintable()):
        raise DecodeError(f"prefix is {prefix!r}, expected one that begins and ends with a slash")
