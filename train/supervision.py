"""A face in SemanticFace's structured long form: what it is, what moves and how much, what it implies, symmetry.

{"analysis": {"expression_category", "muscle_movements", "emotional_implication", "symmetry"}, "arkit": {61 numbers}},
after arXiv 2603.14827: derived from the values alone, with no picture, so that any recording can be captioned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from protocols.arkit import INDEX, Floats
from protocols.recording import COLUMNS
from streamer.brain.units import UNITS, from_acts
from streamer.face import acts
from streamer.face.describe import SEEN, phrase, seen

DIGITS: Final = 3  # of a weight, as the published prompt asks
REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "brows": ("Brow",), "eyes": ("Eye", "Look"), "nose and cheeks": ("Nose", "Cheek"), "mouth": ("Mouth", "Tongue"),
    "jaw": ("Jaw",), "head": ("Head",),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """A kind of expression: its face in acts, and what it implies."""

    name: str
    acts: Mapping[str, float]
    implication: str


def _category(name: str, face: str, implication: str) -> Category:
    words = face.split()
    return Category(name, {act: float(w) for act, w in zip(words[::2], words[1::2], strict=True)}, implication)


# After corpus/GUIDE.md; a kind that shows in several ways stands several times.
CATEGORIES: Final = (
    _category("joy", "MouthSmile .7 CheekSquint .4 EyeSquint .3", "pleasure that reaches the eyes"),
    _category("joy", "MouthSmile .8 MouthUpperUp .4 MouthLowerDown .5 CheekSquint .2", "open delight, a broad grin"),
    _category("joyful excitement", "MouthSmile .7 MouthLowerDown .5 JawOpen .5 EyeWide .5 BrowInnerUp .5 "
              "BrowOuterUp .5 MouthUpperUp .3", "delight with surprise in it"),
    _category("polite smile", "MouthSmile .5 MouthDimple .3", "friendliness that need not be felt"),
    _category("sadness", "BrowInnerUp .6 MouthFrown .5 MouthShrugLower .2 EyeBlink .2", "grief, disappointment, pity"),
    _category("fear", "BrowInnerUp .6 BrowOuterUp .4 EyeWide .6 MouthStretch .5 JawOpen .2", "alarm, dread"),
    _category("surprise", "BrowInnerUp .6 BrowOuterUp .6 EyeWide .5 JawOpen .5", "something unexpected"),
    _category("surprise", "BrowInnerUp .6 BrowOuterUp .6 JawOpen .7 MouthLowerDown .4 MouthStretch .2",
              "astonishment or a cry of it"),
    _category("alertness", "BrowInnerUp .6 BrowOuterUp .6 EyeWide .6", "attention, interest, a question"),
    _category("raised brows", "BrowInnerUp .6 BrowOuterUp .6", "interest, emphasis or a question"),
    _category("anger", "BrowDown .7 EyeSquint .3 MouthPress .4 NoseSneer .2", "anger held in"),
    _category("anger", "BrowDown .7 EyeWide .5", "a glare"),
    _category("anger", "BrowDown .7 NoseSneer .4 MouthUpperUp .5 MouthLowerDown .5 JawOpen .4", "anger let out"),
    _category("frown", "BrowDown .7 EyeSquint .2", "displeasure, strain or concentration"),
    _category("displeasure", "BrowDown .6 MouthShrugLower .4 MouthFrown .4", "displeasure, sullenness, disapproval"),
    _category("disgust", "NoseSneer .7 MouthUpperUp .5 BrowDown .5 EyeSquint .3 MouthShrugUpper .3",
              "revulsion, distaste"),
    _category("pain", "BrowDown .8 EyeBlink .8 EyeSquint .5 CheekSquint .6 NoseSneer .7", "pain, strain or effort"),
    _category("contempt", "MouthDimpleLeft .6 MouthSmileLeft .4 EyeBlink .2", "contempt or irony"),
    _category("contempt", "MouthDimpleRight .6 MouthSmileRight .4 EyeBlink .2", "contempt or irony"),
    _category("doubt", "MouthShrugLower .6 MouthFrown .5 MouthShrugUpper .3", "doubt, a shrug, a pout"),
    _category("downturned mouth", "MouthFrown .6", "discontent, or a face at rest that looks so"),
    _category("laugh", "MouthSmile .9 JawOpen .8 MouthLowerDown .7 MouthStretch .5 MouthUpperUp .3",
              "laughter, or a cry of delight"),
    _category("shout", "JawOpen .9 MouthLowerDown .7 MouthStretch .5", "a cry, a yawn or a roar"),
    _category("open mouth", "JawOpen .7", "astonishment, slackness or speech"),
    _category("pursed lips", "MouthPucker .7 MouthFunnel .3 MouthShrugLower .3",
              "a kiss, a pout or a thought weighed"),
    _category("bared teeth", "MouthLowerDown .7 MouthUpperUp .4 MouthStretch .4 MouthShrugUpper .3",
              "tension, a grimace or speech"),
    _category("tongue out", "TongueOut 1 JawOpen .5 MouthLowerDown .4", "mockery or playfulness"),
    _category("wink", "EyeBlinkLeft .9 EyeSquintLeft .4 CheekSquintLeft .3 BrowDownLeft .4", "a secret shared"),
    _category("wink", "EyeBlinkRight .9 EyeSquintRight .4 CheekSquintRight .3 BrowDownRight .4", "a secret shared"),
    _category("closed eyes", "EyeBlink .9", "rest, weariness or turning inwards"),
    _category("skewed mouth", "MouthLeft .8 MouthFunnel .2", "doubt, thought or a grimace"),
    _category("skewed mouth", "MouthRight .8 MouthFunnel .2", "doubt, thought or a grimace"),
    _category("skewed mouth", "MouthLeft .7 MouthStretchRight .5 MouthUpperUpRight .4 MouthShrugUpper .4",
              "doubt, thought or a grimace"),
    _category("skewed mouth", "MouthRight .7 MouthStretchLeft .5 MouthUpperUpLeft .4 MouthShrugUpper .4",
              "doubt, thought or a grimace"),
    _category("bitten lips", "MouthRollLower .5 MouthRollUpper .4 MouthPress .4", "holding back, nerves, thought"),
    _category("puffed cheeks", "CheekPuff .7 MouthPucker .4", "relief, effort or play"),
)  # fmt: skip
NEUTRAL: Final = Category("neutral", {}, "nothing in particular; the face rests")
GLANCE: Final = Category("glance", {}, "attention turned elsewhere; the rest of the face stays out of it")
UNCLEAR: Final = "no single feeling; read the movements"
_FAINT: Final = 0.2  # length of the acts below which a face says nothing
_SLIGHT: Final = 0.5  # length below which a category is slight
_ALIKE: Final = 0.6  # cosine at which a face is called by a category's name
_RIVAL: Final = 0.05  # a category this close behind the first is named, too
_UNEVEN: Final = 0.1  # between the sides, from which a face is not symmetrical
_VERY_UNEVEN: Final = 0.3
_SHARES: Final = np.array(
    [0.0 if unit.startswith(("Look", "Head")) else 0.5**0.5 if unit in acts.ONE_SIDED else 1.0 for unit in UNITS],
    np.float32,
)  # two sides together count as one act; where the face looks is no feeling


def supervision(values: Floats) -> dict[str, Any]:  # Any: JSON
    """The long form of a face (61,)."""
    category, implication = _judged(values)
    return {
        "analysis": {
            "expression_category": category,
            "muscle_movements": movements(values),
            "emotional_implication": implication,
            "symmetry": symmetry(values),
        },
        "arkit": {name: round(float(values[INDEX[name]]), DIGITS) + 0.0 for name in COLUMNS},  # adding 0 turns -0 to 0
    }


def movements(values: Floats) -> dict[str, str]:
    """What moves in each region, strongest first, in words with the weight behind them."""
    told = seen(values)
    ordered = sorted(told, key=lambda act: (-told[act], act))
    return {
        region: ", ".join(f"{phrase(act, told[act])} ({told[act]:.2f})" for act in ordered if act.startswith(begins))
        or "at rest"
        for region, begins in REGIONS.items()
    }


def symmetry(values: Floats) -> str:
    """How the two sides differ, and where most."""
    sides = {act: (float(values[INDEX[act + "Left"]]), float(values[INDEX[act + "Right"]])) for act in acts.PAIRED}
    act = max(sides, key=lambda name: abs(sides[name][0] - sides[name][1]))
    left, right = sides[act]
    if abs(left - right) < _UNEVEN:
        return "symmetrical"
    side = "Left" if left > right else "Right"
    much = "strongly" if abs(left - right) >= _VERY_UNEVEN else "slightly"
    more, less = max(left, right), min(left, right)
    other = f"{less:.2f} on the other side" if less >= SEEN else "nothing on the other side"
    return f"{much} asymmetrical: {phrase(act + side, more)} ({more:.2f}), {other}"


def _judged(values: Floats) -> tuple[str, str]:
    """The category of a face and what it implies, with a second one where it comes as close."""
    row = from_acts(acts.from_values(values))
    shown = row * _SHARES
    length = float(np.linalg.norm(shown))
    if length < _FAINT:
        rest = NEUTRAL if np.linalg.norm(row) < 2 * _FAINT else GLANCE
        return rest.name, rest.implication
    alike = {category: float(shown @ unit) / length for category, unit in zip(CATEGORIES, _UNITS, strict=True)}
    ranked = sorted(alike, key=lambda category: -alike[category])
    first = ranked[0]
    if alike[first] < _ALIKE:
        return "mixed", UNCLEAR
    second = next(category for category in ranked if category.name != first.name)
    much = "slight " * (length < _SLIGHT)
    if alike[second] < max(_ALIKE, alike[first] - _RIVAL):
        return much + first.name, first.implication
    return f"{much}{first.name} with {second.name}", f"{first.implication}; or {second.implication}"


def _unit(category: Category) -> Floats:
    row = from_acts(dict(category.acts)) * _SHARES
    return np.asarray(row / np.linalg.norm(row), np.float32)


_UNITS: Final = tuple(map(_unit, CATEGORIES))
