"""The corpus: read, validated, split and mirrored."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from protocols.arkit import Floats
from streamer.brain.units import from_acts, mirrored
from streamer.face.acts import EVERY_ACT

CORPUS: Final = Path(__file__).parent / "corpus"
ONSETS: Final = ("snap", "ease", "slow")
MOST_KEYFRAMES: Final = 4
DEV_SHARE: Final = 0.09
LATER: Final = re.compile(r"[r-z]\d|f[1-9]\d{3}")  # names of the sheets and faces that joined the corpus later

# Scenes of o.jsonl, by the number of their first sheet: a scene's sheets stay on one side of the split.
SCENES: Final = (
    1, 8, 14, 21, 27, 34, 40, 47, 55, 61, 68, 74, 81, 87, 94, 100, 107, 113, 119, 127, 133, 140, 146, 153, 159, 165,
    172, 179, 185, 189, 196, 203, 209, 215, 222, 228, 234, 240, 247, 254,
)  # fmt: skip


class CorpusError(ValueError):
    """A line of the corpus breaks the guide; the message names the file and the line."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What the network is taught of a face, where that is not the face itself."""

    units: Floats  # (54,)
    active: Floats  # (54,) how sure each act is to be active


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in words and numbers."""

    text: str
    units: Floats  # (54,)
    at: float = 0.0
    onset: int = 1
    taught: Taught | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A line and its keyframes."""

    id: str
    line: str
    emotion: str
    background: str
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """One side of the corpus."""

    sheets: list[Sheet]
    faces: list[Face]  # descriptions: the sheets' keyframes and the faces that stand alone


def load(folder: Path = CORPUS, without: Collection[Path] = ()) -> list[Sheet]:
    """Every sheet and, as sheets of no line, every single face; raises CorpusError."""
    left_out = {path.resolve() for path in without}
    return read(path for path in sorted(folder.glob("*.jsonl")) if path.resolve() not in left_out)


def read(paths: Iterable[Path]) -> list[Sheet]:
    """The sheets of some files; raises CorpusError."""
    sheets: list[Sheet] = []
    for path in paths:
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                sheets.append(_sheet(json.loads(text)))
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(f"{path.name}:{number}: {error}") from error
    _refuse_doubles(sheets)
    return sheets


def split(sheets: list[Sheet]) -> tuple[Split, Split]:
    """The training and the development side; what belongs together stays together, and the hash of its name decides.

    What joined the corpus later trains, so that figures stay comparable, unless it is like something held out.
    """
    train, dev = Split([], []), Split([], [])
    for sheet, group in zip(sheets, _groups(sheets), strict=True):
        chance = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 16**8
        side = dev if chance < DEV_SHARE and not LATER.match(group) else train
        if not sheet.id.startswith("f"):
            side.sheets.append(sheet)
        side.faces.extend(sheet.faces)
    return train, dev


def _sheet(record: Any) -> Sheet:
    match record:
        case {"id": str(name), "text": str(text), "acts": dict(acts), **rest} if not rest:
            return Sheet(name, "", "", "", (_face(text, acts),))
        case {
            "id": str(name), "line": str(line), "emotion": str(emotion), "background": str(background),
            "keyframes": [*keyframes], **rest
        } if not rest and 1 <= len(keyframes) <= MOST_KEYFRAMES:  # fmt: skip
            faces = tuple(_face(**keyframe) for keyframe in keyframes)
            if any(a.at > b.at for a, b in pairwise(faces)):
                raise ValueError("the keyframes are not in order")
            return Sheet(name, line, emotion, background, faces)
    raise ValueError(f"neither a cue sheet nor a face: {sorted(record)}")


def _face(text: str, acts: dict[str, float], at: float = 0.0, onset: str = "ease") -> Face:
    for act, weight in acts.items():
        if act not in EVERY_ACT:
            raise ValueError(f"unknown act {act!r}")
        if not 0.0 <= weight <= 1.0:
            raise ValueError(f"{act} is {weight}, expected 0..1")
    return Face(text, from_acts(acts), float(at), ONSETS.index(onset))


def _refuse_doubles(sheets: Iterable[Sheet]) -> None:
    seen: set[str] = set()
    for sheet in sheets:
        if sheet.id in seen:
            raise CorpusError(f"{sheet.id} stands in the corpus twice")
        seen.add(sheet.id)


def _groups(sheets: list[Sheet]) -> Iterator[str]:
    """The name under which a sheet is kept with its like: ladder, group, scene, mirror image, same line or text."""
    first: dict[str, str] = {}
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for sheet in sheets:
        own = _family(sheet)
        parent.setdefault(own, own)
        for key in _likeness(sheet):
            other = root(first.setdefault(key, own))
            parent[root(own)] = other
    for sheet in sheets:
        yield root(_family(sheet))


def _family(sheet: Sheet) -> str:
    letter, number = sheet.id[0], int(sheet.id[1:])
    if letter == "j" and 90 < number <= 200:
        return f"j ladder {(number - 91) // 5}"
    if letter == "j" and number > 200:
        return f"j group {(number - 201) // 3}"
    if letter == "o":
        return f"o scene {max(start for start in SCENES if start <= number)}"
    return sheet.id


def _likeness(sheet: Sheet) -> Iterator[str]:
    """Keys that near-duplicates share: words without case, punctuation, sides and order."""
    if len(sheet.line.split()) > 2:
        yield "line " + bag(sheet.line)
    for face in sheet.faces:
        yield "text " + bag(face.text)


def bag(text: str) -> str:
    """The words of a text, whatever their order, capitals, punctuation and sides: near-duplicates have the same."""
    return " ".join(sorted(w for w in re.findall(r"[^\W\d_]+|\d+", text.lower()) if w not in ("left", "right")))


_MIRROR: Final = np.array(mirrored())
_SIDE: Final = re.compile(r"\b(left|right)(ward|wards|most|-hand|-side)?\b", re.IGNORECASE)
_NO_SIDE: Final = re.compile(
    r"\bleft (?:the|a|his|her|it|him|them|me|us|you|my|open|behind|alone|over|to|in|on|of|unsaid|for|at)\b"
    r"|\b(?:has|have|had|is|was|were|are|he|she|nothing|anything|what's|nobody|who|they|just|hours|days) left\b"
    r"|\b(?:all|that's|is|was|be|you're|he's|she's|not|quite|serves \w+) right\b"
    r"|\bright (?:now|away|through|into|out|up|down|back|there|here|at|to|past|on)\b",
    re.IGNORECASE,
)


def mirror(face: Face) -> Face | None:
    """The face seen in a mirror, in words and numbers; None where the words name no side or the side is in doubt."""
    if not _SIDE.search(face.text) or _NO_SIDE.search(face.text):
        return None
    return replace(face, text=_SIDE.sub(_swap, face.text), units=face.units[_MIRROR])


def _swap(side: re.Match[str]) -> str:
    word = side.group(1)
    other = "right" if word.lower() == "left" else "left"
    other = other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other
    return other + (side.group(2) or "")
