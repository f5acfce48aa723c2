"""iFacialMocap, version 1 (ifacialmocap.com/for-developer): a face as one line of text, for Blender, Unity and VTubers.

`mouthSmile_R-0|...|=head#x,y,z,x,y,z|rightEye#x,y,z|leftEye#x,y,z|`: shapes as whole per cents, then the turns about
x, y and z in degrees, the head's with its position. The signs follow from frames of the app: about x + is down,
about y + is to the own left, about z + tilts to the own right shoulder, alike for head and eyes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from protocols.arkit import INDEX, SHAPES, Floats
from protocols.errors import DecodeError
from protocols.selection import DEGREES, safe

PORT: Final = 49983
MAX_BYTES: Final = 8192  # what the documented receiver reads at once
MAX_TURN: Final = 360_000.0  # degrees, a thousand turns: beyond it a number is nonsense
PERCENT: Final = 100
HEAD_SIGNS: Final = (-1, 1, 1)  # ours: pitch + up, yaw + left, roll + right
EYE_SIGNS: Final = (1, -1, 1)  # ours: pitch + down, yaw + right
TURNS: Final = {"=head": ("Head", HEAD_SIGNS), "rightEye": ("RightEye", EYE_SIGNS), "leftEye": ("LeftEye", EYE_SIGNS)}
_WHOLE: Final = frozenset({"JawLeft", "JawRight", "MouthLeft", "MouthRight"})  # whose side is not written as _L or _R
_POSITION: Final = (0.0, 0.0, 0.0)


def _spelled(name: str) -> str:
    name = name[0].lower() + name[1:]
    if name[0].upper() + name[1:] in _WHOLE:
        return name
    for side in ("Left", "Right"):
        if name.endswith(side):
            return f"{name.removesuffix(side)}_{side[0]}"
    return name


NAMES: Final[Mapping[str, str]] = {name: _spelled(name) for name in SHAPES}
BY_NAME: Final[Mapping[str, str]] = {spelled: name for name, spelled in NAMES.items()}


@dataclass(frozen=True, slots=True)
class Face:
    """What a line says: shapes 0..1 by the names in it, turns about x, y, z and the head's position as they stand."""

    shapes: Mapping[str, float]
    head: tuple[float, ...]
    right_eye: tuple[float, ...]
    left_eye: tuple[float, ...]


def encode(values: Floats, names: Mapping[str, str] = NAMES, degrees_per_unit: float = 1.0) -> bytes:
    """The line of a face (61,), with the shapes in `names` (ours: theirs); clamped, never NaN."""
    face = safe(values)
    words = [f"{sent}-{round(float(face[INDEX[name]]) * PERCENT)}" for name, sent in names.items()]
    for key, (bone, signs) in TURNS.items():
        turns = _turns(face, bone, signs, DEGREES / degrees_per_unit)
        words.append(f"{key}#" + ",".join(f"{turn:.4f}" for turn in turns + _POSITION * (bone == "Head")))
    return ("|".join(words) + "|").encode()


def decode(data: bytes) -> Face:
    """The face in a line; raises DecodeError."""
    if len(data) > MAX_BYTES:
        raise DecodeError(f"line is {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        words = data.decode().split("|")
    except UnicodeDecodeError as error:
        raise DecodeError(f"line is {data[:40]!r}, expected UTF-8") from error
    if words.pop():
        raise DecodeError("line has no | at its end")
    shapes: dict[str, float] = {}
    turns: dict[str, tuple[float, ...]] = {}
    for word in words:
        if "#" in word:
            key, _, numbers = word.partition("#")
            turns[key] = tuple(_number(number, key, MAX_TURN) for number in numbers.split(","))
        else:
            name, _, weight = word.partition("-")
            shapes[name] = _number(weight, name, PERCENT) / PERCENT
    for key, (bone, _) in TURNS.items():
        wanted = 6 if bone == "Head" else 3
        if len(turns.get(key, ())) != wanted:
            raise DecodeError(f"{key} has {len(turns.get(key, ()))} numbers, expected {wanted}")
    return Face(shapes, turns["=head"], turns["rightEye"], turns["leftEye"])


def values(face: Face) -> Floats:
    """The 61 values of a face; names that are not the app's are left out."""
    row = np.zeros(len(INDEX), np.float32)
    for name, weight in face.shapes.items():
        if name in BY_NAME:
            row[INDEX[BY_NAME[name]]] = weight
    for turns, (bone, signs) in zip((face.head, face.right_eye, face.left_eye), TURNS.values(), strict=True):
        pitch, yaw, roll = (sign * turn / DEGREES for sign, turn in zip(signs, turns, strict=False))
        row[INDEX[f"{bone}Yaw"] : INDEX[f"{bone}Roll"] + 1] = yaw, pitch, roll
    return row


def _turns(face: Floats, bone: str, signs: tuple[int, int, int], scale: float) -> tuple[float, ...]:
    """About x, y and z; a turn that would be written as -0 is 0."""
    channels = (f"{bone}Pitch", f"{bone}Yaw", f"{bone}Roll")
    return tuple(
        round(sign * scale * float(face[INDEX[name]]), 4) + 0.0 for name, sign in zip(channels, signs, strict=True)
    )


def _number(text: str, name: str, limit: float) -> float:
    """A finite number of at most this size."""
    try:
        number = float(text)
    except ValueError as error:
        raise DecodeError(f"{name[:40]} is {text[:40]!r}, expected a number") from error
    if not abs(number) <= limit:  # also refuses NaN
        raise DecodeError(f"{name[:40]} is {text[:40]}, expected at most {limit:g}")
    return number
