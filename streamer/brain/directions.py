"""Directions in words: "inner brows up, lips pressed hard, no smile" as named acts and their strength.

A text is read clause by clause. A clause holds parts of the face, what they do, a side, a strength and perhaps a
negation. A clause that names no part goes on about the parts before it: "the brows rise, then knit". What it does not
know it leaves out. The words are in anatomy.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from streamer.brain.anatomy import (
    AIMED,
    DEEDS,
    LEVELS,
    MEANT,
    MOVES,
    NEGATIONS,
    ONE,
    OTHER,
    PARTICLES,
    PARTS,
    PHRASES,
    PLAIN,
    UNITS,
)  # fmt: skip
from streamer.face import acts

Acts = dict[str, float]

_FACS_LETTERS: Final = {"A": 0.12, "B": 0.25, "C": 0.45, "D": 0.65, "E": 0.88}
_FACS: Final = re.compile(
    r"\bAU\s?((?:[LR]?\d{1,2}[A-E]?[LR]?)(?:\s?(?:[+,]|and)\s?(?:AU\s?)?[LR]?\d{1,2}[A-E]?[LR]?)*)"
)
_UNIT: Final = re.compile(r"([LR]?)(\d{1,2})([A-E]?)([LR]?)")
_LEVEL: Final = re.compile(r"\b(?:level|at|intensity) ([A-E])\b")
_TOKEN: Final = re.compile(r"[a-z_]+(?:['’][a-z]+)?|[.,;:!?()\n–—|]")
_STOPS: Final = frozenset(".;!?\n")
_BREAKS: Final = frozenset(
    ". , ; : ! ? ( ) \n – — | and but while with as then yet though although over whereas".split()
)
_NEAR: Final = 5  # words between a part and a particle such as "up"
_FAR: Final = 9  # and between a part and a verb
_SIDES: Final = {"left": "Left", "right": "Right"}
_LETTER_SIDES: Final = {"L": "Left", "R": "Right"}
_SIDED: Final = frozenset("side half one only alone hand outer upper lower".split())  # what a side belongs to
_MIRROR: Final = {"Left": "Right", "Right": "Left", "": ""}
_LONGEST: Final = 2000  # characters; a longer text is cut, as no description is longer


@dataclass(slots=True)
class _Clause:
    """What one clause says, by the place of each word."""

    parts: list[tuple[int, str]] = field(default_factory=list)
    moves: list[tuple[int, str]] = field(default_factory=list)
    deeds: list[tuple[int, Acts]] = field(default_factory=list)
    level: float | None = None
    side: str = ""
    is_other: bool = False
    is_one: bool = False
    is_both: bool = False
    negated_from: int = 1 << 20
    length: int = 0
    is_first: bool = False
    has_moved: bool = False
    inherited: list[str] = field(default_factory=list)  # the parts of the clauses before, in the same sentence
    waiting: list[str] = field(default_factory=list)  # those of them that nothing was said about yet
    found: Acts = field(default_factory=dict)
    ruled_out: set[str] = field(default_factory=set)

    def inherit(self, before: "_Clause") -> None:
        """Takes over what the clause before leaves open."""
        if self.is_other:
            self.side = _MIRROR[before.side or "Left"]
        if self.is_first:
            return
        named = [part for _, part in before.parts]
        is_waiting = bool(named or before.waiting) and not before.has_moved and not before.deeds
        waiting = [*before.waiting, *named] if is_waiting else []
        self.inherited = waiting or named or before.inherited
        self.waiting = [part for part in waiting if part != "gaze"]
        if not (self.parts or self.side or self.deeds):
            self.side, self.is_one = before.side, before.is_one


@dataclass(frozen=True, slots=True)
class Directions:
    """The acts that a text asks for, and those that it rules out."""

    shown: Acts
    excluded: frozenset[str]  # pairs, without their sides


def read(text: str) -> dict[str, float]:
    """The acts that a description asks for, 0..1; empty when it names none."""
    return parse(text).shown


def parse(text: str) -> Directions:
    """The acts that a description asks for, and those it wants to be still; what comes later in the text wins."""
    text = text[:_LONGEST]
    shown = _read_units(text) if "AU" in text else {}
    excluded: set[str] = set()
    before = _Clause()
    for clause in _clauses(PHRASES.rewrite(_FACS.sub(" ", text).lower())):
        clause.inherit(before)
        _read_clause(clause)
        for act, weight in clause.found.items():
            shown[act] = max(weight, shown.get(act, 0.0))
            excluded.discard(_pair(act))
        excluded |= clause.ruled_out - {_pair(act) for act in shown}
        before = clause
    return Directions(shown, frozenset(excluded))


def _clauses(text: str) -> Iterator["_Clause"]:
    words: list[str] = []
    is_first = True
    for token in [*_TOKEN.findall(text), "."]:
        if token not in _BREAKS:
            words.append(token)
            continue
        if words:
            yield _clause(words, is_first)
            words, is_first = [], False
        is_first = is_first or token in _STOPS


def _clause(words: list[str], is_first: bool) -> _Clause:
    clause = _Clause(length=len(words), is_first=is_first)
    for i, word in enumerate(words):
        if word in _SIDES:
            _add_side(clause, words, i)
        if word in PARTS:
            clause.parts.append((i, PARTS[word]))
        if word in MOVES:
            clause.moves.append((i, MOVES[word]))
        if word in DEEDS:
            clause.deeds.append((i, DEEDS[word]))
        if word in LEVELS:
            clause.level = _milder(LEVELS[word], clause.level)
        elif word in NEGATIONS:
            clause.negated_from = min(i, clause.negated_from)
        elif word in OTHER:
            clause.is_other = True
        elif word in ONE:
            clause.is_one = True
        elif word == "both":
            clause.is_both = True
    return clause


def _milder(level: float, before: float | None) -> float:
    """Of two words of strength the one below plain counts: "very slightly"; otherwise the first."""
    return min(level, before or level) if level < PLAIN else before or level


def _add_side(clause: _Clause, words: list[str], i: int) -> None:
    """A side: of what stands beside it ("left brow", "on the left"), or the way that something goes ("to the left")."""
    side = _SIDES[words[i]]
    after = words[i + 1] if i + 1 < len(words) else ""
    is_place = words[i - 2 : i] in (["on", "the"], ["at", "the"]) or words[i - 1 : i] == ["on"]
    if is_place or after in PARTS or after in _SIDED:
        clause.side = side
        return
    clause.moves.append((i, side.lower()))
    if not any(part in AIMED for _, part in clause.parts):
        clause.side = clause.side or side


def _read_clause(clause: _Clause) -> None:
    """Finds the acts of a clause and the acts that it rules out."""
    for i, moved in clause.deeds:
        _take(clause, i, moved)
    for i, move in clause.moves:
        for part in _parts_of(clause, i, move):
            clause.has_moved = True
            _take(clause, i, _meant(clause, part, move))


def _meant(clause: _Clause, part: str, move: str) -> Acts:
    """The acts of a part and a move, where the rest of the clause may change them."""
    also = {other for _, other in clause.moves}
    match part, move:
        case "head", ("left" | "right") if "tilt" in also:
            return {f"HeadTilt{move.title()}": MEANT[part, move][f"Head{move.title()}"]}
        case _, "away" if also & {"left", "right"}:
            return {}
        case "brow", ("up" | "high") if clause.side or clause.is_one:  # the inner ends have no sides
            return {"BrowOuterUp": MEANT[part, move]["BrowOuterUp"]}
        case "brow", ("up" | "high") if "together" in also:
            return {"BrowInnerUp": MEANT[part, move]["BrowOuterUp"]}
    return MEANT[part, move]


def _parts_of(clause: _Clause, i: int, move: str) -> list[str]:
    """The parts that a move is about: the nearest one before it that can do this, else after it, else inherited ones."""
    reach = _NEAR if move in PARTICLES else _FAR
    able = [(j > i, abs(j - i), part) for j, part in clause.parts if (part, move) in MEANT and abs(j - i) <= reach]
    if able:
        return [min(able)[2], *(part for part in clause.waiting if (part, move) in MEANT)]
    if clause.parts or clause.deeds or (move in PARTICLES and clause.length > _NEAR):
        return []
    return [part for part in clause.inherited if (part, move) in MEANT]


def _take(clause: _Clause, i: int, moved: Acts) -> None:
    if i > clause.negated_from or not any(moved.values()):  # a smile that fades is no smile
        clause.found = {act: weight for act, weight in clause.found.items() if _pair(act) not in moved}
        clause.ruled_out.update(_pair(act) for act in moved)
        return
    most = max(moved.values(), default=1.0)
    for act, weight in moved.items():
        if clause.level is not None:
            weight = clause.level * weight / most
        sided = _sided(act, clause)
        clause.found[sided] = max(round(min(1.0, weight), 3), clause.found.get(sided, 0.0))


def _sided(act: str, clause: _Clause) -> str:
    """An act on the side that its clause names; acts that are one-sided by themselves are on the left otherwise."""
    pair = _pair(act)
    if pair not in acts.PAIRED:
        return act
    if clause.is_both:
        return pair
    return pair + clause.side if clause.side else act if pair != act else pair + "Left" * clause.is_one


def _pair(act: str) -> str:
    return act[:-4] if act in acts.ONE_SIDED and act.endswith("Left") else act[:-5] if act in acts.ONE_SIDED else act


def _read_units(text: str) -> Acts:
    """FACS codes: "AU4+7", "AU12B", "AU L12"; the rest of their sentence may say how strong and on which side."""
    found: Acts = {}
    for codes in _FACS.finditer(text):
        rest = _FACS.sub(" ", re.split(r"[.;]", text[codes.end() :])[0])[:80]
        level = _LEVEL.search(rest)
        words = re.findall(r"[a-z]+", rest.lower())
        otherwise = _FACS_LETTERS[level[1]] if level else min((LEVELS[w] for w in words if w in LEVELS), default=PLAIN)
        named = next((_SIDES[word] for word in words if word in _SIDES), "")
        for before, unit, letter, after in _UNIT.findall(codes[1]):
            side = _LETTER_SIDES.get(before or after, named)
            for act, share in UNITS.get(int(unit), {}).items():
                sided = _pair(act) + side if side and _pair(act) in acts.PAIRED else act
                found[sided] = round(min(1.0, _FACS_LETTERS.get(letter, otherwise) * share), 3)
    return found
