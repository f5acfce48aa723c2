"""Feelings and the faces that show them: one table of prototypes, and the words that name each.

The faces follow the action units that observers agree on for each feeling, put into acts; words are matched by their stem,
so "irritated" and "irritation" are one entry "irritat".
"""

import re
from dataclasses import dataclass
from typing import Final

from streamer.cues import Onset


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling's face at full strength, and how fast it comes."""

    name: str
    onset: Onset
    acts: dict[str, float]


def _feeling(name: str, onset: Onset, **shown: float) -> Feeling:
    return Feeling(name, onset, shown)


# Each feeling with the stems that name it; a stem matches from the start of a word.
_TABLE: Final[tuple[tuple[Feeling, str], ...]] = (
    (_feeling("joy", "ease", MouthSmile=0.62, CheekSquint=0.48, EyeSquint=0.2), "joy happ delight glad cheer merry bliss jolly elat jubila overjoy ecsta euphor festive radian"),
    (_feeling("excitement", "snap", MouthSmile=0.6, CheekSquint=0.36, EyeWide=0.36, BrowOuterUp=0.4, JawOpen=0.14), "excit thrill eager enthusias giddy exhilarat hyped"),
    (_feeling("amusement", "ease", MouthSmile=0.48, CheekSquint=0.42, EyeSquint=0.3, HeadTiltRight=0.08), "amus funny humor humour entertain playful joking teas mischie cheeky jest"),
    (_feeling("laughter", "snap", MouthSmile=0.72, CheekSquint=0.6, EyeSquint=0.4, JawOpen=0.34, HeadUp=0.12), "laugh haha hilari cackl giggl chuckl guffaw"),
    (_feeling("contentment", "slow", MouthSmile=0.3, CheekSquint=0.2, EyeBlink=0.14), "content satisf peace calm serene comfort relax tranquil cosy cozy ease placid"),
    (_feeling("tenderness", "slow", MouthSmile=0.32, BrowInnerUp=0.2, CheekSquint=0.2, HeadTiltRight=0.12, EyeBlink=0.1), "tender affection fond gentle warm caring adoring adorat devot motherly fatherly"),
    (_feeling("love", "slow", MouthSmile=0.4, BrowInnerUp=0.24, CheekSquint=0.28, HeadTiltLeft=0.12, EyeBlink=0.1), "love loving romantic infatuat smitten passion"),
    (_feeling("gratitude", "slow", MouthSmile=0.42, BrowInnerUp=0.28, CheekSquint=0.24, HeadDown=0.12), "grat thank apprecia indebted"),
    (_feeling("relief", "slow", MouthSmile=0.32, BrowInnerUp=0.26, EyeBlink=0.4, JawOpen=0.08, HeadDown=0.1), "relie phew reliev"),
    (_feeling("hope", "slow", BrowInnerUp=0.34, BrowOuterUp=0.16, MouthSmile=0.22, EyeWide=0.12, HeadUp=0.1), "hope hoping optimis wishful"),
    (_feeling("pride", "slow", MouthSmile=0.32, HeadUp=0.22, EyeBlink=0.14, MouthPress=0.12), "pride proud dignif honor honour noble triumphant regal"),
    (_feeling("triumph", "snap", MouthSmile=0.62, HeadUp=0.22, BrowDown=0.14, CheekSquint=0.4, JawOpen=0.16), "triumph victor exult gloat winning"),
    (_feeling("smugness", "ease", MouthSmileLeft=0.42, MouthDimpleLeft=0.24, EyeBlink=0.24, HeadUp=0.14, BrowOuterUpRight=0.2), "smug self-satisf cocky arrogan conceit haught superior vain boast swagger"),
    (_feeling("confidence", "ease", MouthSmile=0.22, HeadUp=0.12, EyeSquint=0.14), "confiden sure assured bold reassur"),
    (_feeling("friendliness", "ease", MouthSmile=0.42, CheekSquint=0.22, BrowOuterUp=0.16), "friend welcom hospit kind amiable cordial greet hello genial"),
    (_feeling("politeness", "ease", MouthSmile=0.28, MouthDimple=0.12, BrowOuterUp=0.08), "polite courte formal professional diploma service ceremon deferen"),
    (_feeling("admiration", "slow", BrowInnerUp=0.24, BrowOuterUp=0.24, MouthSmile=0.26, EyeWide=0.18), "admir impress respect rever worship"),
    (_feeling("awe", "slow", BrowInnerUp=0.4, BrowOuterUp=0.36, EyeWide=0.42, JawOpen=0.26, HeadUp=0.1), "awe wonder marvel amaze amazing astonish breathtak mesmer enchant"),
    (_feeling("surprise", "snap", BrowInnerUp=0.52, BrowOuterUp=0.56, EyeWide=0.56, JawOpen=0.34), "surpris startl shock stun unexpect disbelie incredul flabbergast"),
    (_feeling("curiosity", "ease", BrowOuterUpLeft=0.34, BrowInnerUp=0.18, EyeWide=0.16, HeadTiltRight=0.16), "curio interest intrigu inquisit fascinat attent"),
    (_feeling("confusion", "ease", BrowDown=0.3, BrowInnerUp=0.2, BrowOuterUpRight=0.28, EyeSquint=0.16, MouthLeft=0.14, HeadTiltLeft=0.14), "confus puzzl bewilder perplex baffl bemus lost disorient"),
    (_feeling("thought", "slow", LookUp=0.3, LookLeft=0.3, BrowDown=0.18, MouthPress=0.16, HeadTiltRight=0.1), "think thought ponder consider contemplat reflect muse musing calculat pensive nostalg"),
    (_feeling("doubt", "ease", BrowOuterUpRight=0.36, BrowDownLeft=0.24, MouthFrown=0.2, MouthShrugLower=0.3, HeadTiltLeft=0.1), "doubt skeptic sceptic unsure uncertain hesita unconvinc dubious wary reluct"),
    (_feeling("suspicion", "ease", EyeSquint=0.48, BrowDown=0.34, MouthPress=0.16, LookLeft=0.16, HeadLeft=0.1), "suspic distrust mistrust scrutin guarded alert vigilan watchful cautio"),
    (_feeling("concentration", "ease", BrowDown=0.34, EyeSquint=0.28, MouthPress=0.24, HeadDown=0.06), "concentrat focus determin resol intent stern serious grim steely resolute purpose"),
    (_feeling("anger", "ease", BrowDown=0.6, EyeSquint=0.32, MouthPress=0.42, NoseSneer=0.22, JawForward=0.16), "anger angr mad cross irate wrath hostil resent indigna outrag bitter vengef"),
    (_feeling("fury", "snap", BrowDown=0.78, EyeWide=0.36, NoseSneer=0.5, MouthUpperUp=0.38, MouthLowerDown=0.42, JawOpen=0.28, JawForward=0.2), "fury furi rage enrag livid seeth explod berserk screaming rabid"),
    (_feeling("irritation", "ease", BrowDown=0.36, EyeSquint=0.22, MouthPress=0.26, MouthDimple=0.12), "irrit annoy frustrat impatien exasperat grump testy fed vex peeved agitat sulk"),
    (_feeling("hatred", "slow", BrowDown=0.58, EyeSquint=0.42, NoseSneer=0.34, MouthUpperUp=0.28, MouthPress=0.14, HeadDown=0.1), "hate hatred loath despis detest malic venom spite vicious"),
    (_feeling("menace", "slow", BrowDown=0.5, EyeSquint=0.3, MouthSmileRight=0.2, HeadDown=0.16), "menac threat sinister ominous predator dangerous cruel sadis evil"),
    (_feeling("defiance", "ease", BrowDown=0.4, HeadUp=0.2, JawForward=0.26, MouthPress=0.3), "defian rebel stubborn resist challeng provoc"),
    (_feeling("contempt", "slow", MouthDimpleLeft=0.46, MouthUpperUpLeft=0.16, EyeBlink=0.28, HeadUp=0.14, BrowOuterUpLeft=0.16), "contempt disdain scorn dismiss condescen mock derisi patroni sneer"),
    (_feeling("sarcasm", "ease", MouthDimpleRight=0.34, BrowOuterUpRight=0.36, EyeBlink=0.26, HeadTiltRight=0.12), "sarcas irony ironic dry wry sardonic snark"),
    (_feeling("disgust", "ease", NoseSneer=0.56, MouthUpperUp=0.46, BrowDown=0.36, EyeSquint=0.34, HeadRight=0.12), "disgust revolt repuls gross nause sick yuck appal repugn"),
    (_feeling("sadness", "slow", BrowInnerUp=0.52, MouthFrown=0.42, MouthShrugLower=0.2, EyeBlink=0.24, LookDown=0.3, HeadDown=0.12), "sad sorrow unhapp melanchol gloom down blue mournful depress deject heartbr forlorn lonel lonely"),
    (_feeling("grief", "slow", BrowInnerUp=0.72, BrowDown=0.2, MouthFrown=0.52, MouthShrugLower=0.46, EyeSquint=0.34, EyeBlink=0.28, HeadDown=0.16), "grief griev mourn weep crying cry sob tears tearful anguish devastat wail"),
    (_feeling("despair", "slow", BrowInnerUp=0.62, MouthFrown=0.36, EyeBlink=0.36, HeadDown=0.26, LookDown=0.4, JawOpen=0.08), "despair hopeless desperat broken defeat resign surrender giving"),
    (_feeling("disappointment", "slow", BrowInnerUp=0.3, MouthFrown=0.32, MouthPress=0.2, EyeBlink=0.2, HeadDown=0.1, LookDown=0.2), "disappoint letdown regret remorse dismay discourag"),
    (_feeling("guilt", "slow", BrowInnerUp=0.44, LookDown=0.5, HeadDown=0.2, MouthPress=0.26, MouthFrown=0.16), "guilt asham shame sorry apolog contrit repent sheepish"),
    (_feeling("embarrassment", "ease", MouthSmile=0.26, MouthPress=0.3, LookDown=0.4, LookLeft=0.24, BrowInnerUp=0.26, HeadDown=0.12), "embarrass awkward shy bashful coy flust humiliat blush self-consc"),
    (_feeling("pity", "slow", BrowInnerUp=0.46, MouthFrown=0.16, HeadTiltLeft=0.14, MouthPress=0.12), "pity compassion sympath empath consol concern"),
    (_feeling("pain", "snap", BrowDown=0.56, EyeSquint=0.6, EyeBlink=0.46, CheekSquint=0.46, MouthStretch=0.44, MouthUpperUp=0.26), "pain hurt agony ache wound suffer tortur sting injur wince"),
    (_feeling("fear", "snap", BrowInnerUp=0.58, BrowOuterUp=0.4, BrowDown=0.2, EyeWide=0.62, MouthStretch=0.48, HeadUp=0.06), "fear afraid scare fright terrif spook dread"),
    (_feeling("terror", "snap", BrowInnerUp=0.76, BrowOuterUp=0.5, BrowDown=0.24, EyeWide=0.86, MouthStretch=0.68, JawOpen=0.4, HeadUp=0.12), "terror horror horrif panic petrif hyster"),
    (_feeling("anxiety", "ease", BrowInnerUp=0.44, BrowDown=0.12, EyeWide=0.22, MouthPress=0.3, MouthStretch=0.14, LookDown=0.12), "anxi nervous worr uneas apprehen tense tension stress restless jitter insecur fret"),
    (_feeling("urgency", "snap", BrowInnerUp=0.3, BrowDown=0.26, EyeWide=0.44, HeadDown=0.06, JawOpen=0.1), "urgen hurry frantic alarm emergenc warning desperate rush"),
    (_feeling("pleading", "ease", BrowInnerUp=0.66, EyeWide=0.22, MouthFrown=0.16, HeadTiltLeft=0.12, MouthShrugLower=0.16), "plead beg implor beseech appeal"),
    (_feeling("weariness", "slow", EyeBlink=0.42, BrowOuterUp=0.16, MouthFrown=0.12, HeadDown=0.12, JawOpen=0.05), "wear tired exhaust fatigu sleep drows drain worn listless"),
    (_feeling("boredom", "slow", EyeBlink=0.38, LookUp=0.2, LookRight=0.24, MouthFrown=0.14, MouthShrugLower=0.16, HeadTiltRight=0.1), "bore boring indifferen apath uninterest unimpress jaded blas"),
    (_feeling("drunkenness", "slow", EyeBlink=0.4, EyeBlinkLeft=0.5, MouthSmileRight=0.26, JawOpen=0.12, HeadTiltLeft=0.16), "drunk tipsy inebriat intoxic slur"),
    (_feeling("jealousy", "slow", BrowDown=0.36, EyeSquint=0.34, MouthPress=0.26, MouthFrown=0.16, LookLeft=0.2), "jealous env covet"),
    (_feeling("greed", "ease", EyeSquint=0.24, BrowOuterUpRight=0.26, MouthSmileRight=0.3, MouthRollLower=0.2, LookDown=0.14), "greed avari hungr lust craving tempt"),
    (_feeling("flirtation", "ease", MouthSmileLeft=0.4, BrowOuterUpRight=0.3, EyeBlink=0.16, HeadTiltLeft=0.14, HeadDown=0.06), "flirt seduc coquet charm sultry"),
    (_feeling("slyness", "ease", MouthSmileRight=0.36, EyeSquint=0.3, BrowDownRight=0.14, LookRight=0.14), "sly cunning scheming crafty conspirator secret devious shrewd furtive sneak"),
    (_feeling("command", "ease", BrowDown=0.34, HeadUp=0.12, JawForward=0.1, EyeWide=0.14), "command order authorit barking firm strict"),
    (_feeling("coldness", "slow", EyeSquint=0.14, MouthPress=0.2, BrowDown=0.1, HeadUp=0.08), "cold icy detach distant aloof stoic stony blank neutral emotionless flat numb deadpan expressionless unreadable"),
    (_feeling("longing", "slow", BrowInnerUp=0.34, LookUp=0.14, EyeBlink=0.14, MouthFrown=0.1), "homesick longing yearn wist bittersweet"),
    (_feeling("effort", "ease", BrowDown=0.44, EyeSquint=0.44, CheekSquint=0.3, MouthPress=0.4, NoseSneer=0.2), "effort strain struggl exert lifting breathless"),
)  # fmt: skip
FEELINGS: Final = {feeling.name: feeling for feeling, _ in _TABLE}
_STEMS: Final = {stem: feeling for feeling, stems in _TABLE for stem in stems.split()}
_LONGEST: Final = max(len(stem) for stem in _STEMS)
_SHORTEST: Final = min(len(stem) for stem in _STEMS)
_EXACT: Final = frozenset(
    "sad mad cry love sure warm down blue wear env fed order firm dry flat lost grat thank kind ease hate".split()
)  # stems that begin other words, too: these take only the endings of their own kind
_ENDINGS: Final = re.compile(
    r"(?:s|es|ed|d|ing|ly|ness|y|ful|fully|er|est|ened|r|some|ier|iest|iness|ily|ies|ied|ous|ously|iful|itude|eful|efully|ier|ening|ation|ly)?"
)


def feeling(word: str) -> Feeling | None:
    """The feeling that a lower-case word names, by its longest stem."""
    for length in range(min(len(word), _LONGEST), _SHORTEST - 1, -1):
        found = _STEMS.get(word[:length])
        if found is not None and (word[:length] not in _EXACT or _ENDINGS.fullmatch(word[length:])):
            return found
    return None
