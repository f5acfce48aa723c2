"""Faces in words: the 61 values as a short caption, by region and intensity. Deterministic; its words are one table."""

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
    "MouthShrugUpper": "upper lip {much}shrugged",
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
JOINED: Final = {("BrowInnerUp", "BrowOuterUp"): "brows {much}raised"}  # two acts that are one in words
AT_REST: Final = "a face at rest"
SEEN: Final = 0.08  # an act below this is not worth a word
_MOST: Final = 5  # phrases in a caption
_STEPS: Final = ((0.28, "slightly "), (0.53, ""), (0.78, "strongly "), (2.0, "extremely "))
_ONE: Final = {"brows": "brow", "lids": "lid", "eyes": "eye", "cheeks": "cheek", "corners": "corner"}


def describe(values: Floats) -> str:
    """The strongest acts of a face in words, such as "brows strongly lowered, lips pressed"."""
    seen = joined({act: weight for act, weight in acts.from_values(values).items() if weight >= SEEN})
    strongest = sorted(seen, key=lambda act: (-seen[act], act))[:_MOST]
    return ", ".join(phrase(act, seen[act]) for act in strongest) or AT_REST


def phrase(act: str, weight: float) -> str:
    """One act in words."""
    pair, side = _sided(act)
    if pair == "EyeBlink" and _much(weight) == "extremely ":
        return f"{side}eye shut" if side else "eyes shut"
    words = PHRASES.get(pair, act)
    if not side:
        return words.format(side="", on="", much=_much(weight))
    words = words.replace("outer ", "").format(side=side, on=f" on the {side.strip()}", much=_much(weight))
    return " ".join(_ONE.get(word, word) for word in words.split())


def joined(seen: dict[str, float]) -> dict[str, float]:
    """Sides, and acts that belong together, as one where the same words would say how strong they are."""
    told = dict(seen)
    sides = [((pair + "Left", pair + "Right"), pair) for pair in acts.PAIRED]
    for (one, other), name in [*sides, *JOINED.items()]:
        if one in told and other in told and _much(told[one]) == _much(told[other]):
            told[name] = (told.pop(one) + told.pop(other)) / 2
    return told


def _sided(act: str) -> tuple[str, str]:
    if act not in acts.ONE_SIDED:
        return act, ""
    return (act.removesuffix("Left"), "left ") if act.endswith("Left") else (act.removesuffix("Right"), "right ")


def _much(weight: float) -> str:
    return next(word for limit, word in _STEPS if weight < limit)
