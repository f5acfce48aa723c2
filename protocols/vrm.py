"""VRM's expression presets, computed from the 61 channels, and VMC frames that carry any set of expressions.

Models without the 52 ARKit clips ("Perfect Sync") show feelings, vowels, blinks and looks only. Feelings together
never exceed 1, nor do vowels: models add their clips up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from protocols import osc, vmc
from protocols.arkit import CHANNELS, INDEX, SHAPES, Floats
from protocols.mixes import mixes
from protocols.selection import Selection, safe, select

Presets = Literal["none", "vrm0", "vrm1"]

# A smile that reaches the cheeks is joy, one that does not is fun.
_FEELINGS: Final[Mapping[str, str]] = {
    "joy": "0.1*MouthSmileLeft +0.1*MouthSmileRight +0.7*CheekSquintLeft +0.7*CheekSquintRight",
    "angry": "0.7*BrowDownLeft +0.7*BrowDownRight +0.3*NoseSneerLeft +0.3*NoseSneerRight",
    "sorrow": "0.9*BrowInnerUp -0.5*BrowOuterUpLeft -0.5*BrowOuterUpRight +0.5*MouthFrownLeft +0.5*MouthFrownRight",
    "fun": "0.7*MouthSmileLeft +0.7*MouthSmileRight -0.8*CheekSquintLeft -0.8*CheekSquintRight -BrowInnerUp",
    "surprised": "0.5*EyeWideLeft +0.5*EyeWideRight +0.4*BrowOuterUpLeft +0.4*BrowOuterUpRight",
}
_VOWELS: Final[Mapping[str, str]] = {
    "a": "1.6*JawOpen -1.6*MouthFunnel -1.2*MouthPucker -1.6*MouthClose",
    "i": "0.7*MouthStretchLeft +0.7*MouthStretchRight -0.6*JawOpen",
    "u": "1.2*MouthPucker -0.6*JawOpen",
    "e": "0.5*MouthLowerDownLeft +0.5*MouthLowerDownRight +0.3*MouthUpperUpLeft +0.3*MouthUpperUpRight -JawOpen",
    "o": "1.2*MouthFunnel +0.3*JawOpen -0.3*MouthClose",
}
_SINGLE: Final[Mapping[str, str]] = {
    "blink_l": "EyeBlinkLeft",
    "blink_r": "EyeBlinkRight",
    "lookup": "0.5*EyeLookUpLeft +0.5*EyeLookUpRight",
    "lookdown": "0.5*EyeLookDownLeft +0.5*EyeLookDownRight",
    "lookleft": "0.5*EyeLookOutLeft +0.5*EyeLookInRight",
    "lookright": "0.5*EyeLookInLeft +0.5*EyeLookOutRight",
}
_MIXES: Final = mixes({**_FEELINGS, **_VOWELS, **_SINGLE}, CHANNELS)
_TOGETHER: Final = (slice(0, len(_FEELINGS)), slice(len(_FEELINGS), len(_FEELINGS) + len(_VOWELS)))

# As VMC writes them; VRM 0 has no preset for surprise, and models that show it have a clip of this name.
VRM0: Final = ("Joy", "Angry", "Sorrow", "Fun", "Surprised", "A", "I", "U", "E", "O",
               "Blink_L", "Blink_R", "LookUp", "LookDown", "LookLeft", "LookRight")  # fmt: skip
VRM1: Final = ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh",
               "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight")  # fmt: skip
# A sender of VRM 1 names sends those of VRM 0, too (VMC 3.1).
PRESETS: Final[Mapping[Presets, tuple[str, ...]]] = {"none": (), "vrm0": VRM0, "vrm1": VRM0 + VRM1}


def weights(values: Floats) -> Floats:
    """The 16 presets of a face (61,) as weights 0..1, in the order of VRM0 and VRM1; never NaN."""
    mixed = np.clip(_MIXES.of(safe(values)), 0, 1)
    for group in _TOGETHER:
        mixed[group] /= max(1.0, float(mixed[group].sum()))
    return mixed


@dataclass(frozen=True, slots=True, eq=False)
class Avatar:
    """The VMC frames of one face: the chosen ones of the 61 channels, presets and bones."""

    chosen: Selection = field(default_factory=lambda: select(CHANNELS))
    presets: Presets = "none"
    bones: bool = False
    _template: osc.Template = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shapes = self.chosen.names[: self._count]
        blend = osc.text("/VMC/Ext/Blend/Val") + osc.text(",sf")
        bone = osc.text("/VMC/Ext/Bone/Pos") + osc.text(",sfffffff")
        messages = [
            (osc.encode(osc.Message("/VMC/Ext/OK", (1,))), 0),
            (osc.text("/VMC/Ext/T") + osc.text(",f"), 1),
            *((blend + osc.text(name), 1) for name in shapes + PRESETS[self.presets]),
            *((bone + osc.text(name) + bytes(3 * osc.FLOAT_BYTES), 4) for name, _ in vmc.BONES if self.bones),
            (vmc.APPLY, 0),
        ]
        object.__setattr__(self, "_template", osc.Template(messages, vmc.BUNDLE_BYTES))

    @property
    def _count(self) -> int:
        """Of the chosen channels those that are shapes; rotations come after them."""
        return int((self.chosen.indices < len(SHAPES)).sum())

    def encode(self, values: Floats, time: float) -> list[memoryview]:
        """The bundles of a face (61,), in order; clamped, never NaN; valid until the next call."""
        face = safe(values)
        floats = [np.array([time], np.float32), self.chosen.pick(face)[: self._count]]
        if self.presets != "none":
            floats.append(np.tile(weights(face), len(PRESETS[self.presets]) // len(VRM0)))
        if self.bones:
            turned = face * self.chosen.gains
            floats.append(np.array([part for bone in vmc.BONES for part in _rotation(turned, *bone)], np.float32))
        return self._template.fill(np.concatenate(floats))


def _rotation(face: Floats, name: str, signs: tuple[int, int, int]) -> tuple[float, float, float, float]:
    first = INDEX[f"{name}Yaw"]
    yaw, pitch, roll = (sign * float(face[first + i]) for i, sign in enumerate(signs))
    return vmc.quaternion(yaw, pitch, roll)
