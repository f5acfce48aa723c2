"""What a tuning changed: two files beside each other, as the streamer plays them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer import sheets
from streamer.brain.decode import Gate
from streamer.brain.model import Model
from streamer.brain.units import TO_JUDGED
from streamer.commands.prefer import interval
from streamer.cues import CueSheet, Description, Prompt
from streamer.face.likeness import JUDGED, interpolated
from train.data import Sheet, Split
from train.metrics import Scores, curve, score

MOST_MOVED: Final = 5  # percent


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after."""

    name: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.name:42} {self.before:6.3f} -> {self.after:6.3f}  {self.after - self.before:+.3f}"


@dataclass(frozen=True, slots=True)
class Drift:
    """How alike the answers to some texts are before and after: correlations of the faces played."""

    name: str
    mean: float
    most: float  # of those that moved most

    def __str__(self) -> str:
        return f"{self.name:42} {self.mean:6.3f} on average, {self.most:.3f} for the {MOST_MOVED} % that moved most"


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many of some things a claim is true, with an interval of 95 %."""

    name: str
    count: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        share = self.count / self.of
        return f"{self.name:50} {share:4.0%} ({self.low:.0%} to {self.high:.0%}), {self.count} of {self.of}"


def share(name: str, claims: Sequence[bool]) -> Share:
    return Share(name, sum(claims), len(claims), *interval(sum(claims), len(claims)))


def compared(old: Model, new: Model, development: Split) -> tuple[list[Change], list[Drift]]:
    """The figures of the development side, and how far its answers moved and those to the fixed set of facecue diff."""
    changes: list[Change] = []
    drifts: list[Drift] = []
    texts = [Prompt("", descriptions=(Description(face.text),)) for face in development.faces]
    for kind, prompts, sought in (
        ("lines", [prompt(sheet) for sheet in development.sheets], [true(sheet) for sheet in development.sheets]),
        ("described", texts, [face.units[None] @ TO_JUDGED for face in development.faces]),
    ):
        name = f"development, {len(prompts)} {kind}"
        before, after = (
            [one[: len(it)] for one, it in zip(played(m, prompts), sought, strict=True)] for m in (old, new)
        )
        changes += _scores(name, score(before, sought), score(after, sought))
        drifts.append(drift(name, before, after))
    others = fixed()
    drifts.append(drift(f"{len(others)} other texts", played(old, others), played(new, others)))
    return changes, drifts


def fit(name: str, old: Model, new: Model, some: Sequence[Sheet], gate: Gate) -> Change:
    """How close lines are played to their sheets: correlations after the corpus's mean face is taken off.

    The mean of the sheets themselves, which `score` takes off, is the very thing that sheets of one feeling teach.
    """
    prompts, sought = [prompt(sheet) for sheet in some], [true(sheet) for sheet in some]
    mean = np.array(gate.mean, np.float32) @ TO_JUDGED
    before, after = (float(likeness(played(model, prompts), sought, mean).mean()) for model in (old, new))
    return Change(f"{name}, {len(some)} lines: similarity", before, after)


def drift(name: str, before: Sequence[Floats], after: Sequence[Floats]) -> Drift:
    """How far faces moved, their common mean taken off."""
    alike = likeness(before, after, np.mean([face.mean(0) for face in before], 0))
    return Drift(name, float(alike.mean()), float(np.percentile(alike, MOST_MOVED)))


def played(model: Model, prompts: Sequence[Prompt]) -> list[Floats]:
    """The faces of each prompt over its line (21, 55)."""
    return [performed(sheet) for sheet in model.plan(list(prompts))]


def performed(sheet: CueSheet) -> Floats:
    """A cue sheet over its line (21, 55)."""
    return interpolated([k.at for k in sheet.keyframes], np.stack([k.values[:JUDGED] for k in sheet.keyframes]))


def likeness(first: Sequence[Floats], second: Sequence[Floats], mean: Floats) -> Floats:
    """Correlations of faces (T, 55) after a mean face (55,) is taken off; 0 where one of them is still."""
    a, b = (np.stack([(face - mean).reshape(-1) for face in faces]) for faces in (first, second))
    a, b = (rows - rows.mean(1, keepdims=True) for rows in (a, b))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    alike: Floats = (a * b).sum(1) / np.maximum(lengths, 1e-6)
    return alike


def fixed() -> list[Prompt]:
    """The texts that facecue diff compares two models on."""
    stream = io.BytesIO((resources.files("streamer.diff") / "lines.jsonl").read_bytes())
    lines = [item.line for item in sheets.items(stream, "fixed") if isinstance(item, sheets.Item)]
    return [
        Prompt(line.text, line.emotion, line.background, tuple(Description(cue.text) for cue in line.keyframes))
        for line in lines
    ]


def prompt(sheet: Sheet) -> Prompt:
    """What a sheet's line asks of a model."""
    return Prompt(sheet.line, sheet.emotion, sheet.background)


def true(sheet: Sheet) -> Floats:
    """The faces of a sheet over its line (21, 55)."""
    return curve([face.at for face in sheet.faces], np.stack([face.units for face in sheet.faces]))


def _scores(name: str, before: Scores, after: Scores) -> list[Change]:
    return [
        Change(f"{name}: similarity", before.similarity, after.similarity),
        Change(f"{name}: F1", before.f1, after.f1),
    ]
