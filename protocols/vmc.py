"""VMC protocol 3.1 (protocol.vmc.info): faces as OSC bundles for Unity, Warudo, VSeeFace and their kin.

Receivers keep a value until it is overwritten, so every frame carries all 52 shapes, zeros included, and ends
with one Apply. A bone is a rotation in Unity's axes: left-handed, x to the character's right, y up, z ahead,
where a positive turn about y looks right, about x looks down and about z tilts to the left shoulder.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from protocols import osc
from protocols.arkit import INDEX, SHAPES, Floats, clamp

BUNDLE_BYTES: Final = 1_400  # bundles stay under it: the spec's 1,500 less headers and tunnels
HEAD_SIGNS: Final = (-1, -1, -1)  # ours: yaw + left, pitch + up, roll + right; all against Unity's axes
EYE_SIGNS: Final = (1, 1, 1)  # ours: yaw + right, pitch + down; already along Unity's axes
BONES: Final = (("Head", HEAD_SIGNS), ("LeftEye", EYE_SIGNS), ("RightEye", EYE_SIGNS))
APPLY: Final = osc.encode(osc.Message("/VMC/Ext/Blend/Apply"))
BY_LOWER: Final = {name.lower(): name for name in SHAPES}  # receivers accept either spelling, so do we

Spelling = Literal["pascal", "camel"]


@dataclass(frozen=True, slots=True)
class Available:
    """Whether the sender's model is loaded."""

    is_loaded: bool


@dataclass(frozen=True, slots=True)
class Time:
    """The sender's own clock in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Blend:
    """A shape's weight, which counts from the next Apply."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Apply:
    """All shapes of the frame have been sent."""


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone's local position in metres and rotation as a quaternion, both in Unity's axes."""

    name: str  # as in Unity's HumanBodyBones
    position: tuple[float, float, float]
    rotation: tuple[float, float, float, float]  # x, y, z, w


Event = Blend | Apply | Bone | Available | Time


def encode(
    values: Floats, time: float, *, spelling: Spelling = "pascal", bones: bool = False, available: bool = True
) -> list[bytes]:
    """The bundles of one face (61,), each under 1,400 bytes, in order; values are clamped, never NaN.

    Bones are optional: their position is 0, which moves the neck on receivers that apply positions.
    """
    if bones or not math.isfinite(values.max()):  # what is below a weight's 0 ends there anyway
        values = np.where(np.isfinite(values), values, np.float32(0))
    floats = np.empty(1 + len(SHAPES) + 4 * len(BONES) * bones, np.float32)
    floats[0] = time
    shapes = floats[1 : 1 + len(SHAPES)]
    np.maximum(values[: len(SHAPES)], 0, out=shapes)
    np.minimum(shapes, 1, out=shapes)
    if bones:
        safe = clamp(values.copy())
        floats[1 + len(SHAPES) :] = [part for bone in BONES for part in _rotation(safe, *bone)]
    return [bytes(datagram) for datagram in template(spelling, bones, available).fill(floats)]


def decode(datagram: bytes) -> tuple[Event, ...]:
    """The events in a datagram; other addresses and ill-typed arguments are ignored; raises DecodeError."""
    events = (_event(message) for message in osc.messages(osc.decode(datagram)))
    return tuple(event for event in events if event is not None)


def fold(events: Iterable[Event]) -> dict[str, float]:
    """The 52 weights by name, 0..1, that the last Apply committed; a shape that was not sent is 0."""
    committed = dict.fromkeys(SHAPES, 0.0)
    pending: dict[str, float] = {}
    for event in events:
        if isinstance(event, Blend) and event.name.lower() in BY_LOWER:
            pending[BY_LOWER[event.name.lower()]] = min(max(event.value, 0.0), 1.0)
        if isinstance(event, Apply):
            committed |= pending
    return committed


def quaternion(yaw: float, pitch: float, roll: float) -> tuple[float, float, float, float]:
    """Turns in radians about Unity's y, x and z as a quaternion x, y, z, w; roll acts first, yaw last."""
    sx, sy, sz = math.sin(pitch / 2), math.sin(yaw / 2), math.sin(roll / 2)
    cx, cy, cz = math.cos(pitch / 2), math.cos(yaw / 2), math.cos(roll / 2)
    return (
        cy * sx * cz + sy * cx * sz,
        sy * cx * cz - cy * sx * sz,
        cy * cx * sz - sy * sx * cz,
        cy * cx * cz + sy * sx * sz,
    )


@lru_cache(maxsize=8)
def template(spelling: Spelling = "pascal", bones: bool = False, available: bool = True) -> osc.Template:
    """What is the same in every frame; its floats are the time, the 52 weights and the bones' quaternions."""
    names = SHAPES if spelling == "pascal" else tuple(name[0].lower() + name[1:] for name in SHAPES)
    blend = osc.text("/VMC/Ext/Blend/Val") + osc.text(",sf")
    bone = osc.text("/VMC/Ext/Bone/Pos") + osc.text(",sfffffff")
    messages = [
        (osc.encode(osc.Message("/VMC/Ext/OK", (int(available),))), 0),
        (osc.text("/VMC/Ext/T") + osc.text(",f"), 1),
        *((blend + osc.text(name), 1) for name in names),
        *((bone + osc.text(name) + bytes(3 * osc.FLOAT_BYTES), 4) for name, _ in BONES if bones),
        (APPLY, 0),
    ]
    return osc.Template(messages, BUNDLE_BYTES)


def _rotation(values: Floats, name: str, signs: tuple[int, int, int]) -> tuple[float, float, float, float]:
    first = INDEX[f"{name}Yaw"]
    yaw, pitch, roll = (sign * float(values[first + i]) for i, sign in enumerate(signs))
    return quaternion(yaw, pitch, roll)


def _event(message: osc.Message) -> Event | None:
    match message.address, message.arguments:
        case "/VMC/Ext/Blend/Val", (str(name), float(value), *_):
            return Blend(name, value)
        case "/VMC/Ext/Blend/Apply", _:
            return Apply()
        case "/VMC/Ext/Bone/Pos", (
            str(name), float(x), float(y), float(z), float(qx), float(qy), float(qz), float(qw), *_
        ):  # fmt: skip
            return Bone(name, (x, y, z), (qx, qy, qz, qw))
        case "/VMC/Ext/OK", (int(loaded), *_):
            return Available(bool(loaded))
        case "/VMC/Ext/T", (float(seconds), *_):
            return Time(seconds)
    return None
