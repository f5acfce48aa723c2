"""The words of the face: its parts, what they do, how strongly, and the acts that these mean. Tables only."""

import re
from collections.abc import Mapping
from typing import Final

PLAIN: Final = 0.4  # an act that is named without a word of strength


class Phrases:
    """Idioms that are rewritten into single words before a text is read."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._names = tuple(table.values())
        self._pattern = re.compile("|".join(rf"(\b(?:{phrase})\b)" for phrase in table))

    def rewrite(self, text: str) -> str:
        return self._pattern.sub(lambda found: f" {self._names[(found.lastindex or 1) - 1]} ", text)


def inflected(word: str) -> set[str]:
    """A verb with its endings; some of the forms that come out do not exist, which costs nothing."""
    forms = {word, word + "s", word + "es", word + "ed", word + "ing", word + word[-1] + "ed", word + word[-1] + "ing"}
    if word.endswith("e"):
        forms |= {word + "d", word[:-1] + "ing"}
    if word.endswith("y"):
        forms |= {word[:-1] + "ies", word[:-1] + "ied"}
    return forms


def _read(row: str) -> dict[str, float]:
    pairs = row.split()
    return {act: float(weight) for act, weight in zip(pairs[::2], pairs[1::2], strict=True)}


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    """Each word of each row to its row; verbs are inflected, words marked with = are taken as they are."""
    words: dict[str, str] = {}
    for name, row in table.items():
        for word in row.split():
            words |= dict.fromkeys([word[1:]] if word[0] == "=" else inflected(word), name)
    return words


_HIS: Final = r"(?:the|his|her|its|their|your|my|both|one)"
PHRASES: Final = Phrases({
    rf"corners? of {_HIS} (?:mouth|lips?)|(?:mouth|lips?) corners?": "corner",
    rf"(?:inner|medial) (?:ends? of {_HIS} )?(?:eye)?brows?(?: ends?)?|inner (?:brow )?ends": "innerbrow",
    rf"outer (?:ends? of {_HIS} )?(?:eye)?brows?(?: ends?)?|outer (?:brow )?ends": "outerbrow",
    r"(?:eye)?brows? (?:\w+ )?(?:up|raised|lifted|high|lift|rise) (?:in|at|towards?) the (?:middle|cent(?:re|er))"
    r"|(?:eye)?brows? (?:\w+ )?(?:lifted|raised|up|climbing|rising|tilted) inward"
    r"|(?:eye)?brows? (?:\w+ )?(?:oblique|peaked|pleading|worried|steepled)|worried (?:eye)?brows?": "worriedbrow",
    r"(?:eye)?brows? (?:\w+ ){0,2}(?:(?:together|in) and up|up and (?:together|in)|upward and together)": "worriedbrow",
    r"(?:a )?crease (?:\w+ )?between the (?:eye)?brows?": "brow furrowed",
    r"upper (?:eye)?lids?": "upperlid",
    r"lower (?:eye)?lids?": "lowerlid",
    r"upper (?:\w+ )?lip(?=\W|$)": "upperlip",
    r"(?:lower|bottom) (?:\w+ )?lip(?=\W|$)": "lowerlip",
    r"pushed up": "bunched",
    r"(?:nothing|no one|is|are|was|has|have|be) left(?! \w*(?:brow|eye|lid|corner|cheek|side))": "over_",
    r"side to side": "shake",
    r"frown of the mouth|(?:inverted|upside-down) smile": "corner down",
    r"keep(?:s|ing)? (?:the |his |her |their )?eyes open": "awake_",
    r"(?:light|lights|lit|lighting) up|look(?:s|ing)? up (?:to|the)(?= (?:word|number|name))": "bright_",
    r"all right|right (?:at|into|through|away|now|here|there|back|before|after|past|then|on)|that's right": "well_",
    r"(?:does not|doesn't|never|not|without) (?:quite )?reach(?:es|ing)? (?:the|his|her|their) eyes": "false_",
    r"kept (?:half )?(?:shut|closed)|(?:lips|mouth) (?:closed|shut) over": "keptshut",
    r"straight (?:ahead|at|line)": "straight_",
    r"(?:thin|hard|flat|tight|straight|firm) line": "pressed",
    r"lips? (?:just |barely |slightly |a little )?(?:parted|apart|part)": "lipsparted",
    r"look(?:s|ing)? (?:like|as if|as though|really|very|so)": "seems_",
    r"wide open|open(?:s|ed|ing)? wide": "wide open_wide",
    r"a (?:little|tiny bit|bit|touch|hint|trace|shade|fraction|flicker|ghost)|(?:hint|trace|ghost) of": "slightly",
    r"as far as|all the way|at full|to the limit|as wide as|as hard as": "extremely",
    r"not quite|almost|nearly": "rather_",
    r"with (?=(?:the |his |her |their |one |a )?(?:left |right )?eye\b)": "",
})  # fmt: skip

PARTS: Final = _by_word({
    "brow": "=brow =brows =eyebrow =eyebrows =forehead", "innerbrow": "=innerbrow", "outerbrow": "=outerbrow",
    "lid": "=lid =lids =eyelid =eyelids =lidded =lashes", "upperlid": "=upperlid", "lowerlid": "=lowerlid",
    "eye": "=eye =eyes =eyed", "gaze": "gaze glance look peer peek peep =stare =stares =staring avert",
    "cheek": "=cheek =cheeks =cheekbones", "nose": "=nose =nostril =nostrils", "jaw": "=jaw =jaws",
    "mouth": "=mouth =mouthed", "lip": "=lip =lips =lipped", "upperlip": "=upperlip", "lowerlip": "=lowerlip",
    "corner": "=corner =corners", "chin": "=chin", "tongue": "=tongue", "head": "=head =face",
    "teeth": "=teeth =tooth",
    "smile": "=smile =grin =smirk",
})  # fmt: skip
AIMED: Final = frozenset(["eye", "gaze", "head", "jaw", "mouth", "chin"])  # parts that go left or right
PARTICLES: Final = frozenset(["up", "down", "left", "right", "away", "back", "forward", "ceiling", "floor", "open"])
MOVES: Final = _by_word({
    "up": "=up =upward =upwards =upturned raise lift hoist arch climb =rise =rises =rising =rose =risen =peaked hitch "
          "=shoot =shoots =shot =leap =leaps =fly =flies =flew =flung jump =skyward =aloft haul",
    "high": "=high =higher =sky-high",
    "down": "=down =downward =downwards =downcast =downturned =lowered =lowers =lowering =lower drop =fall =falls "
            "=fell =fallen sink =sank =sunk dip droop sag =low descend =hang =hangs =hanging bow "
            "slump =inclined incline depress =sinks",
    "together": "=together knit furrow knot pinch contract gather =creased crease lock =beetled pucker",
    "open": "=open =opens =opened =opening =agape =ajar gape unhinge =slack =loose hang =apart "
            "=part =parts =parted =parting",
    "openwide": "=open_wide",
    "shut": "=shut =shuts =shutting close =seal =sealed",
    "wide": "=wide widen =huge =enormous bulge =pop =pops =popping =saucers =round stretch",
    "narrow": "narrow =slit =slits =slitted squint tense crinkle hood",
    "heavy": "=heavy =half =drooping =hooded =drowsy",
    "tight": "=tight tighten =taut stiffen",
    "squeeze": "squeeze =screwed =screws scrunch =crush =crushed =clenched =clench clench",
    "press": "press clamp compress =thin thin =sealed =seal purse_ jam",
    "stretch": "stretch drag =sideways =pulled_back =square",
    "back": "=back",
    "in": "tuck dent dimple =deepen =deepens",
    "forward": "=forward thrust jut shove =out push =stick =sticks =stuck =sticking protrude =pokes poke =shoved",
    "roll": "roll suck bite =bit =bitten =biting chew fold =caught catch =swallowed",
    "curl": "curl snarl =peeled peel =hooked",
    "wrinkle": "wrinkle crinkle scrunch flare =screwed crease",
    "puff": "puff =blown =blow =blows inflate fill balloon =puffy",
    "round": "=round =rounded round funnel =o",
    "pucker": "pucker purse =pout",
    "bare": "bare =show =shows =showing =shown =visible =gritted =grit =gritting =clenched",
    "tremble": "tremble quiver crumple bunch dimple wobble =trembling",
    "turn": "turn swing swivel =aside",
    "away": "=away =aside =sideways =sidelong avert =elsewhere",
    "tilt": "tilt cock tip lean cant",
    "shake": "=shake =shakes =shaking =shook",
    "nod": "nod",
    "ceiling": "=ceiling =sky =heaven =heavens =rafters =stars",
    "floor": "=floor =ground =feet =shoes =boots =lap =table =hands =page",
    "fade": "=fades =faded =fading =gone =vanishes =dies =disappears =empties =slips",
    "shrug": "shrug",
    "keptshut": "=keptshut", "left": "", "right": "",
})  # fmt: skip

_MEANT: Final[dict[str, dict[str, str]]] = {
    "brow": {
        "up": "BrowInnerUp .4 BrowOuterUp .4", "high": "BrowInnerUp .5 BrowOuterUp .55", "down": "BrowDown .4",
        "together": "BrowDown .4", "narrow": "BrowDown .3", "heavy": "BrowDown .35", "tight": "BrowDown .35",
        "squeeze": "BrowDown .45",
    },
    "innerbrow": {"up": "BrowInnerUp .4", "high": "BrowInnerUp .5", "together": "BrowDown .3"},
    "outerbrow": {"up": "BrowOuterUp .4", "high": "BrowOuterUp .5"},
    "lid": {
        "down": "EyeBlink .4", "heavy": "EyeBlink .4", "shut": "EyeBlink .9", "narrow": "EyeSquint .4",
        "up": "EyeWide .4", "wide": "EyeWide .4", "tight": "EyeSquint .4",
        "squeeze": "EyeBlink .85 EyeSquint .6 CheekSquint .3",
        "high": "EyeWide .5", "open": "EyeWide .3",
    },
    "upperlid": {"up": "EyeWide .4", "high": "EyeWide .5", "down": "EyeBlink .4"},
    "lowerlid": {"up": "EyeSquint .4", "tight": "EyeSquint .4", "narrow": "EyeSquint .4"},
    "eye": {
        "up": "LookUp .4", "down": "LookDown .45", "left": "LookLeft .45", "right": "LookRight .45",
        "away": "LookLeft .4", "ceiling": "LookUp .55", "floor": "LookDown .5", "wide": "EyeWide .45",
        "open": "EyeWide .35", "shut": "EyeBlink .9",
        "openwide": "EyeWide .65", "narrow": "EyeSquint .4", "heavy": "EyeBlink .4", "tight": "EyeSquint .4",
        "squeeze": "EyeBlink .85 EyeSquint .6 CheekSquint .35", "roll": "LookUp .6 EyeBlink .2",
        "wrinkle": "EyeSquint .35", "round": "EyeWide .45",
    },
    "gaze": {
        "up": "LookUp .4", "down": "LookDown .4", "left": "LookLeft .4", "right": "LookRight .4",
        "away": "LookLeft .4",
        "ceiling": "LookUp .55", "floor": "LookDown .5", "high": "LookUp .5",
    },
    "cheek": {
        "up": "CheekSquint .4", "high": "CheekSquint .45", "tremble": "CheekSquint .4", "tight": "CheekSquint .3",
        "puff": "CheekPuff .45", "round": "CheekPuff .4", "squeeze": "CheekSquint .45", "wide": "CheekPuff .4",
    },
    "nose": {
        "wrinkle": "NoseSneer .4", "squeeze": "NoseSneer .5", "up": "NoseSneer .4", "wide": "NoseSneer .35",
        "curl": "NoseSneer .4", "pucker": "NoseSneer .4", "together": "NoseSneer .35", "narrow": "NoseSneer .3",
    },
    "jaw": {
        "open": "JawOpen .4", "down": "JawOpen .5", "openwide": "JawOpen .7", "wide": "JawOpen .6",
        "forward": "JawForward .4", "left": "JawLeft .4", "right": "JawRight .4", "away": "JawLeft .35",
        "tight": "MouthPress .3", "squeeze": "MouthPress .35", "stretch": "JawLeft .3", "high": "HeadUp .25",
    },
    "mouth": {
        "open": "JawOpen .38", "openwide": "JawOpen .65", "down": "MouthFrown .4", "up": "MouthSmile .35",
        "wide": "JawOpen .5", "shut": "MouthPress .25", "tight": "MouthPress .4", "press": "MouthPress .4",
        "squeeze": "MouthPress .5",
        "left": "MouthLeft .4", "right": "MouthRight .4", "away": "MouthLeft .35", "stretch": "MouthStretch .45",
        "round": "MouthFunnel .4", "pucker": "MouthPucker .4", "narrow": "MouthPress .3",
    },
    "lip": {
        "press": "MouthPress .4", "tight": "MouthPress .4", "squeeze": "MouthPress .5", "together": "MouthPress .35",
        "shut": "MouthPress .25", "stretch": "MouthStretch .4", "back": "MouthStretch .35", "round": "MouthFunnel .4",
        "pucker": "MouthPucker .4", "forward": "MouthPucker .4", "keptshut": "MouthClose .4",
        "curl": "MouthUpperUp .4", "open": "JawOpen .18",
        "roll": "MouthRollLower .4", "in": "MouthRollLower .35 MouthRollUpper .3", "tremble": "MouthShrugLower .35",
    },
    "upperlip": {
        "up": "MouthUpperUp .4", "high": "MouthUpperUp .5", "curl": "MouthUpperUp .4", "roll": "MouthRollUpper .4",
        "in": "MouthRollUpper .4", "shrug": "MouthShrugUpper .4", "tight": "MouthRollUpper .3",
        "tremble": "MouthShrugUpper .4",
    },
    "lowerlip": {
        "down": "MouthLowerDown .4", "roll": "MouthRollLower .4", "in": "MouthRollLower .4",
        "up": "MouthShrugLower .4",
        "forward": "MouthShrugLower .45", "tremble": "MouthShrugLower .4", "curl": "MouthShrugLower .4",
    },
    "corner": {
        "up": "MouthSmile .4", "down": "MouthFrown .4", "in": "MouthDimple .4", "tight": "MouthDimple .4",
        "back": "MouthDimple .35", "stretch": "MouthStretch .4", "press": "MouthDimple .4", "wide": "MouthStretch .4",
        "curl": "MouthSmile .35",
    },
    "chin": {
        "tremble": "MouthShrugLower .4", "wrinkle": "MouthShrugLower .4", "squeeze": "MouthShrugLower .45",
        "up": "HeadUp .25", "high": "HeadUp .35", "down": "HeadDown .25", "in": "HeadDown .2", "left": "HeadLeft .3",
        "right": "HeadRight .3", "forward": "JawForward .4", "pucker": "MouthShrugLower .4", "back": "HeadDown .2",
    },
    "tongue": {"forward": "TongueOut .45", "bare": "TongueOut .35", "press": "TongueOut .25"},
    "head": {
        "up": "HeadUp .34", "high": "HeadUp .34", "back": "HeadUp .25", "down": "HeadDown .34",
        "left": "HeadLeft .34",
        "right": "HeadRight .34", "away": "HeadLeft .34", "turn": "", "shake": "HeadLeft .15", "nod": "HeadDown .2",
        "tilt": "", "floor": "HeadDown .3", "ceiling": "HeadUp .34",
    },
    "teeth": {"bare": "MouthLowerDown .4 MouthUpperUp .35", "squeeze": "MouthLowerDown .35", "open": ""},
    "smile": {"fade": "MouthSmile 0", "down": "MouthSmile 0"},
}  # fmt: skip
MEANT: Final = {(part, move): _read(row) for part, moves in _MEANT.items() for move, row in moves.items()}

_DEEDS: Final = {
    "worriedbrow": "BrowInnerUp .4", "lipsparted": "JawOpen .16",
    "=smile =smiles =smiled =smiling =smiley": "MouthSmile .4",
    "grin": "MouthSmile .52 CheekSquint .34 EyeSquint .15",
    "beam": "MouthSmile .65 CheekSquint .5 EyeSquint .2", "smirk": "MouthSmileLeft .34 MouthDimpleLeft .15",
    "laugh": "MouthSmile .55 CheekSquint .45 EyeSquint .3 JawOpen .28", "frown": "BrowDown .4",
    "scowl": "BrowDown .5 EyeSquint .28", "glower": "BrowDown .5 EyeSquint .25 HeadDown .12",
    "glare": "BrowDown .45 EyeSquint .25 EyeWide .12", "sneer": "MouthUpperUp .36 NoseSneer .3 EyeBlink .15",
    "snarl": "NoseSneer .52 MouthUpperUp .5 MouthLowerDown .32 BrowDown .45",
    "wince": "EyeSquint .48 EyeBlink .35 CheekSquint .3 BrowDown .25 MouthStretch .22",
    "flinch": "EyeBlink .45 EyeSquint .4 BrowDown .2 HeadUp .1",
    "grimace": "MouthStretch .45 EyeSquint .25 BrowDown .2",
    "=pout =pouts =pouting": "MouthShrugLower .42 MouthPucker .2",
    "pucker": "MouthPucker .4", "purse": "MouthPucker .4",
    "kiss": "MouthPucker .55", "whistle": "MouthPucker .35 MouthFunnel .35", "squint": "EyeSquint .45 BrowDown .15",
    "wink": "EyeBlinkLeft .9 CheekSquintLeft .2", "=blink =blinks =blinking": "EyeBlink .4",
    "gasp": "JawOpen .34 EyeWide .35 BrowOuterUp .25 BrowInnerUp .2", "gape": "JawOpen .42 EyeWide .3",
    "=agape": "JawOpen .42", "yawn": "JawOpen .7 EyeBlink .6 EyeSquint .3", "goggle": "EyeWide .55",
    "scream": "JawOpen .7 EyeSquint .35 MouthStretch .4", "shout": "JawOpen .5 BrowDown .35 MouthLowerDown .3",
    "sigh": "EyeBlink .3 JawOpen .1 HeadDown .08", "=nod =nods =nodding =nodded": "HeadDown .2",
    "=stare =stares =staring": "EyeWide .18", "=dimple =dimples =dimpled": "MouthDimple .35",
    "=furrowed =furrow": "BrowDown .4", "=downcast": "LookDown .45", "=gritted": "MouthLowerDown .3 MouthPress .1",
    "=unblinking": "EyeWide .15", "=crow's": "CheekSquint .35 EyeSquint .25", "=bug": "EyeWide .6",
}  # fmt: skip
DEEDS: Final = {
    form: _read(row)
    for words, row in _DEEDS.items()
    for word in words.split()
    for form in ([word[1:]] if word[0] == "=" else inflected(word))
}

_LEVELS: Final = {
    0.12: "barely faintly faint faintest hardly minimal minimally scarcely",
    0.18: "slightly slight small subtle subtly softly soft gently gentle somewhat mild mildly tiny weakly weak lightly "
          "light little fractionally",
    0.42: "moderately moderate half halfway",
    0.65: "strongly strong hard very widely big broad broadly deeply deep heavily tightly sharply sharp markedly "
          "marked fiercely fierce firmly great far wide_ really clearly",
    0.88: "extremely extreme utterly fully completely huge enormous violently violent maximum entirely totally wildly",
}  # fmt: skip
LEVELS: Final = {word: level for level, words in _LEVELS.items() for word in words.split()}
NEGATIONS: Final = frozenset(
    "no not without never nothing isn't aren't doesn't don't neither nor stops minus lacks unsmiling can't".split()
)
OTHER: Final = frozenset(["other"])  # "one brow up, the other down": the side that was not yet named
ONE: Final = frozenset("one single crooked lopsided smirk smirks smirking wink winks winking half-smile".split())

UNITS: Final = {  # FACS action units; 11 and 13 have no shape
    1: {"BrowInnerUp": 1.0}, 2: {"BrowOuterUp": 1.0}, 4: {"BrowDown": 1.0}, 5: {"EyeWide": 1.0},
    6: {"CheekSquint": 1.0}, 7: {"EyeSquint": 1.0}, 9: {"NoseSneer": 1.0}, 10: {"MouthUpperUp": 1.0},
    12: {"MouthSmile": 1.0},
    14: {"MouthDimple": 1.0}, 15: {"MouthFrown": 1.0}, 16: {"MouthLowerDown": 1.0}, 17: {"MouthShrugLower": 1.0},
    18: {"MouthPucker": 1.0}, 19: {"TongueOut": 1.0}, 20: {"MouthStretch": 1.0}, 22: {"MouthFunnel": 1.0},
    23: {"MouthPress": 0.8}, 24: {"MouthPress": 1.0}, 25: {"JawOpen": 0.3}, 26: {"JawOpen": 0.8}, 27: {"JawOpen": 1.5},
    28: {"MouthRollLower": 1.0, "MouthRollUpper": 0.8}, 29: {"JawForward": 1.0}, 34: {"CheekPuff": 1.0},
    43: {"EyeBlink": 2.0}, 45: {"EyeBlink": 2.0}, 46: {"EyeBlinkLeft": 2.0}, 51: {"HeadLeft": 1.0},
    52: {"HeadRight": 1.0}, 53: {"HeadUp": 1.0}, 54: {"HeadDown": 1.0}, 55: {"HeadTiltLeft": 1.0},
    56: {"HeadTiltRight": 1.0},
    57: {"JawForward": 0.3}, 61: {"LookLeft": 1.0}, 62: {"LookRight": 1.0}, 63: {"LookUp": 1.0},
    64: {"LookDown": 1.0},
}  # fmt: skip
