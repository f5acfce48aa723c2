"""Scores of a model on one side of the split, as described faces and as lines."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from protocols.arkit import Floats
from streamer.brain.decode import Gate, slots_of, times
from streamer.brain.text import Text
from streamer.brain.units import TO_JUDGED
from train.batches import Item, collate, of_face, of_sheet
from train.data import Split
from train.metrics import Scores, curve, score
from train.model import DESCRIBED, SLOTS, FaceModel

SPREADS: Final = (1.0, 1.25, 1.5, 1.75)
ENERGY: Final = 0.93  # of the annotators'; more costs similarity


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a network says about every item of a split, all slots asked."""

    number: Floats  # (N, 4) logits
    at: Floats  # (N, Q)
    onset: Floats  # (N, Q, 3)
    activity: Floats  # (N, Q, 54) probabilities
    strength: Floats  # (N, Q, 54)


@torch.no_grad()
def answers(model: FaceModel, items: Sequence[Item], slots: Sequence[int], size: int = 64) -> Answers:
    """Asks the network about the slots of every item."""
    model.eval()
    order = sorted(range(len(items)), key=lambda i: len(items[i].ids))
    parts: list[list[Floats]] = []
    for start in range(0, len(order), size):
        batch = collate([items[i] for i in order[start : start + size]])
        asked = torch.tensor(slots)[None].expand(len(batch.ids), -1)
        said = model(batch.ids, batch.fields, asked)
        parts.append([t.float().numpy() for t in (*said[:3], torch.sigmoid(said.activity), said.strength)])
    back = np.argsort(order)
    return Answers(*(np.concatenate(column)[back] for column in zip(*parts, strict=True)))


def described(said: Answers, split: Split, gate: Gate) -> Scores:
    """Scores of single faces from their descriptions."""
    units = gate(said.activity[:, 0], said.strength[:, 0])
    return score([u[None] @ TO_JUDGED for u in units], [f.units[None] @ TO_JUDGED for f in split.faces])


def lines(said: Answers, split: Split, gate: Gate) -> Scores:
    """Scores of whole lines over their duration."""
    units = gate(said.activity, said.strength)
    counts = said.number.argmax(1) + 1
    predicted = []
    for n, at, faces in zip(counts, said.at, units, strict=True):
        slots = slots_of(int(n))
        predicted.append(curve(times(at[slots]), faces[slots]))
    true = [curve([f.at for f in s.faces], np.stack([f.units for f in s.faces])) for s in split.sheets]
    return score(predicted, true)


def ask(model: FaceModel, text: Text, split: Split) -> tuple[Answers, Answers]:
    """The network's answers to a split's descriptions and lines."""
    faces = answers(model, [of_face(text, face) for face in split.faces], [DESCRIBED])
    return faces, answers(model, [of_sheet(text, sheet) for sheet in split.sheets], range(SLOTS - 1))


def best_gate(said: Answers, split: Split, kind: str, mean: Floats) -> tuple[Gate, Scores]:
    """The gate that serves similarity and F1 together, its gain set so that the median energy is ENERGY."""
    judge = described if kind == "described" else lines
    tried: list[tuple[Gate, Scores]] = []
    for spread in SPREADS:
        gate = Gate(spread, 1.0, tuple(round(float(m), 4) for m in mean))
        for _ in range(3):
            gain = gate.gain * ENERGY / max(judge(said, split, gate).energy, 0.1)
            gate = replace(gate, gain=round(float(np.clip(gain, 0.5, 3.0)), 3))
        tried.append((gate, judge(said, split, gate)))
    return max(tried, key=lambda one: one[1].similarity + 0.5 * one[1].f1)


def crossed(said: Answers, split: Split, kind: str, mean: Floats) -> Scores:
    """The scores of each half of the split under the gate chosen on the other half: nothing is judged by its own."""
    many = len(said.number)
    halves = (np.arange(0, many, 2), np.arange(1, many, 2))
    judge = described if kind == "described" else lines
    scores: list[Scores] = []
    for chosen, judged in (halves, halves[::-1]):
        gate, _ = best_gate(*_part(said, split, kind, chosen), kind, mean)
        scores.append(judge(*_part(said, split, kind, judged), gate))
    return Scores(*(float(np.mean(column)) for column in zip(*map(astuple, scores), strict=True)))


def _part(said: Answers, split: Split, kind: str, chosen: NDArray[np.intp]) -> tuple[Answers, Split]:
    part = Answers(*(getattr(said, f.name)[chosen] for f in fields(Answers)))
    if kind == "described":
        return part, replace(split, faces=[split.faces[i] for i in chosen])
    return part, replace(split, sheets=[split.sheets[i] for i in chosen])
