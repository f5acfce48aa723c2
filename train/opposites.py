"""Pairs of texts that differ in one thing, and the unit whose difference must have the right sign."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer.brain.decode import Gate
from streamer.brain.text import Text
from streamer.brain.units import UNITS
from train.batches import of_face
from train.data import Face
from train.evaluate import answers
from train.model import DESCRIBED, FaceModel

# first, second, units that are stronger in the first (their sum), units that are stronger in the second
PAIRS: Final[tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("Smiling warmly.", "Not smiling at all.", ("MouthSmileLeft",), ()),
    ("He speaks with a smile.", "He speaks without smiling.", ("MouthSmileLeft",), ()),
    ("Left brow up.", "Right brow up.", ("BrowOuterUpLeft",), ("BrowOuterUpRight",)),
    ("Barely annoyed.", "Enraged.", (), ("BrowDownLeft",)),
    ("A wink of the left eye.", "A wink of the right eye.", ("EyeBlinkLeft",), ("EyeBlinkRight",)),
    ("Looks up.", "Looks down.", ("LookUp",), ("LookDown",)),
    ("Glances to the left.", "Glances to the right.", ("LookLeft",), ("LookRight",)),
    ("Turns the head left.", "Turns the head right.", ("HeadLeft",), ("HeadRight",)),
    ("Head tilted to the left.", "Head tilted to the right.", ("HeadTiltLeft",), ("HeadTiltRight",)),
    ("Eyes wide open.", "Eyes shut tight.", ("EyeWideLeft",), ("EyeBlinkLeft",)),
    ("Brows lowered hard.", "Brows raised high.", ("BrowDownLeft",), ("BrowOuterUpLeft",)),
    (
        "The corners of the mouth turn up.",
        "The corners of the mouth turn down.",
        ("MouthSmileLeft",),
        ("MouthFrownLeft",),
    ),
    ("Jaw hanging open.", "Lips pressed tightly together.", ("JawOpen",), ("MouthPressLeft",)),
    (
        "A felt smile that raises the cheeks.",
        "A false smile that never reaches the eyes.",
        ("CheekSquintLeft",),
        (),
    ),
    ("A faint smile.", "A huge grin.", (), ("MouthSmileLeft",)),
    ("Slightly worried.", "Terrified.", (), ("EyeWideLeft", "MouthStretchLeft")),
    (
        "A smirk on the left side only.",
        "A smirk on the right side only.",
        ("MouthSmileLeft",),
        ("MouthSmileRight",),
    ),
    ("Chin lifted.", "Chin lowered.", ("HeadUp",), ("HeadDown",)),
    ("Mouth wide open in shock.", "Shocked, but the mouth stays closed.", ("JawOpen",), ()),
    ("Frowning, brows drawn together.", "Brows relaxed, not frowning.", ("BrowDownLeft",), ()),
)


def separated(model: FaceModel, text: Text, gate: Gate) -> list[tuple[str, str, float]]:
    """Each pair and how far its difference goes the right way (negative: the wrong way)."""
    texts = [t for pair in PAIRS for t in pair[:2]]
    said = answers(model, [of_face(text, Face(t, _still())) for t in texts], [DESCRIBED])
    units = gate(said.activity[:, 0], said.strength[:, 0])
    return [
        (first, second, _margin(units[2 * i], units[2 * i + 1], up, down))
        for i, (first, second, up, down) in enumerate(PAIRS)
    ]


def _margin(first: Floats, second: Floats, up: Sequence[str], down: Sequence[str]) -> float:
    rises = [float(first[UNITS.index(u)] - second[UNITS.index(u)]) for u in up]
    falls = [float(second[UNITS.index(u)] - first[UNITS.index(u)]) for u in down]
    return sum(rises + falls)


def _still() -> Floats:
    return np.zeros(len(UNITS), np.float32)
