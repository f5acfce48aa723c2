"""Composed faces: a few acts drawn at random and said plainly, so that sides, amounts and negations bind to their acts.

The corpus says these things in a thousand ways but seldom one at a time. Fresh faces are composed in every epoch.
"""

import random
from collections.abc import Mapping
from typing import Final

from streamer.brain.units import from_acts
from streamer.face.acts import OPPOSITES
from train.data import Face

# act: its noun for one side, its noun for both, what is said of it
SIDED: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "BrowDown": ("brow", "brows", ("lowered", "pulled down", "drawn down", "knitted", "down")),
    "BrowOuterUp": ("brow", "brows", ("raised", "up", "lifted", "arched", "cocked")),
    "EyeSquint": ("eye", "eyes", ("squinting", "narrowed", "tensed below")),
    "EyeWide": ("eye", "eyes", ("wide", "wide open", "widened")),
    "CheekSquint": ("cheek", "cheeks", ("raised", "pushed up", "bunched")),
    "NoseSneer": ("side of the nose", "nose", ("wrinkled", "scrunched up", "crinkled")),
    "MouthSmile": ("corner of the mouth", "mouth corners", ("up", "raised", "smiling", "lifted")),
    "MouthFrown": ("corner of the mouth", "mouth corners", ("down", "turned down", "pulled down", "sagging")),
    "MouthDimple": ("corner of the mouth", "mouth corners", ("tucked in", "tightened", "drawn in")),
    "MouthStretch": ("mouth corner", "mouth corners", ("stretched back", "pulled sideways and down", "stretched")),
    "MouthPress": ("side of the lips", "lips", ("pressed together", "pressed", "clamped")),
    "MouthUpperUp": ("side of the upper lip", "upper lip", ("raised", "curled", "lifted")),
    "MouthLowerDown": ("side of the lower lip", "lower lip", ("pulled down", "lowered", "dragged down")),
}  # fmt: skip
WHOLE: Final[Mapping[str, tuple[str, ...]]] = {
    "BrowInnerUp": ("inner brows raised", "the brows lifted in the middle", "inner ends of the brows up"),
    "CheekPuff": ("cheeks puffed", "cheeks blown out"),
    "JawOpen": ("mouth open", "jaw dropped", "jaw hanging"),
    "JawForward": ("jaw thrust forward", "chin jutting"),
    "JawLeft": ("jaw shifted to the left", "jaw pushed left"),
    "JawRight": ("jaw shifted to the right", "jaw pushed right"),
    "MouthPucker": ("lips puckered", "lips pursed"),
    "MouthFunnel": ("lips rounded open", "lips in an O"),
    "MouthRollLower": ("lower lip bitten", "lower lip rolled in"),
    "MouthRollUpper": ("upper lip rolled in",),
    "MouthShrugLower": ("chin raised, lower lip pushed up", "chin bunched", "lower lip pouting"),
    "MouthShrugUpper": ("upper lip pushed up",),
    "MouthLeft": ("mouth pulled to the left", "mouth shifted left"),
    "MouthRight": ("mouth pulled to the right", "mouth shifted right"),
    "TongueOut": ("tongue out",),
    "LookUp": ("looking up", "gaze up", "eyes turned up"),
    "LookDown": ("looking down", "gaze down", "eyes lowered"),
    "LookLeft": ("looking left", "gaze to the left", "eyes turned left"),
    "LookRight": ("looking right", "gaze to the right", "eyes turned right"),
    "HeadLeft": ("head turned left", "face turned to the left"),
    "HeadRight": ("head turned right", "face turned to the right"),
    "HeadUp": ("chin up", "head tipped back"),
    "HeadDown": ("head bowed", "chin down"),
    "HeadTiltLeft": ("head tilted to the left", "head leaning left"),
    "HeadTiltRight": ("head tilted to the right", "head leaning right"),
}
AMOUNTS: Final = (
    ((0.1, 0.25), ("slightly", "a little", "barely", "faintly", "a touch", "just")),
    ((0.3, 0.5), ("", "", "", "clearly", "moderately")),
    ((0.55, 0.75), ("strongly", "hard", "a lot", "markedly")),
    ((0.8, 0.95), ("extremely", "as far as it goes", "to the utmost", "violently")),
)
EXCLUDING: Final = (
    *OPPOSITES,
    ("MouthSmile", "MouthFrown"),
    ("BrowDown", "BrowOuterUp"),
    ("EyeSquint", "EyeWide", "EyeBlink"),
    ("MouthPress", "JawOpen", "TongueOut"),
    ("MouthPucker", "MouthFunnel", "MouthSmile", "MouthStretch"),
    ("MouthPress", "MouthLowerDown", "MouthUpperUp", "MouthFunnel"),
)
NEGATED: Final = (
    ("not smiling", "MouthSmile"),
    ("without smiling", "MouthSmile"),
    ("no smile", "MouthSmile"),
    ("not frowning", "BrowDown"),
    ("brows not raised", "BrowOuterUp"),
    ("mouth closed", "JawOpen"),
    ("the mouth stays shut", "JawOpen"),
    ("nothing in the eyes", "EyeWide"),
    ("cheeks not raised", "CheekSquint"),
    ("eyes not wide", "EyeWide"),
    ("looking straight ahead", "LookUp"),
    ("the brows still", "BrowDown"),
    ("without showing teeth", "MouthLowerDown"),
)

UNITS_OF_ACTION: Final[Mapping[int, str]] = {
    1: "BrowInnerUp", 2: "BrowOuterUp", 4: "BrowDown", 5: "EyeWide", 6: "CheekSquint", 7: "EyeSquint", 9: "NoseSneer",
    10: "MouthUpperUp", 12: "MouthSmile", 14: "MouthDimple", 15: "MouthFrown", 16: "MouthLowerDown",
    17: "MouthShrugLower", 18: "MouthPucker", 20: "MouthStretch", 22: "MouthFunnel", 24: "MouthPress", 26: "JawOpen",
    43: "EyeBlink", 51: "HeadLeft", 52: "HeadRight", 53: "HeadUp", 54: "HeadDown", 55: "HeadTiltLeft",
    56: "HeadTiltRight", 61: "LookLeft", 62: "LookRight", 63: "LookUp", 64: "LookDown",
}  # fmt: skip
CODED: Final = 0.12


def compose(chance: random.Random) -> Face:
    """A random face of one to four acts, and its words; now and then in the code of the facial action units."""
    if chance.random() < CODED:
        return _coded(chance)
    acts: dict[str, float] = {}
    phrases: list[str] = []
    for act in _drawn(chance):
        (low, high), words = chance.choice(AMOUNTS)
        weight = round(chance.uniform(low, high), 2)
        how = chance.choice(words)
        if act == "EyeBlink":
            side, phrase, weight = _lids(chance)
        elif act in SIDED:
            side, phrase = _sided(act, chance)
        else:
            side, phrase = "", chance.choice(WHOLE[act])
        acts[act + side] = weight
        phrases.append(
            phrase
            if act == "EyeBlink" or not how
            else f"{how} {phrase}"
            if chance.random() < 0.3
            else f"{phrase} {how}"
        )
    if chance.random() < 0.3:
        phrase, act = chance.choice(NEGATED)
        if not any(name.startswith(act) for name in acts):
            phrases.append(phrase)
    chance.shuffle(phrases)
    text = chance.choice((", ", "; ", " and ", ", ")).join(phrases)
    return Face(text[:1].upper() + text[1:] + "." if chance.random() < 0.6 else text, from_acts(acts))


def _drawn(chance: random.Random) -> list[str]:
    drawn: list[str] = []
    for act in chance.sample([*SIDED, *WHOLE, "EyeBlink"], chance.choice((1, 1, 2, 2, 3, 4))):
        if not any(act in group and other in group for group in EXCLUDING for other in drawn):
            drawn.append(act)
    return drawn


def _sided(act: str, chance: random.Random) -> tuple[str, str]:
    one, both, said = SIDED[act]
    predicate = chance.choice(said)
    if chance.random() < 0.5:
        return "", chance.choice(
            (f"{both} {predicate}", f"both {both} {predicate}" if both.endswith("s") else f"{both} {predicate}")
        )
    side = chance.choice(("Left", "Right"))
    forms = (
        f"{side.lower()} {one} {predicate}",
        f"the {side.lower()} {one} {predicate}",
        f"only the {side.lower()} {one} {predicate}",
    )
    return side, chance.choice(forms)


def _lids(chance: random.Random) -> tuple[str, str, float]:
    side = chance.choice(("", "", "Left", "Right"))
    eye = f"{side.lower()} eye" if side else "eyes"
    if chance.random() < 0.5:
        wink = (f"a wink of the {eye}", f"winks with the {eye}") if side else ("the eyes shut", "eyes closed")
        return side, chance.choice((f"{eye} closed", f"{eye} shut", *wink)), round(chance.uniform(0.9, 1.0), 2)
    return side, chance.choice((f"{eye} half closed", f"{eye} hooded")), round(chance.uniform(0.3, 0.5), 2)


def _coded(chance: random.Random) -> Face:
    """Action units such as AU1+4+15, one amount for all."""
    numbers = sorted(chance.sample(list(UNITS_OF_ACTION), chance.choice((1, 2, 2, 3, 3, 4))))
    drawn: list[int] = []
    for number in numbers:
        act = UNITS_OF_ACTION[number]
        if not any(act in group and UNITS_OF_ACTION[other] in group for group in EXCLUDING for other in drawn):
            drawn.append(number)
    level, (bounds, words) = chance.choice(list(zip("BCDE", AMOUNTS, strict=True)))
    weight = round(chance.uniform(*bounds), 2)
    code = "AU" + "+".join(map(str, drawn))
    text = chance.choice((code, f"{code} at level {level}", f"{code}, {chance.choice(words) or 'moderate'}."))
    if text == code:
        weight = round(chance.uniform(0.4, 0.6), 2)
    if len(drawn) == 1 and UNITS_OF_ACTION[drawn[0]] in SIDED and chance.random() < 0.5:
        side = chance.choice(("Left", "Right"))
        return Face(f"{text} on the {side.lower()} only", from_acts({UNITS_OF_ACTION[drawn[0]] + side: weight}))
    return Face(text, from_acts({UNITS_OF_ACTION[n]: weight for n in drawn}))
