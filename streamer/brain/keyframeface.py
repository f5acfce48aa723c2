"""KeyframeFace (arXiv 2512.11321) as it was published: two questions to language models, and what comes back.

Stage one turns a line with its emotion and background into keyframes in words. Stage two turns each of them into 61
values, in a request of its own that tells of all of them. Times are not part of it: `timed` adds them.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from protocols.arkit import CHANNELS, HIGHEST, LOWEST, ROTATIONS, SHAPES, Floats
from protocols.errors import DecodeError
from protocols.messages import MAX_BACKGROUND, MAX_EMOTION
from protocols.recording import COLUMNS
from streamer.brain.answers import last_object
from streamer.cues import MAX_KEYFRAMES, CueSheet, Keyframe, Onset, Prompt
from streamer.face import acts

Message = Mapping[str, str]  # a role and its content, as chat completions have them
Messages = tuple[Message, ...]

NUMBERS: Final = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
FACE_TOKENS: Final = 1024  # as published: what an answer of stage two may be long
SCENE_TOKENS: Final = 2048
MOST_FACES: Final = 4  # keyframes of a line, as in the corpus
MAX_DESCRIPTION: Final = 400  # characters
MAX_SYSTEM: Final = 20_000  # characters of a system message from a file
_SHOWN: Final = 5  # names that a remark lists

_BY_LOWER: Final = {name.lower(): name for name in CHANNELS}

SYSTEM: Final = (
    "You are a professional facial animator. You are given descriptions of a sequence of keyframes and asked for "
    "exactly one of them. Give all 61 facial expression parameters of that keyframe: "
    + ", ".join(COLUMNS)
    + f". The first {len(SHAPES)} are in [0, 1], the last {len(ROTATIONS)} in [-1, 1]. Answer with strict JSON and "
    'nothing else: {"Keyframe_x": {"EyeBlinkLeft": 0.0, ...}}, where x is the number of the keyframe as a word.'
)
SCENE_SYSTEM: Final = (
    "You direct a character's face in a game. You are given a line of dialogue, and perhaps the emotion and the "
    "background of the scene. Break the acting of the line into 1 to 3 keyframes, in the order in which they happen, "
    "never more than 4. Describe what the face does in each: brows, lids and gaze, cheeks and nose, mouth and jaw, "
    "head; which side where only one moves (the character's own left and right), and how strongly: slightly, "
    "moderately, strongly, extremely. Describe acting, not the mouth shapes of speech. 6 to 40 words a keyframe. "
    "Where emotion or background is not given, say what you take it to be in a few words. Answer with strict JSON and "
    'nothing else: {"background": "...", "emotion": "...", "keyframes": ["...", "..."]}.'
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What stage one makes of a line."""

    background: str
    emotion: str
    faces: tuple[str, ...]  # the keyframes in words


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """An answer of stage two: a face, and what had to be mended in it."""

    values: Floats  # (61,), wire order
    remarks: tuple[str, ...] = ()


def ask_scene(prompt: Prompt) -> Messages:
    """The messages of stage one."""
    told = [f"Line: {_flat(prompt.line)}"]
    told += [f"Emotion: {_flat(prompt.emotion)}"] if prompt.emotion.strip() else []
    told += [f"Background: {_flat(prompt.background)}"] if prompt.background.strip() else []
    return _messages(SCENE_SYSTEM, "\n".join(told))


def read_scene(text: str, prompt: Prompt) -> Scene:
    """What stage one answered; what the game said of emotion and background stands. Raises DecodeError."""
    answer = last_object(text)
    rows = answer.get("keyframes")
    if not isinstance(rows, list):
        raise DecodeError(f"keyframes is {type(rows).__name__}, expected an array of descriptions")
    faces = [words[:MAX_DESCRIPTION] for row in rows[: 4 * MOST_FACES] if (words := _words(row))]
    if not faces:
        raise DecodeError("keyframes is empty, expected 1 to 4 descriptions")
    background = _flat(prompt.background) or _flat(_string(answer.get("background")))[:MAX_BACKGROUND]
    emotion = _flat(prompt.emotion) or _flat(_string(answer.get("emotion")))[:MAX_EMOTION]
    return Scene(background, emotion, tuple(faces[:MOST_FACES]))


def described(prompt: Prompt) -> Scene:
    """The scene of keyframes that the game described itself."""
    faces = tuple(_flat(description.text) for description in prompt.descriptions[:MAX_KEYFRAMES])
    return Scene(_flat(prompt.background), _flat(prompt.emotion), faces)


def ask_face(scene: Scene, index: int, system: str = SYSTEM) -> Messages:
    """The published request for one keyframe of a scene, counted from 0."""
    sequence = [f"- Keyframe {number}: {words}" for number, words in zip(NUMBERS, scene.faces, strict=False)]
    user = [
        "Keyframe Description Sequence:",
        *sequence,
        "",
        f"Background: {scene.background}",
        f"Emotion: {scene.emotion}",
        "",
        f"Task Instruction: Generate the facial expression parameters for Keyframe {NUMBERS[index]}.",
    ]
    return _messages(system, "\n".join(user))


def key(index: int) -> str:
    """What the answer to a request calls its keyframe."""
    return f"Keyframe_{NUMBERS[index].lower()}"


def read_face(text: str, index: int) -> Reading:
    """The face that stage two answered: what is missing is 0, what is out of bounds is brought inside, each said in
    a remark. Raises DecodeError where there is no face at all.
    """
    name, given = _chosen(last_object(text), index)
    remarks = () if name in ("", key(index)) else (f"answers {name[:40]!r}, asked for {key(index)!r}",)
    reading = read_channels(given)
    return Reading(reading.values, remarks + reading.remarks)


def read_channels(given: Mapping[str, Any]) -> Reading:  # Any: JSON, see _number
    """The face that channels by name are, whatever their case, mended as `read_face` says; raises DecodeError."""
    channels = {_BY_LOWER[word.lower()]: value for word, value in given.items() if word.lower() in _BY_LOWER}
    if not channels:
        raise DecodeError(f"answer names none of the 61 channels, but {_listed(list(given)) or 'nothing'}")
    numbers = {word: number for word, value in channels.items() if (number := _number(value)) is not None}
    values = np.array([numbers.get(word, 0.0) for word in CHANNELS])
    inside = np.clip(values, LOWEST, HIGHEST)
    remarks = _remark("missing", [word for word in CHANNELS if word not in channels])
    remarks += _remark("no numbers", [word for word in channels if word not in numbers])
    remarks += _remark("out of bounds", [CHANNELS[i] for i in np.flatnonzero(values != inside)])
    remarks += _remark("unknown", [word for word in given if word.lower() not in _BY_LOWER])
    return Reading(inside.astype(np.float32), tuple(remarks))


def result_text(row: bytes) -> str:
    """The model's words in one line of the published program's results; raises DecodeError."""
    try:
        result = json.loads(row)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"result is not JSON: {str(error)[:80]}") from error
    match result:
        case {"response": str(text)}:
            return text
        case {"messages": [*messages]}:
            said = [m["content"] for m in messages if _is_answer(m)]
            if said:
                return str(said[-1])
    raise DecodeError("result has neither a response nor an assistant's message")


def example_system(row: str) -> str:
    """The system message of one line of the published example.jsonl; raises DecodeError."""
    try:
        example = json.loads(row)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"example is not JSON: {str(error)[:80]}") from error
    match example:
        case {"messages": [{"role": "system", "content": str(text)}, *_]}:
            return text
    raise DecodeError("example has no system message first")


def timed(count: int, own: CueSheet | None) -> list[tuple[float, Onset]]:
    """When each of so many keyframes happens and how fast: as in a sheet of as many, else spread over the line."""
    if own is not None and len(own.keyframes) == count:
        return [(keyframe.at, keyframe.onset) for keyframe in own.keyframes]
    return [((i + 0.5) / count, "ease") for i in range(count)]


def sheet(scene: Scene, faces: Sequence[Reading], own: CueSheet | None = None) -> CueSheet:
    """A cue sheet of the answers, in the times of `own` where it has as many keyframes."""
    rows = zip(timed(len(faces), own), scene.faces, faces, strict=True)
    return CueSheet(tuple(Keyframe(at, onset, words, acts.looking(face.values)) for (at, onset), words, face in rows))


def _chosen(answer: dict[str, Any], index: int) -> tuple[str, Mapping[str, Any]]:  # Any: JSON, see _number
    """The keyframe that was asked for and its name; an answer without names is the keyframe itself."""
    tables = {name: value for name, value in answer.items() if isinstance(value, dict)}
    if not tables:
        return "", answer
    wanted = {_bare(key(index)), f"keyframe{index + 1}"}
    fitting = [name for name in tables if _bare(name) in wanted]
    if not fitting and len(tables) > 1:
        raise DecodeError(f"answer has {_listed(list(tables))}, expected {key(index)}")
    name = (fitting or list(tables))[0]
    return (key(index) if fitting else name), tables[name]


def _number(value: object) -> float | None:
    """A finite number, also one in a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _messages(system: str, user: str) -> Messages:
    return ({"role": "system", "content": system}, {"role": "user", "content": user})


def _words(row: object) -> str:
    """A description, also where it came as an object with one."""
    if isinstance(row, dict):
        return next((_flat(_string(row[name])) for name in ("text", "description") if name in row), "")
    return _flat(_string(row))


def _flat(text: str) -> str:
    """Text on one line: what looks like another part of the request stays a part of its own."""
    return " ".join(text.encode(errors="ignore").decode().split())


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _is_answer(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant" and isinstance(message.get("content"), str)


def _remark(what: str, names: Sequence[str]) -> list[str]:
    return [f"{len(names)} {what}: {_listed(names)}"] if names else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
