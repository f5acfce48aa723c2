"""The brain without a model: feelings in words, and directions, become faces. No I/O, under a millisecond.

It reads the emotion first, then the line itself, then its background. What it cannot read becomes a small attentive
face: a face must always move.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streamer.brain import directions, lexicon
from streamer.brain.lexicon import FEELINGS, Feeling
from streamer.brain.signs import COMMON, SIGNS
from streamer.cues import CueSheet, Description, Keyframe, Onset, Prompt
from streamer.face import acts
from streamer.face.describe import describe

Acts = dict[str, float]

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_THEN: Final = re.compile(
    r"\b(?:turn(?:s|ing|ed)? (?:in)?to|becom(?:es|ing)|giv(?:es|ing) way to|melt(?:s|ing)? into|then|into"
    r"|followed by|fad(?:es|ing) (?:in)?to)\b|->|→"
)
_MASK: Final = re.compile(
    r"\b(?:hidden|hiding|masked|concealed|covered|disguised|buried|held|kept)\b(?: \w+){0,2}?"
    r" (?:behind|by|under|beneath|with|in)|\b(?:under|beneath|behind|masking|over)\b"
)
_NEGATION: Final = frozenset("not no never without isn't hardly un free lack lacking".split())
_STRONG: Final = frozenset(
    "very extremely furiously utterly deeply totally absolutely pure sheer wild wildly intense intensely "
    "overwhelming complete completely total extreme raw great huge so really burning blind mad".split()
)
_WEAK: Final = frozenset(
    "slight slightly barely faint faintly mild mildly somewhat bit little hint touch trace quiet quietly "
    "soft softly subtle subtly vague vaguely almost half restrained contained suppressed dull small".split()
)
_TRUTH: Final = ("Brow", "Eye", "Look", "Head", "Nose")  # what a mask of the mouth does not cover

_EXCLUDING: Final = (*acts.OPPOSITES, ("MouthSmile", "MouthFrown"), ("EyeWide", "EyeBlink"))
_ATTENTION: Final = (
    Feeling("attention", "ease", {"BrowOuterUp": 0.16, "BrowInnerUp": 0.1, "HeadTiltRight": 0.08}),
    Feeling("attention", "ease", {"EyeSquint": 0.14, "MouthSmile": 0.12, "HeadDown": 0.07}),
    Feeling("attention", "ease", {"BrowDown": 0.14, "MouthPress": 0.1, "HeadTiltLeft": 0.08}),
    Feeling("attention", "ease", {"BrowOuterUpLeft": 0.18, "HeadLeft": 0.08, "EyeWide": 0.08}),
)


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
    if not (prompt.line.strip() or prompt.emotion.strip() or prompt.background.strip()):
        return CueSheet((_keyframe(0.0, _Beat("at rest", "slow", {})),))
    beats = _read_emotion(prompt.emotion.lower()) or _read_line(prompt.line) or _read_background(prompt.background)
    if not beats:
        choice = zlib.crc32(f"{prompt.seed}|{prompt.line}|{prompt.emotion}".encode(errors="replace"))
        beats = [_beat(_ATTENTION[choice % len(_ATTENTION)], 1.0)]
    beats = [_stress(beat, prompt.line) for beat in beats[:3]]
    first = 0.1 if beats[0].onset == "snap" else 0.2
    last = 0.7 if len(beats) > 1 else first
    ats = [first + (last - first) * i / max(1, len(beats) - 1) for i in range(len(beats))]
    return CueSheet(tuple(_keyframe(at, beat) for at, beat in zip(ats, beats, strict=True)))


def _read_emotion(text: str) -> list[_Beat]:
    """The beats of an emotion: feelings after one another, each perhaps a blend or a mask."""
    beats = []
    for part in _THEN.split(text):
        masked = _MASK.search(part)
        beat = _blend(part)
        if masked:
            truth, mask = _blend(part[: masked.start()]), _blend(part[masked.end() :])
            beat = _mask(truth, mask) if truth and mask else beat
        if beat:
            beats.append(beat)
    return beats


def _blend(text: str) -> _Beat | None:
    """One face of all the feelings that a phrase names; with none, of the directions that it gives."""
    found: list[tuple[Feeling, float]] = []
    strength, is_negated = 1.0, False
    for word in _WORD.findall(text):
        if word in _NEGATION:
            is_negated = True
        elif word in _STRONG:
            strength = 1.3
        elif word in _WEAK:
            strength = 0.4
        elif feeling := lexicon.feeling(word):
            if not is_negated and all(feeling is not other for other, _ in found):
                found.append((feeling, strength))
            strength, is_negated = 1.0, False
        elif word in ("but", "and", "yet"):
            is_negated = False
    if not found:
        shown = directions.read(text)
        return _Beat(text.strip()[:80], "ease", shown) if shown else None
    return _mix(found)


def _mix(found: list[tuple[Feeling, float]]) -> _Beat:
    share = 1.0 if len(found) == 1 else 0.75
    mixed: Acts = {}
    for feeling, strength in found[:3]:
        for act, weight in feeling.acts.items():
            mixed[act] = max(mixed.get(act, 0.0), weight * strength * share)
    onset = min((feeling.onset for feeling, _ in found), key=("snap", "ease", "slow").index)
    names = " and ".join(_named(feeling, strength) for feeling, strength in found[:3])
    return _Beat(names, onset, mixed)


def _mask(truth: _Beat, mask: _Beat) -> _Beat:
    """A mouth that says one thing and brows and eyes that say another; the mask's smile does not reach the cheeks."""
    shown = {act: weight * 0.75 for act, weight in truth.acts.items() if act.startswith(_TRUTH)}
    shown |= {act: weight * 0.8 for act, weight in mask.acts.items() if not act.startswith((*_TRUTH, "Cheek"))}
    return _Beat(f"{truth.caption} behind {mask.caption}", truth.onset, shown)


def _read_line(line: str) -> list[_Beat]:
    """What the words themselves give away; of two signs far apart, the second is a beat of its own."""
    text = line.lower().replace("’", "'")
    signs = [(match.start(), _beat(feeling, share)) for feeling, share, words in SIGNS if (match := words.search(text))]
    if not signs:
        words_found = [w for w in _WORD.findall(text) if w not in COMMON]
        beat = _blend(" ".join(words_found)) if any(lexicon.feeling(w) for w in words_found) else None
        return [_weaken(beat, 0.7)] if beat else _read_marks(line)
    signs.sort(key=lambda sign: sign[0])
    beats = [signs[0][1]]
    if len(signs) > 1 and signs[-1][0] - signs[0][0] > len(text) / 3:
        beats.append(signs[-1][1])
    return beats


def _read_marks(line: str) -> list[_Beat]:
    """Punctuation, when the words say nothing."""
    if "?!" in line or "!?" in line:
        return [_beat(FEELINGS["surprise"], 0.6)]
    if "!" in line:
        return [_beat(FEELINGS["excitement" if line.count("!") == 1 else "urgency"], 0.5)]
    if line.rstrip().endswith("?"):
        return [_beat(FEELINGS["curiosity"], 0.7)]
    if "..." in line or "…" in line:
        return [_beat(FEELINGS["thought"], 0.6)]
    return []


def _read_background(text: str) -> list[_Beat]:
    words = [word for word in _WORD.findall(text.lower()) if word not in COMMON]
    beat = _blend(" ".join(words)) if any(lexicon.feeling(word) for word in words) else None
    return [_weaken(beat, 0.5)] if beat else []


def _stress(beat: _Beat, line: str) -> _Beat:
    """Capitals and exclamation marks raise the face, an ellipsis lowers it."""
    letters = [c for c in line if c.isalpha()]
    is_loud = len(letters) > 3 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    return _weaken(
        beat, 1.0 + 0.25 * is_loud + 0.06 * min(3, line.count("!")) - 0.1 * line.rstrip().endswith(("...", "…"))
    )


def _beat(feeling: Feeling, strength: float) -> _Beat:
    return _Beat(
        _named(feeling, strength), feeling.onset, {act: weight * strength for act, weight in feeling.acts.items()}
    )


def _weaken(beat: _Beat, share: float) -> _Beat:
    return _Beat(beat.caption, beat.onset, {act: weight * share for act, weight in beat.acts.items()})


def _named(feeling: Feeling, strength: float) -> str:
    return f"strong {feeling.name}" if strength > 1.1 else f"slight {feeling.name}" if strength < 0.45 else feeling.name


def _describe_all(prompt: Prompt) -> CueSheet:
    """Described keyframes turned into values."""
    count = len(prompt.descriptions)
    keyframes = []
    for i, description in enumerate(prompt.descriptions):
        beat = _read_description(description)
        at = description.at if description.at is not None else 0.2 if count == 1 else (i + 0.5) / count
        keyframe = _keyframe(at, beat)
        keyframes.append(Keyframe(at, description.onset or beat.onset, description.text, keyframe.values))
    return CueSheet(tuple(keyframes))


def _read_description(description: Description) -> _Beat:
    text = description.text.lower()
    shown = directions.read(description.text)
    felt = _blend(text) if any(lexicon.feeling(word) for word in _WORD.findall(text)) else None
    onset: Onset = (
        "slow"
        if re.search(r"\bslow|gradual|dawning", text)
        else "snap"
        if re.search(r"\bsudden|snap|jerk|jolt|flinch|startl", text)
        else felt.onset
        if felt
        else "ease"
    )
    if felt is None:
        return _Beat(description.text, onset, shown or _ATTENTION[0].acts)
    share = 0.5 if len(shown) >= 2 else 0.85
    return _Beat(
        description.text, onset, {act: weight * share for act, weight in felt.acts.items() if act not in shown} | shown
    )


def _keyframe(at: float, beat: _Beat) -> Keyframe:
    values = acts.to_values(_settled(beat.acts))
    return Keyframe(round(at, 3), beat.onset, f"{beat.caption}: {describe(values)}", values)


def _settled(shown: Mapping[str, float]) -> Acts:
    """Weights inside their range, and of two opposite acts only what is left of the stronger."""
    settled = {act: min(1.0, max(0.0, weight)) for act, weight in shown.items()}
    for one, other in _EXCLUDING:
        if one in settled and other in settled:
            weaker, stronger = sorted((one, other), key=settled.__getitem__)
            settled[stronger] -= settled[weaker] / 2
            del settled[weaker]
    return settled
