"""Directions in words: "inner brows up, lips pressed hard, no smile" as named acts and their strength.

A text is read clause by clause. A clause holds acts (what moves), sides, one intensity and perhaps a negation; each is a
table of patterns here. What it does not know it leaves out.
"""

import re
from typing import Final

from streamer.face import acts

_MODERATE: Final = 0.45
_INTENSITIES: Final[tuple[tuple[str, float], ...]] = (
    (r"barely|faint(ly|est)?|hint of|hardly|the slightest|minimal(ly)?|ghost of|trace of|just a touch", 0.14),
    (r"slight(ly)?|a little|a bit|small|subtl[ey]|soft(ly)?|gentl[ey]|somewhat|mild(ly)?|tiny|weak(ly)?|a touch", 0.2),
    (r"extreme(ly)?|utter(ly)?|as far as|full(y)?|complete(ly)?|huge|enormous|at full blast|violent(ly)?|maximum", 0.85),
    (r"strong(ly)?|hard|very|widely|big|broad(ly)?|deep(ly)?|high|heav(y|ily)|tight(ly)?|sharp(ly)?|clamped"
     r"|marked(ly)?|fierce(ly)?|firm(ly)?|great|flung|far", 0.65),
    (r"moderate(ly)?|half", 0.45),
)  # fmt: skip
_FACS_LETTERS: Final = {"A": 0.12, "B": 0.25, "C": 0.45, "D": 0.65, "E": 0.88}
_NOT: Final = re.compile(
    r"\b(no|not|without|never|nothing|isn't|aren't|doesn't|don't|neither|nor|stops?|minus|lacks?|un)\b"
)
_CLAUSE: Final = re.compile(
    r"[,.;:!?()\n]+|\s[-–—]+\s|\b(?:and|but|while|with(?! (?:the|his|her|their|one|a) (?:left |right )?eye)|yet|then|although|though)\b|(?=\bwithout\b)"
)
_LEFT: Final = re.compile(r"\bleft\b")
_RIGHT: Final = re.compile(r"\bright\b")
_ONE_SIDE: Final = re.compile(r"\b(one|single|crooked|lopsided|half)\b")

_UP: Final = r"(?:up|raised?s?|lift(?:s|ed|ing)?|rais(?:es|ing)|hoisted|high|ris(?:e|es|ing)|rose|arch(?:ed|es)?|shoots? up|flung up|cocked)"
_DOWN: Final = r"(?:down|lower(?:s|ed|ing)?|drop(?:s|ped)?|drawn together|drawn down|knit(?:ted)?|furrow(?:s|ed)?|pulled (?:down|together)|contract(?:ed)?|draw together|low)"
_GAP: Final = r"\W+(?:\w+\W+){0,3}?"
_ACTS: Final[tuple[tuple[str, dict[str, float]], ...]] = (
    (rf"inner (?:eye)?brows?(?: ends?)?{_GAP}{_UP}|(?:eye)?brows? oblique|worried (?:eye)?brows?|(?:eye)?brows?\W+(?:\w+\W+){{0,2}}worried|raised inner", {"BrowInnerUp": 1}),
    (rf"outer (?:eye)?brows?(?: ends?)?{_GAP}{_UP}", {"BrowOuterUp": 1}),
    (rf"(?<!inner )(?<!outer )(?:eye)?brows?{_GAP}{_UP}|{_UP} (?:\w+ )?(?<!inner )(?<!outer )(?:eye)?brows?", {"BrowOuterUp": 1, "BrowInnerUp": 0.8}),
    (rf"(?:eye)?brows?{_GAP}{_DOWN}|{_DOWN} (?:eye)?brows?|frown(?:s|ing)?(?! of the mouth)|scowl(?:s|ing)?|glower(?:s|ing)?|furrowed", {"BrowDown": 1}),
    (r"wink(?:s|ing)?", {"EyeBlink": 2.0}),
    (r"(?:eye)?lids?\W+(?:\w+\W+){0,2}?(?:closed?|shut|lowered|down|droop(?:s|ing)?|heavy)|eyes?\W+(?:\w+\W+){0,2}?(?:closed?|shut|squeezed)|(?:closes?|shuts?) (?:\w+ )?eyes?|half[- ]lidded|heavy[- ]lidded|blinks?", {"EyeBlink": 1}),
    (r"eyes?\W+(?:\w+\W+){0,2}?(?:narrow(?:s|ed|ing)?|squint(?:s|ed|ing)?|tense|tight(?:ened)?)|narrow(?:s|ed)? (?:\w+ )?eyes?|squint(?:s|ing)?|narrowed", {"EyeSquint": 1}),
    (r"wide[- ]eyed|wide eyes|eyes?\W+(?:\w+\W+){0,2}?(?:wide|huge|open|bulg(?:e|ing)|pop(?:s|ping)?)|widen(?:s|ed|ing)?|upper lids?\W+(?:\w+\W+){0,2}?raised|star(?:es|ing)", {"EyeWide": 1}),
    (r"(?:look|gaz|glanc|eyes?|star|peer)\w*\W+(?:\w+\W+){0,3}?(?:up\b|upwards?|skyward|(?:the )?ceiling)|rolls? (?:\w+ )?eyes|eye[- ]roll", {"LookUp": 1}),
    (r"(?:look|gaz|glanc|eyes?|star|peer|avert)\w*\W+(?:\w+\W+){0,3}?(?:down\b|downwards?|downcast|lowered|drop(?:s|ped)?|(?:the )?floor)|downcast", {"LookDown": 1}),
    (r"(?:look|gaz|glanc|eyes?|star|peer|dart)\w*\W+(?:\w+\W+){0,3}?left", {"LookLeft": 1}),
    (r"(?:look|gaz|glanc|eyes?|star|peer|dart)\w*\W+(?:\w+\W+){0,3}?right", {"LookRight": 1}),
    (r"(?:look|gaz|glanc)\w*\W+(?:\w+\W+){0,2}?(?:away|aside|sideways)", {"LookLeft": 1}),
    (r"cheeks?\W+(?:\w+\W+){0,2}?(?:raised?|up|bunched|lift(?:ed)?)|crow's feet|cheek raiser", {"CheekSquint": 1}),
    (r"cheeks?\W+(?:\w+\W+){0,2}?(?:puff(?:s|ed)?|blown)|puffs? (?:\w+ )*cheeks?|puffed", {"CheekPuff": 1}),
    (r"nose\W+(?:\w+\W+){0,2}?(?:wrinkl(?:es|ed|ing)?|scrunch(?:es|ed)?|crinkl\w+)|wrinkl\w+ (?:\w+ )?nose|nostrils? flar\w+|sneer(?:s|ing)?|snarl(?:s|ing)?", {"NoseSneer": 1}),
    (r"jaw\W+(?:\w+\W+){0,2}?(?:open|drop(?:s|ped)?|hang(?:s|ing)?|slack|falls?)|mouth\W+(?:\w+\W+){0,2}?(?:open|agape|ajar|falls?)|open[- ]mouthed|gasps?|yawn(?:s|ing)?|gap(?:es|ing)|agape|lips\W+(?:\w+\W+){0,1}?part(?:ed)?|laugh(?:s|ing)?|screams?|shout(?:s|ing)?", {"JawOpen": 1}),
    (r"jaw\W+(?:\w+\W+){0,2}?(?:forward|thrust|jut(?:s|ting)?|out\b)|juts? (?:\w+ )?jaw", {"JawForward": 1}),
    (r"jaw\W+(?:\w+\W+){0,3}?left", {"JawLeft": 1}),
    (r"jaw\W+(?:\w+\W+){0,3}?right", {"JawRight": 1}),
    (r"smil(?:e|es|ed|ing)|grin(?:s|ning)?|smirk(?:s|ing)?|beam(?:s|ing)?|(?:lip|mouth) corners?\W+(?:\w+\W+){0,2}?(?:up|raised|lift(?:ed)?)", {"MouthSmile": 1}),
    (r"(?:lip|mouth)? ?corners?\W+(?:\w+\W+){0,3}?(?:down\w*|drop(?:s|ped)?|turned down|sag(?:s|ging)?|depress\w+)|frown of the mouth|mouth\W+(?:\w+\W+){0,1}?(?:turned down|downturned)", {"MouthFrown": 1}),
    (r"(?:lip|mouth)? ?corners?\W+(?:\w+\W+){0,3}?(?:tuck(?:s|ed)?|drawn (?:in|back)|tight(?:ened)?)|dimple[sd]?|dimpler", {"MouthDimple": 1}),
    (r"(?:lip|mouth)? ?corners?\W+(?:\w+\W+){0,3}?(?:stretch(?:es|ed)?|pulled (?:sideways|back|wide|aside)|sideways)|lips?\W+(?:\w+\W+){0,2}?(?:stretch(?:es|ed)?|pulled back|dragged)|grimac(?:e|es|ing)", {"MouthStretch": 1}),
    (r"lips?\W+(?:\w+\W+){0,3}?(?:press(?:es|ed)?|tight(?:ened|ly)?|clamp(?:s|ed)?|compress(?:es|ed)?|thin(?:ned)?|sealed|squeezed)|press(?:es|ed)? (?:\w+ )?lips|tight[- ]lipped|mouth\W+(?:\w+\W+){0,2}?(?:clamped|tight|a (?:thin|hard) line)", {"MouthPress": 1}),
    (r"upper lip\W+(?:\w+\W+){0,2}?(?:raised?|lift(?:s|ed)?|curl(?:s|ed)?|up)|curl(?:s|ed|ing)? (?:\w+ )?lip|lip curl(?:s|ed)?|snarl(?:s|ing)?", {"MouthUpperUp": 1}),
    (r"lower lip\W+(?:\w+\W+){0,2}?(?:lower(?:s|ed)?|down|drop(?:s|ped)?|depress\w+)|(?:bares?|bared|baring|shows?|showing) (?:\w+ )?teeth|teeth (?:bared|shown|showing)", {"MouthLowerDown": 1}),
    (r"pucker(?:s|ed|ing)?|purs(?:e|es|ed|ing)|kiss\w*|lips?\W+(?:\w+\W+){0,2}?pushed (?:out|forward)", {"MouthPucker": 1}),
    (r"lips?\W+(?:\w+\W+){0,2}?(?:round(?:s|ed)?|funnel\w*)|whistl\w+|mouth\W+(?:\w+\W+){0,2}?(?:round(?:ed)?|an o\b)", {"MouthFunnel": 1}),
    (r"lower lip\W+(?:\w+\W+){0,2}?(?:rolled|bitten|sucked|tucked|caught)|bit(?:es|ing)\W+(?:\w+\W+){0,2}?lip|chews? (?:\w+ )?lip|rolls? (?:\w+ )?lower lip", {"MouthRollLower": 1}),
    (r"upper lip\W+(?:\w+\W+){0,2}?(?:rolled|sucked|tucked)|lips\W+(?:\w+\W+){0,2}?(?:rolled in|sucked in)", {"MouthRollUpper": 1}),
    (r"chin\W+(?:\w+\W+){0,2}?(?:raised|bunched|pushed up|trembl\w+|crumpl\w+|puckered)|pout(?:s|ing)?|lower lip\W+(?:\w+\W+){0,2}?(?:pushed (?:up|out)|out|trembl\w+)", {"MouthShrugLower": 1}),
    (r"upper lip\W+(?:\w+\W+){0,1}?shrug\w*", {"MouthShrugUpper": 1}),
    (r"mouth\W+(?:\w+\W+){0,3}?(?:to the |shifted |pulled |twisted )(?:\w+ )?left", {"MouthLeft": 1}),
    (r"mouth\W+(?:\w+\W+){0,3}?(?:to the |shifted |pulled |twisted )(?:\w+ )?right", {"MouthRight": 1}),
    (r"lips?\W+(?:\w+\W+){0,2}?(?:kept )?(?:shut|closed)(?: over)?", {"MouthClose": 1}),
    (r"tongue", {"TongueOut": 1}),
    (r"(?:head|face|turn\w*)\W+(?:\w+\W+){0,3}?(?<!tilted )(?<!tilts )(?:to the |turned |towards? (?:the )?)?left", {"HeadLeft": 1}),
    (r"(?:head|face|turn\w*)\W+(?:\w+\W+){0,3}?(?<!tilted )(?<!tilts )(?:to the |turned |towards? (?:the )?)?right", {"HeadRight": 1}),
    (r"turns?\W+(?:\w+\W+){0,2}?away|head\W+(?:\w+\W+){0,2}?(?:aside|away)", {"HeadLeft": 1}),
    (r"(?:head|chin(?!(?: \w+)? pushed))\W+(?:\w+\W+){0,2}?(?:up\b|raised|lift(?:s|ed)?|thrown back|back|high|tipped back)", {"HeadUp": 1}),
    (r"(?:head|chin)\W+(?:\w+\W+){0,2}?(?:down\b|low(?:ered)?|bow(?:s|ed)?|drop(?:s|ped)?|sinks?|hangs?|dips?)|nod(?:s|ded|ding)?", {"HeadDown": 1}),
    (r"(?:head\W+(?:\w+\W+){0,2}?)?(?:tilt|cock|lean|tip)\w*(?: (?:of |\w+ )?head)?\W+(?:\w+\W+){0,3}?left", {"HeadTiltLeft": 1}),
    (r"(?:head\W+(?:\w+\W+){0,2}?)?(?:tilt|cock|lean|tip)\w*(?: (?:of |\w+ )?head)?\W+(?:\w+\W+){0,3}?right", {"HeadTiltRight": 1}),
    (r"head\W+(?:\w+\W+){0,2}?(?:tilt|cock)\w*$|(?:tilts?|cocks?) (?:\w+ )?head$", {"HeadTiltRight": 1}),
)  # fmt: skip
_FACS: Final = re.compile(r"\bAU\s?((?:[LR]?\d{1,2}[A-E]?[LR]?)(?:\s?[+,]\s?(?:AU)?[LR]?\d{1,2}[A-E]?[LR]?)*)")
_UNIT: Final = re.compile(r"([LR]?)(\d{1,2})([A-E]?)([LR]?)")
_UNITS: Final[dict[int, dict[str, float]]] = {
    1: {"BrowInnerUp": 1}, 2: {"BrowOuterUp": 1}, 4: {"BrowDown": 1}, 5: {"EyeWide": 1}, 6: {"CheekSquint": 1},
    7: {"EyeSquint": 1}, 9: {"NoseSneer": 1}, 10: {"MouthUpperUp": 1}, 12: {"MouthSmile": 1}, 14: {"MouthDimple": 1},
    15: {"MouthFrown": 1}, 16: {"MouthLowerDown": 1}, 17: {"MouthShrugLower": 1}, 18: {"MouthPucker": 1},
    19: {"TongueOut": 1}, 20: {"MouthStretch": 1}, 22: {"MouthFunnel": 1}, 23: {"MouthPress": 0.8}, 24: {"MouthPress": 1},
    25: {"JawOpen": 0.3}, 26: {"JawOpen": 0.8}, 27: {"JawOpen": 1.5}, 28: {"MouthRollLower": 1, "MouthRollUpper": 0.8},
    34: {"CheekPuff": 1}, 43: {"EyeBlink": 2}, 45: {"EyeBlink": 2},
    51: {"HeadLeft": 1}, 52: {"HeadRight": 1}, 53: {"HeadUp": 1}, 54: {"HeadDown": 1}, 55: {"HeadTiltLeft": 1},
    56: {"HeadTiltRight": 1}, 61: {"LookLeft": 1}, 62: {"LookRight": 1}, 63: {"LookUp": 1}, 64: {"LookDown": 1},
}  # fmt: skip
_COMPILED: Final = tuple((re.compile(rf"\b(?:{pattern})"), moves) for pattern, moves in _ACTS)
_COMPILED_INTENSITIES: Final = tuple((re.compile(rf"\b(?:{words})\b"), weight) for words, weight in _INTENSITIES)


def read(text: str) -> dict[str, float]:
    """The acts that a description asks for, 0..1; empty when it names none."""
    found = _read_units(text)
    for clause in _CLAUSE.split(_FACS.sub(" ", text).lower()):
        if not clause or not clause.strip():
            continue
        is_negated = _NOT.search(clause) is not None
        for act, weight in _read_clause(clause).items():
            if is_negated:
                found.pop(act, None)
            else:
                found[act] = max(weight, found.get(act, 0.0))
    return found


def intensity(clause: str, otherwise: float = _MODERATE) -> float:
    """How strong the words of a clause are: slight 0.2 ... extreme 0.85; `otherwise` when they do not say."""
    for pattern, weight in _COMPILED_INTENSITIES:
        if pattern.search(clause):
            return weight
    return otherwise


def _read_clause(clause: str) -> dict[str, float]:
    strength = intensity(clause)
    side = _side(clause)
    found: dict[str, float] = {}
    for pattern, moves in _COMPILED:
        if pattern.search(clause):
            for act, share in moves.items():
                sided = act + side if act in acts.PAIRED else act
                found[sided] = min(1.0, strength * share)
    return _without_contradictions(found)


def _side(clause: str) -> str:
    left, right = _LEFT.search(clause), _RIGHT.search(clause)
    if left and not right:
        return "Left"
    if right and not left:
        return "Right"
    if _ONE_SIDE.search(clause) or "smirk" in clause or "wink" in clause:
        return "Left"
    return ""


def _without_contradictions(found: dict[str, float]) -> dict[str, float]:
    """One clause has one meaning: what a more exact pattern of the same clause said wins."""
    for weaker, stronger in (("EyeWide", "EyeSquint"), ("EyeWide", "EyeBlink"), ("HeadLeft", "HeadTiltLeft"),
                             ("HeadRight", "HeadTiltRight"), ("MouthSmile", "MouthFrown"), ("BrowDown", "MouthFrown"),
                             ("HeadLeft", "LookLeft"), ("HeadRight", "LookRight"), ("MouthClose", "MouthPress")):  # fmt: skip
        if any(act.startswith(stronger) for act in found):
            for act in [act for act in found if act.startswith(weaker)]:
                del found[act]
    return found


def _read_units(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for codes in _FACS.finditer(text):
        clause = text[codes.end() :].split(".")[0].split(";")[0][:60].lower()
        for before, unit, letter, after in _UNIT.findall(codes[1]):
            strength = _FACS_LETTERS.get(letter) or intensity(clause)
            side = {"L": "Left", "R": "Right"}.get(before or after) or _side(clause)
            for act, share in _UNITS.get(int(unit), {}).items():
                sided = act + side if act in acts.PAIRED else act
                found[sided] = min(1.0, strength * share)
    return found
