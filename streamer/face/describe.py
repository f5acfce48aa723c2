"""Faces in words: the 61 values as a short caption, by region and intensity. Deterministic; its words are one table."""

import math
from typing import Final

from protocols.arkit import Floats
from streamer.face import acts

# Act: how it reads, and where the words of its intensity and side go.
PHRASES: Final[dict[str, str]] = {
    "BrowDown": "{side}brows {much}lowered",
    "BrowInnerUp": "inner brows {much}raised",
    "BrowOuterUp": "{side}outer brows {much}raised",
    "EyeBlink": "{side}lids {much}lowered",
    "EyeSquint": "{side}eyes {much}narrowed",
    "EyeWide": "{side}eyes {much}wide",
    "LookUp": "looking {much}up",
    "LookDown": "looking {much}down",
    "LookLeft": "looking {much}left",
    "LookRight": "looking {much}right",
    "CheekSquint": "{side}cheeks {much}raised",
    "CheekPuff": "cheeks {much}puffed",
    "NoseSneer": "{side}nose {much}wrinkled",
    "JawOpen": "jaw {much}open",
    "JawForward": "jaw {much}forward",
    "JawLeft": "jaw {much}to the left",
    "JawRight": "jaw {much}to the right",
    "MouthSmile": "{much}smiling{on}",
    "MouthFrown": "{side}lip corners {much}down",
    "MouthDimple": "{side}lip corners {much}tucked in",
    "MouthStretch": "{side}lip corners {much}stretched",
    "MouthPress": "{side}lips {much}pressed",
    "MouthUpperUp": "{side}upper lip {much}raised",
    "MouthLowerDown": "{side}lower lip {much}lowered",
    "MouthPucker": "lips {much}puckered",
    "MouthFunnel": "lips {much}rounded",
    "MouthRollLower": "lower lip {much}rolled in",
    "MouthRollUpper": "upper lip {much}rolled in",
    "MouthShrugLower": "chin {much}pushed up",
    "MouthShrugUpper": "upper lip {much}pushed up",
    "MouthLeft": "mouth {much}to the left",
    "MouthRight": "mouth {much}to the right",
    "MouthClose": "lips {much}kept shut",
    "TongueOut": "tongue {much}out",
    "HeadLeft": "head {much}turned left",
    "HeadRight": "head {much}turned right",
    "HeadUp": "head {much}up",
    "HeadDown": "head {much}down",
    "HeadTiltLeft": "head {much}tilted left",
    "HeadTiltRight": "head {much}tilted right",
}
JOINED: Final = {"BrowUp": ("BrowInnerUp", "BrowOuterUp")}  # acts that are one in words
_BESIDE: Final = {  # what joined acts are, and acts that beside others are something else to the eye
    "BrowUp": "brows {much}raised",
    "MouthCloseHalf": "lips {much}kept half shut",
    "MouthCornerUp": "{side}lip corners {much}up",
}
_WORDS: Final = PHRASES | _BESIDE
AT_REST: Final = "a face at rest"
SEEN: Final = 0.08  # an act below this is not worth a word
_MOST: Final = 5  # phrases in a caption
_ALIKE: Final = 0.06  # between acts that are one in words, though a step of strength may lie between them
_SHUT: Final = 0.8  # of an open jaw: lips that are kept together by less leave a gap
_ROUND: Final = 0.5  # of a smile: lips pushed forward by as much take it for something else
_STEPS: Final = ((0.28, "slightly "), (0.53, ""), (0.78, "strongly "), (2.0, "extremely "))
_ONE: Final = {"brows": "brow", "lids": "lid", "eyes": "eye", "cheeks": "cheek", "corners": "corner"}


def describe(values: Floats) -> str:
    """The strongest acts of a face in words, such as "brows strongly lowered, lips pressed"."""
    told = seen(values)
    strongest = sorted(told, key=lambda act: (-told[act], act))[:_MOST]
    return ", ".join(phrase(act, told[act]) for act in strongest) or AT_REST


def seen(values: Floats) -> dict[str, float]:
    """What of a face is worth a word, by the names that `phrase` knows, with how strong it is."""
    return _beside(joined({act: weight for act, weight in acts.from_values(values).items() if weight >= SEEN}))


def phrase(act: str, weight: float) -> str:
    """One act in words."""
    pair, side = _sided(act)
    if pair == "EyeBlink" and _much(weight) == "extremely ":
        return f"{side}eye shut" if side else "eyes shut"
    words = _WORDS[pair]
    if not side:
        return words.format(side="", on="", much=_much(weight))
    words = words.replace("outer ", "").format(side=side, on=f" on the {side.strip()}", much=_much(weight))
    return " ".join(_ONE.get(word, word) for word in words.split())


def joined(seen: dict[str, float]) -> dict[str, float]:
    """Sides, and acts that belong together, as one where they are about as strong as each other."""
    told = dict(seen)
    sides = {pair: (pair + "Left", pair + "Right") for pair in acts.PAIRED}
    for name, (one, other) in (sides | JOINED).items():
        if one in told and other in told and _is_alike(told[one], told[other]):
            told[name] = (told.pop(one) + told.pop(other)) / 2
    return told


def _is_alike(one: float, other: float) -> bool:
    return abs(one - other) < _ALIKE or _much(one) == _much(other)


def _beside(told: dict[str, float]) -> dict[str, float]:
    """Acts by other names where the rest of the face makes something else of them."""
    other: dict[str, str] = {}
    if told.get("MouthClose", 0.0) < _SHUT * told.get("JawOpen", 0.0):
        other["MouthClose"] = "MouthCloseHalf"
    forward = max(told.get("MouthPucker", 0.0), told.get("MouthFunnel", 0.0))
    for side in ("", "Left", "Right"):
        if forward >= _ROUND * told.get("MouthSmile" + side, math.inf):
            other["MouthSmile" + side] = "MouthCornerUp" + side
    return {other.get(act, act): weight for act, weight in told.items()}


def _sided(act: str) -> tuple[str, str]:
    """An act without its side, and the side as a word; acts that merely go left or right have none."""
    for side in ("Left", "Right"):
        if (pair := act.removesuffix(side)) != act and pair in _WORDS:
            return pair, f"{side.lower()} "
    return act, ""


def _much(weight: float) -> str:
    return next(word for limit, word in _STEPS if weight < limit)
