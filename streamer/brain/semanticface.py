"""SemanticFace (arXiv 2603.14827): one question to a vision model about a picture, and what comes back.

What is asked for is {"analysis": {...}, "arkit": {61 numbers}}; what the released models answer is prose with the bare
61 numbers behind it. Both are read, and whatever else holds a face.
"""

from collections.abc import Mapping
from typing import Any, Final

from protocols.arkit import ROTATIONS, SHAPES
from protocols.recording import COLUMNS
from streamer.brain.answers import last_object
from streamer.brain.keyframeface import Reading, read_channels

TOKENS: Final = 4096  # released answers are about 1,500; some models think first
FACE: Final = "arkit"
_DEPTH: Final = 2  # objects inside objects that are looked into

SYSTEM: Final = (
    "You read faces for animators. You are given one picture of a face, a photograph or a drawing. First look at it "
    "region by region: brows, eyes and lids, nose and cheeks, mouth, jaw, head. Then answer with strict JSON and "
    'nothing else: {"analysis": {"expression_category": "...", "muscle_movements": "...", '
    '"emotional_implication": "...", "symmetry": "..."}, "arkit": {...}}. In "analysis" name the expression, say which '
    'muscles move and how strongly, what the face implies, and whether its two sides agree. "arkit" has all '
    "61 numbers, each with 3 decimals: " + ", ".join(COLUMNS) + f". The first {len(SHAPES)} "
    f"are ARKit blendshape weights in [0, 1]; the last {len(ROTATIONS)} are rotations in [-1, 1] radians, 0 for a head "
    "that faces the viewer. HeadYaw is positive when the head turns to the person's own left, HeadPitch when it is "
    "raised, HeadRoll when it tilts to the person's own right shoulder. Left and right are always the person's own."
)
TASK: Final = "What does this face do? Give the analysis and the 61 numbers."


def ask_picture(url: str) -> tuple[Mapping[str, object], ...]:
    """The messages about a picture, which a data URL holds."""
    parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": TASK}]
    return ({"role": "system", "content": SYSTEM}, {"role": "user", "content": parts})


def read_picture(text: str) -> Reading:
    """The face that was answered, mended as `keyframeface.read_face` does; raises DecodeError where there is none."""
    return read_channels(_face(last_object(text)))


def _face(answer: Mapping[str, Any], depth: int = _DEPTH) -> Mapping[str, Any]:  # Any: JSON before it is checked
    """The object with the channels: under its name, as the only one, or the answer itself."""
    tables = {name: value for name, value in answer.items() if isinstance(value, dict)}
    inner = tables[FACE] if FACE in tables else next(iter(tables.values())) if len(answer) == 1 and tables else None
    return answer if inner is None or not depth else _face(inner, depth - 1)
