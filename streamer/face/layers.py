"""Who owns which part of the face, and how the others mix in.

The table is the whole law; the functions below carry it out on all faces at once, and `facecue explain` reads it out.
A mix never leaves 0..1: what is added covers part of what is still open (a + b - a * b), what yields is scaled down.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, GAZE_RADIANS, INDEX, Floats
from streamer.face.mouth import COLUMN, SHAPES

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    group: tuple(name for name in CHANNELS if name.startswith(begins))
    for group, begins in {
        "brows": ("Brow",), "lids": ("EyeBlink", "EyeSquint", "EyeWide"), "gaze": ("EyeLook", "LeftEye", "RightEye"),
        "cheeks and nose": ("Cheek", "Nose"), "jaw": ("Jaw", "MouthClose"), "lips": ("Mouth",), "tongue": ("Tongue",),
        "head": ("Head",),
    }.items()
}  # fmt: skip

# From the first to the last; each finds the face as those before it left it.
LAYERS: Final = ("expression", "speech", "idle", "gaze", "blinks", "profile")

TABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "brows":           {"expression": "owns", "speech": "stress lifts them a little", "idle": "a listener's brows"},
    "lids":            {"expression": "owns", "blinks": "close what is still open"},
    "gaze":            {"expression": "owns", "idle": "wanders, less while the expression looks somewhere",
                        "gaze": "the game's own gaze takes over"},
    "cheeks and nose": {"expression": "owns", "speech": "lets puffed cheeks go", "idle": "a listener's smile"},
    "jaw":             {"speech": "owns while there is voice", "expression": "keeps a share, see YIELDS"},
    "lips":            {"speech": "owns while there is voice", "expression": "keeps a share, see YIELDS",
                        "idle": "a listener's smile"},
    "tongue":          {"speech": "owns while there is voice", "expression": "keeps a share, see YIELDS"},
    "head":            {"expression": "owns", "speech": "nods with stress", "idle": "drifts, breathes, follows, nods"},
}  # fmt: skip

# The share of an expression's shape that gives way to a voice: a smile stays and bends the vowels.
YIELDS: Final[Mapping[str, float]] = {
    "JawOpen": 0.65, "JawForward": 0.3, "JawLeft": 0.3, "JawRight": 0.3, "MouthClose": 1.0, "MouthFunnel": 0.7,
    "MouthPucker": 0.7, "MouthLeft": 0.3, "MouthRight": 0.3, "MouthSmile": 0.2, "MouthFrown": 0.25,
    "MouthDimple": 0.25, "MouthStretch": 0.35, "MouthRollLower": 0.75, "MouthRollUpper": 0.75,
    "MouthShrugLower": 0.5, "MouthShrugUpper": 0.4, "MouthPress": 0.75, "MouthLowerDown": 0.35, "MouthUpperUp": 0.35,
    "CheekPuff": 0.9, "TongueOut": 0.8,
}  # fmt: skip
_ROUND_YIELDS: Final = 0.3  # of smile, dimple and stretch more while the lips are round
_SEALED_JAW: Final = 0.75  # of the jaw's opening that lips which close take away
_STRESS_BROWS: Final = 0.08
_STRESS_NOD: Final = 0.022  # radians


def _side(name: str) -> str:
    return name.removesuffix("Left").removesuffix("Right")


MOUTH: Final = np.array([INDEX[name] for name in SHAPES])
_YIELDS: Final = np.array([YIELDS.get(name, YIELDS.get(_side(name), 0.0)) for name in SHAPES], np.float32)


def _runs(columns: Sequence[int]) -> list[tuple[int, int, int]]:
    """Columns that lie side by side: first, one past the last, and the place of the first among all."""
    breaks = [i for i in range(1, len(columns)) if columns[i] != columns[i - 1] + 1]
    return [(columns[a], columns[b - 1] + 1, a) for a, b in pairwise([0, *breaks, len(columns)])]


_RUNS: Final = _runs([INDEX[name] for name in SHAPES])


def _columns(*parts: str) -> NDArray[np.intp]:
    """Columns of the mouth that begin so."""
    return np.array([i for i, name in enumerate(SHAPES) if name.startswith(parts)])


def _pair(name: str) -> list[int]:
    return [INDEX[name + "Left"], INDEX[name + "Right"]]


_DRAWN: Final = _columns("MouthSmile", "MouthDimple", "MouthStretch")
_PARTING: Final = _columns("MouthFunnel", "MouthLowerDown", "MouthUpperUp", "MouthShrugUpper", "TongueOut")
_JAW, _CLOSE = (SHAPES.index(name) for name in ("JawOpen", "MouthClose"))
JAW_OPEN, MOUTH_CLOSE = INDEX["JawOpen"], INDEX["MouthClose"]
_BROWS: Final = [INDEX["BrowInnerUp"], *_pair("BrowOuterUp")]
_BLINK, _WIDE, _SMILE = _pair("EyeBlink"), _pair("EyeWide"), _pair("MouthSmile")
EYES: Final = np.array([INDEX[name] for name in GROUPS["gaze"]])
_YAW, _PITCH = ([INDEX[eye + angle] for eye in ("LeftEye", "RightEye")] for angle in ("Yaw", "Pitch"))
_HEAD: Final = [INDEX["HeadYaw"], INDEX["HeadPitch"], INDEX["HeadRoll"]]
# For each eye the shape of looking to the own left, right, up, down.
_LOOKS: Final = (
    [INDEX[f"EyeLook{way}Left"] for way in ("Out", "In", "Up", "Down")],
    [INDEX[f"EyeLook{way}Right"] for way in ("In", "Out", "Up", "Down")],
)
_BUSY: Final = 0.25  # radians of an expression's gaze at which idle eyes hold still


def speak(values: Floats, rows: NDArray[np.intp], said: Floats) -> None:
    """Mixes what is said (R, columns of the mouth) into the rows of values (N, 61)."""
    said = np.clip(said, 0.0, 1.0)
    activity, closure, rounding, emphasis = (said[:, COLUMN[name], None] for name in
                                             ("activity", "closure", "rounding", "emphasis"))  # fmt: skip
    face = np.take(values[rows], MOUTH, axis=1) * (1 - activity * _YIELDS)
    face[:, _DRAWN] *= 1 - _ROUND_YIELDS * rounding
    sounds = said[:, : len(SHAPES)]
    face += sounds - sounds * face
    face[:, _PARTING] *= 1 - closure
    face[:, [_JAW]] *= 1 - _SEALED_JAW * closure
    face[:, [_CLOSE]] += closure * (face[:, [_JAW]] - face[:, [_CLOSE]])
    for first, last, place in _RUNS:  # much quicker than one column after the other
        values[rows, first:last] = face[:, place : place + last - first]
    _cover(values, _BROWS, _STRESS_BROWS * emphasis, rows)
    values[rows, _HEAD[1]] -= _STRESS_NOD * emphasis[:, 0]


def wander(values: Floats, gaze: Floats, follow: Floats, head: Floats) -> None:
    """Adds the eyes' wandering (N, 2), the head's going after them (N, 2) and its own motion (N, 3)."""
    looks = np.hypot(values[:, _YAW[0]], values[:, _PITCH[0]])
    free = 1 - 0.85 * np.clip(looks / _BUSY, 0.0, 1.0)
    turned = follow * free[:, None]
    turn(values, np.asarray(gaze * free[:, None] - turned, np.float32))
    values[:, _HEAD] += head
    values[:, _HEAD[:2]] -= turned


def turn(values: Floats, angles: Floats) -> None:
    """Turns the eyes by (yaw, pitch) more, shapes and rotations in agreement."""
    for axis, (rotations, (less, more)) in enumerate(((_YAW, (0, 1)), (_PITCH, (2, 3)))):
        change = angles[:, axis]
        for eye, rotation in enumerate(rotations):
            back, forth = _LOOKS[eye][less], _LOOKS[eye][more]
            both = np.minimum(values[:, back], values[:, forth])
            way = np.clip(values[:, forth] - values[:, back] + change / GAZE_RADIANS, -1.0, 1.0)
            values[:, forth] = both + np.clip(way, 0.0, 1.0 - both)
            values[:, back] = both + np.clip(-way, 0.0, 1.0 - both)
            values[:, rotation] = np.clip(values[:, rotation] + change, -1.0, 1.0)


def attend(values: Floats, brows: Floats, smile: Floats) -> None:
    """A listener's raised brows and small smile."""
    _cover(values, _BROWS, brows[:, None])
    _cover(values, _SMILE, smile[:, None])


def blink(values: Floats, lids: Floats) -> None:
    """Closes what the expression leaves open of the eyes; widened eyes give way."""
    _cover(values, _BLINK, lids[:, None])
    values[:, _WIDE] *= 1 - lids[:, None]


def seal(values: Floats) -> None:
    """Lips cannot be kept closed over a jaw that is less open than that."""
    np.minimum(values[:, MOUTH_CLOSE], values[:, JAW_OPEN], out=values[:, MOUTH_CLOSE])


def changed_by(before: Floats, after: Floats, least: float = 0.005) -> Sequence[str]:
    """The channels that a layer moved."""
    return [CHANNELS[i] for i in np.flatnonzero(np.abs(after - before) >= least)]


def group_of(channel: str) -> str:
    """The group of a channel; MouthClose belongs to the jaw."""
    return next(group for group, names in GROUPS.items() if channel in names)


def _cover(values: Floats, columns: Sequence[int], share: Floats, rows: NDArray[np.intp] | None = None) -> None:
    """Covers a share (R, 1) of what is still open of some columns, in some or all rows."""
    for column in columns:
        part = values[:, column] if rows is None else values[rows, column]
        part = part + share[:, 0] * (1 - part)
        values[slice(None) if rows is None else rows, column] = part
