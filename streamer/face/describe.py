"""Faces in words: the 61 values as a short caption, by region and intensity. Deterministic; its words are one table."""

from typing import Final

from protocols.arkit import Floats
from streamer.face import acts

# Act: how it reads, and where the words of its intensity and side go.
PHRASES: Final[dict[str, str]] = {
    "BrowDown": "{side}brows {much}lowered",
    "BrowInnerUp": "inner brows {much}raised",
    "BrowOuterUp": "{side}outer brows {much}raised",
    "EyeBlink": "{side}lids {much}closed",
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
    "MouthSmile": "{side}lip corners {much}smiling",
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
AT_REST: Final = "a face at rest"
_SEEN: Final = 0.08  # an act below this is not worth a word
_MOST: Final = 5  # phrases in a caption


def describe(values: Floats) -> str:
    """The strongest acts of a face in words, such as "brows strongly lowered, lips pressed"."""
    seen = {act: weight for act, weight in acts.from_values(values).items() if weight >= _SEEN}
    strongest = sorted(seen, key=lambda act: (-seen[act], act))[:_MOST]
    return ", ".join(phrase(act, seen[act]) for act in strongest) or AT_REST


def phrase(act: str, weight: float) -> str:
    """One act in words."""
    side = ""
    if act in acts.ONE_SIDED:
        side = "left " if act.endswith("Left") else "right "
        act = act.removesuffix("Left").removesuffix("Right")
    words = PHRASES[act].format(side=side, much=_much(weight))
    return words.replace("brows", "brow").replace("eyes", "eye").replace("cheeks", "cheek").replace(
        "lip corners", "lip corner") if side else words  # fmt: skip


def _much(weight: float) -> str:
    if weight < 0.28:
        return "slightly "
    if weight < 0.53:
        return ""
    return "strongly " if weight < 0.78 else "extremely "
