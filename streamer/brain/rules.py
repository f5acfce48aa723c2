"""The brain without a model: feelings in words, and directions, become faces. No I/O, under a millisecond.

It reads the emotion first, then the line itself, then its background. What it cannot read becomes a small attentive
face: a face must always move.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from streamer.brain import directions, lexicon
from streamer.brain.lexicon import FEELINGS, Feeling, Named
from streamer.brain.signs import COMMON, SIGNS
from streamer.cues import CueSheet, Keyframe, Onset, Prompt
from streamer.face import acts
from streamer.face.describe import describe

Acts = dict[str, float]

_LONGEST: Final = 2000  # characters of a text that are read; the protocol allows no more
_CAPTION: Final = 80  # characters of a direction that go into a caption
_MOST_ACTS: Final = 9  # a face of more is mush
_THEN: Final = re.compile(
    r"(?:,\s*)?\b(?:turn(?:s|ing|ed)? (?:in)?to|becom(?:es|ing)|giv(?:es|ing) way to|followed by|and then|then"
    r"|(?:melt|collaps|dissolv|fad|break|burst|slid|shad|curdl|sour|tip|soften|crumbl)(?:s|es|ing|ping) (?:in)?to"
    r"|into)\b"
    r"|->|→"
)
_TO: Final = re.compile(r"\bto\b")
_TRUTH_FIRST: Final = re.compile(
    r"\b(?:(?:hidden|masked|concealed|covered|disguised|buried|dressed|passed off|played|wrapped|smothered|voiced|kept)"
    r"(?: \w+){0,2}? (?:behind|by|under|beneath|with|in|as)|pretending(?: to be)?|posing as|under|beneath|behind)\b"
)
_MASK_FIRST: Final = re.compile(
    r"\b(?:hiding|masking|concealing|covering|disguising|over)\b"
    r"|\bwith (?=.*\b(?:underneath|beneath|behind it|inside)\b)"
)
_HELD: Final = re.compile(
    r"\b(?:held|kept|reined) (?:in|back|down|low)|contained|suppressed|swallowed|controlled|restrained|stifled|bottled"
    r"|bit(?:ten|ing) back|chok(?:ed|ing) back|fought|fighting|mastered|in check|under control|barely held\b"
)
_SLOW: Final = re.compile(r"\b(?:slow|gradual|dawn|creep|mount|by degrees|sink(?:s|ing) in|settl)")
_SUDDEN: Final = re.compile(r"\b(?:sudden|snap|jerk|jolt|flinch|startl|at once|instant|flash|burst|bolt)")
_TRUTH: Final = ("Brow", "Eye", "Look", "Head", "Nose")  # what a mask of the mouth does not cover
_LET_OUT: Final = ("JawOpen", "MouthLowerDown", "MouthUpperUp", "MouthStretch")  # what holding a feeling in stops
_EXCLUDING: Final = (
    *acts.OPPOSITES, ("MouthSmile", "MouthFrown"), ("EyeWide", "EyeBlink"), ("EyeWide", "EyeSquint"),
    ("JawOpen", "MouthPress"),
)  # fmt: skip
_ATTENTION: Final = (
    Feeling("attention", "ease", {"BrowOuterUp": 0.22, "BrowInnerUp": 0.18, "HeadTiltRight": 0.08}),
    Feeling("attention", "ease", {"EyeSquint": 0.16, "MouthSmile": 0.18, "HeadDown": 0.08, "BrowInnerUp": 0.12}),
    Feeling("attention", "ease", {"BrowDown": 0.18, "MouthPress": 0.14, "HeadTiltLeft": 0.08, "LookDown": 0.16}),
    Feeling("attention", "ease", {"BrowOuterUpLeft": 0.24, "HeadLeft": 0.08, "EyeWide": 0.12}),
)
_SETTLING: Final = (
    {"HeadTiltLeft": 0.07}, {"HeadTiltRight": 0.07}, {"HeadDown": 0.07}, {"HeadLeft": 0.06}, {"HeadRight": 0.06},
)  # fmt: skip
_LONG_LINE: Final = 6  # words; from here on a face does not stay the same to the end of its line
_EASED: Final = 0.8  # what is left of a feeling at the end of a long line


@dataclass(frozen=True, slots=True)
class _Beat:
    """One face on the way of a line, with what it says of itself."""

    caption: str
    onset: Onset
    acts: Acts


class Rules:
    """Plans every prompt, whatever it says."""

    name: Final = "rules"

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
        return [_describe_all(prompt) if prompt.descriptions else _plan(prompt) for prompt in prompts]


def _plan(prompt: Prompt) -> CueSheet:
    line, emotion = prompt.line[:_LONGEST], prompt.emotion[:_LONGEST].lower()
    background = prompt.background[:_LONGEST].lower()
    if not (line.strip() or emotion.strip() or background.strip()):
        return CueSheet((_keyframe(0.0, _Beat("at rest", "slow", {})),))
    chance = zlib.crc32(f"{prompt.seed}|{line}|{emotion}".encode(errors="replace"))
    beats, denied = _read_emotion(emotion)
    if not beats:
        beats = _read_words(line, background, denied)
    if not beats:
        beats = [_beat(_ATTENTION[chance % len(_ATTENTION)], 1.0)]
    beats = [_stress(_without(beat, denied), line) for beat in beats[:3]]
    if len(beats) == 1 and len(line.split()) >= _LONG_LINE:
        beats.append(_settle(beats[0], chance))
    return CueSheet(tuple(_keyframe(at, beat) for at, beat in zip(_times(beats), beats, strict=True)))


def _times(beats: list[_Beat]) -> list[float]:
    first = {"snap": 0.1, "ease": 0.2, "slow": 0.3}[beats[0].onset]
    last = 0.85 if len(beats) > 1 else first
    return [first + (last - first) * i / max(1, len(beats) - 1) for i in range(len(beats))]


def _read_emotion(text: str) -> tuple[list[_Beat], set[str]]:
    """The beats of an emotion, one after another, each perhaps a blend or a mask; and the feelings it denies."""
    parts = _THEN.split(text)
    if len(parts) == 1 and all(lexicon.find(half)[0] for half in _TO.split(text, maxsplit=1)):
        parts = _TO.split(text, maxsplit=1)
    denied: set[str] = set()
    beats = [beat for part in parts if (beat := _read_part(part, denied))]
    if not beats and not denied and (shown := directions.read(text)):
        beats = [_Beat(text.strip()[:_CAPTION], "ease", shown)]
    return beats, denied


def _read_part(text: str, denied: set[str]) -> _Beat | None:
    for pattern, truth, mask in ((_TRUTH_FIRST, 0, 1), (_MASK_FIRST, 1, 0)):
        if found := pattern.search(text):
            halves = [lexicon.find(half)[0] for half in (text[: found.start()], text[found.end() :])]
            if all(halves):
                return _paced(_masked(_mixed(halves[truth]), _mixed(halves[mask])), text)
    named, ruled_out = lexicon.find(text)
    denied |= ruled_out
    if not named:
        return None
    beat = _mixed(named)
    for act, weight in directions.read(text).items():  # "smiling through tears"
        beat.acts[act] = max(weight, beat.acts.get(act, 0.0))
    return _paced(_held(beat) if _HELD.search(text) else beat, text)


def _paced(beat: _Beat, text: str) -> _Beat:
    if _SUDDEN.search(text):
        return replace(beat, onset="snap")
    return replace(beat, onset="slow") if _SLOW.search(text) else beat


def _mixed(named: list[Named]) -> _Beat:
    """One face of all the feelings that a phrase names, the first of them foremost."""
    mixed: Acts = {}
    shares = (1.0,) if len(named) == 1 else (0.75, 1.0, 0.5) if named[1].is_turn else (0.85, 0.75, 0.5)
    for one, share in zip(named, shares, strict=False):
        for act, weight in _worn(one).items():
            mixed[act] = max(mixed.get(act, 0.0), weight * one.strength * share)
    return _Beat(" and ".join(_name(one) for one in named[:3]), named[0].feeling.onset, mixed)


def _worn(named: Named) -> Acts:
    """A feeling's acts; a feigned one stays out of the cheeks and the eyes."""
    if not named.is_feigned:
        return named.feeling.acts
    shown = {act: w for act, w in named.feeling.acts.items() if not act.startswith(("Cheek", "EyeSquint"))}
    return {"BrowInnerUp": 0.18} | shown


def _masked(truth: _Beat, mask: _Beat) -> _Beat:
    """A mouth that says one thing and brows and eyes that say another; the mask's smile does not reach the cheeks."""
    shown = {act: weight * 0.8 for act, weight in truth.acts.items() if act.startswith(_TRUTH)}
    shown |= {act: weight * 0.85 for act, weight in mask.acts.items() if not act.startswith((*_TRUTH, "Cheek"))}
    if max(truth.acts, key=truth.acts.__getitem__).startswith(
        "Mouth"
    ):  # a hidden smile: it leaks through borrowed brows
        shown |= {act: weight * 0.8 for act, weight in mask.acts.items() if act.startswith("Brow")}
        shown = _over(shown, truth.acts, 0.5)
    return _Beat(f"{truth.caption} behind {mask.caption}", truth.onset, shown)


def _held(beat: _Beat) -> _Beat:
    """A feeling that is kept in: all of it less, the mouth shut on it."""
    shown = {act: weight * 0.75 for act, weight in beat.acts.items() if not act.startswith(_LET_OUT)}
    shown["MouthPress"] = max(0.34, shown.get("MouthPress", 0.0))
    return _Beat(f"{beat.caption}, held in", beat.onset, shown)


def _read_words(line: str, background: str, denied: set[str]) -> list[_Beat]:
    """What the line gives away, over a shade of its background; the background alone if the line says nothing."""
    named = lexicon.find(background, COMMON)[0]
    scene = _mixed(named) if named else None
    beats = _read_line(line, denied)
    if scene is None:
        return beats
    if not beats:
        return [_weaker(scene, 0.6)]
    return [replace(beat, acts=_over(beat.acts, scene.acts, 0.3)) for beat in beats]


def _over(shown: Acts, below: Acts, share: float) -> Acts:
    return {act: weight * share for act, weight in below.items()} | shown


def _read_line(line: str, denied: set[str]) -> list[_Beat]:
    """What the words themselves give away; of two signs far apart, the second is a beat of its own."""
    text = line.lower().replace("’", "'")
    given = [(found.start(), feeling, share) for feeling, share, words in SIGNS if (found := words.search(text))]
    signs = [sign for sign in given if not _is_denied(sign[1], denied)]
    if given and not signs:
        return []
    if not signs:
        named = [one for one in lexicon.find(text, COMMON)[0] if not _is_denied(one.feeling, denied)]
        return [_weaker(_mixed(named), 0.7)] if named else _read_marks(text)
    signs.sort(key=lambda sign: sign[0])
    (begin, first, share), (end, last, last_share) = signs[0], signs[-1]
    beats = [_beat(first, share)]
    if end - begin > len(text) / 3 and last is not first:
        beats.append(_beat(last, last_share))
    return beats


def _read_marks(line: str) -> list[_Beat]:
    """Punctuation, when the words say nothing."""
    if "?!" in line or "!?" in line:
        return [_beat(FEELINGS["surprise"], 0.6)]
    if "!" in line:
        return [_beat(FEELINGS["excitement" if line.count("!") == 1 else "alarm"], 0.5)]
    if line.rstrip().endswith("?"):
        return [_beat(FEELINGS["curiosity"], 0.7)]
    if "..." in line or "…" in line:
        return [_beat(FEELINGS["thought"], 0.6)]
    return []


def _stress(beat: _Beat, line: str) -> _Beat:
    """Capitals and exclamation marks raise the face, an ellipsis lowers it."""
    letters = [c for c in line if c.isalpha()]
    is_loud = len(letters) > 3 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    trails_off = line.rstrip().endswith(("...", "…"))
    return _weaker(beat, 1.0 + 0.25 * is_loud + 0.06 * min(3, line.count("!")) - 0.1 * trails_off)


def _settle(beat: _Beat, chance: int) -> _Beat:
    """The same feeling at the end of a long line: less of it, and the head elsewhere."""
    eased = {act: weight * _EASED for act, weight in beat.acts.items() if act not in acts.HEAD}
    return _Beat(f"{beat.caption}, easing", "slow", eased | _SETTLING[chance % len(_SETTLING)])


def _without(beat: _Beat, denied: set[str]) -> _Beat:
    """A beat without what makes the denied feelings; a face that has nothing else left attends."""
    if not denied:
        return beat
    marks = {act for name in denied for act, weight in FEELINGS[name].acts.items() if weight >= 0.25}
    shown = {act: weight for act, weight in beat.acts.items() if act not in marks}
    if max(shown.values(), default=0.0) < 0.15:
        shown = next((rest.acts for rest in _ATTENTION if not marks & rest.acts.keys()), _ATTENTION[0].acts)
    return replace(beat, acts=shown)


def _is_denied(feeling: Feeling, denied: set[str]) -> bool:
    """Whether a feeling is of the kind of a denied one: both show most in the same act."""
    return any(_foremost(feeling) == _foremost(FEELINGS[name]) for name in denied)


def _foremost(feeling: Feeling) -> str:
    return max(feeling.acts, key=feeling.acts.__getitem__)


def _beat(feeling: Feeling, strength: float) -> _Beat:
    return _mixed([Named(feeling, strength)])


def _weaker(beat: _Beat, share: float) -> _Beat:
    return replace(beat, acts={act: weight * share for act, weight in beat.acts.items()})


def _name(named: Named) -> str:
    name = f"feigned {named.feeling.name}" if named.is_feigned else named.feeling.name
    return f"strong {name}" if named.strength > 1.1 else f"slight {name}" if named.strength < 0.5 else name


def _describe_all(prompt: Prompt) -> CueSheet:
    """Described keyframes turned into values."""
    count = len(prompt.descriptions)
    keyframes = []
    for i, description in enumerate(prompt.descriptions):
        beat = _read_description(description.text[:_LONGEST])
        at = description.at if description.at is not None else 0.2 if count == 1 else (i + 0.5) / count
        made = _keyframe(at, beat)
        text = description.text if description.text.strip() else made.text
        keyframes.append(Keyframe(at, description.onset or beat.onset, text, made.values))
    return CueSheet(tuple(keyframes))


def _read_description(text: str) -> _Beat:
    """A description's directions over the feelings that it names; what it rules out stays still."""
    asked = directions.parse(text)
    named = lexicon.find(text.lower(), COMMON)[0]
    felt = _mixed(named) if named else _Beat(text, "ease", {})
    settled = asked.excluded | {_pair(act) for act in asked.shown}
    below = {act: weight for act, weight in felt.acts.items() if _pair(act) not in settled}
    shown = _over(asked.shown, below, 0.5 if len(asked.shown) >= 2 else 0.85)
    return _paced(replace(felt, acts=shown or _ATTENTION[0].acts), text.lower())


def _pair(act: str) -> str:
    return act.removesuffix("Left").removesuffix("Right") if act in acts.ONE_SIDED else act


def _keyframe(at: float, beat: _Beat) -> Keyframe:
    values = acts.to_values(_settled(beat.acts))
    return Keyframe(round(at, 3), beat.onset, f"{beat.caption}: {describe(values)}", values)


def _settled(shown: Mapping[str, float]) -> Acts:
    """The strongest acts inside their range, and of two opposite acts only what is left of the stronger."""
    strongest = sorted(shown, key=lambda act: (-shown[act], act))[:_MOST_ACTS]
    settled = {act: min(1.0, max(0.0, shown[act])) for act in strongest}
    for one, other in _EXCLUDING:
        for here, there in product(_sides_of(one, settled), _sides_of(other, settled)):
            if here in settled and there in settled and _share_a_side(here, there):
                weaker, stronger = sorted((here, there), key=settled.__getitem__)
                settled[stronger] -= settled[weaker] / 2
                del settled[weaker]
    return settled


def _sides_of(pair: str, shown: Acts) -> list[str]:
    return [act for act in (pair, pair + "Left", pair + "Right") if act in shown]


def _share_a_side(one: str, other: str) -> bool:
    is_sided = one in acts.ONE_SIDED and other in acts.ONE_SIDED
    return not is_sided or one.endswith("Left") == other.endswith("Left")
