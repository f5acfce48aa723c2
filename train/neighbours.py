"""What the other lines of the corpus say of a line: kernel ridge regression between MiniLM's vectors, itself left out.

A line leaves its face open, and its sheet is one annotator's choice of many. Teaching the network half the choice and
half what is done on lines like it keeps it from learning choices by heart.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from protocols.arkit import Floats
from streamer.brain.text import Text
from train.batches import ACTIVE, Item, collate, of_sheet
from train.data import Face, Sheet, Split, Taught
from train.model import FaceModel

LAYERS: Final = (3, 5, 6)  # of MiniLM, whose mean vectors stand for a text
RIDGE: Final = 1.0
GRID: Final = np.linspace(0.0, 1.0, 6)  # of a line's time


def lean(split: Split, share: float, minilm: FaceModel, text: Text) -> Split:
    """The split with each keyframe of a line taught this share of what the other lines say at its time."""
    points = standardised(vectors(minilm, [of_sheet(text, sheet) for sheet in split.sheets]))
    said = left_out(points, np.stack([_course(sheet) for sheet in split.sheets]))
    return replace(split, sheets=[_leaned(*pair, share) for pair in zip(split.sheets, said, strict=True)])


def standardised(points: Floats, like: Floats | None = None) -> Floats:
    """Points with the mean 0 and the spread 1 of themselves or of others."""
    known = points if like is None else like
    scaled: Floats = (points - known.mean(0)) / (known.std(0) + 1e-6)
    return scaled


def told(points: Floats, known: Floats, values: Floats) -> Floats:
    """What kernel ridge regression on the known points says at new ones (N, ...)."""
    flat = values.reshape(len(values), -1)
    weights = np.linalg.solve(kernel(known, known) + RIDGE * np.eye(len(known), dtype=np.float32), flat - flat.mean(0))
    said: Floats = (kernel(points, known) @ weights + flat.mean(0)).reshape(len(points), *values.shape[1:])
    return said


def left_out(points: Floats, values: Floats) -> Floats:
    """What kernel ridge regression on all others says at each point: (N, D) and (N, ...) to (N, ...)."""
    flat = values.reshape(len(values), -1)
    inverse = np.linalg.inv(kernel(points, points) + RIDGE * np.eye(len(points), dtype=np.float32))
    errors = inverse @ (flat - flat.mean(0)) / np.diag(inverse)[:, None]
    said: Floats = (flat - errors).reshape(values.shape)
    return said


def kernel(a: Floats, b: Floats) -> Floats:
    """How alike the points are, 0 to 1: a Gaussian as wide as standardised points are apart."""
    apart = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    alike: Floats = np.exp(-apart / (2 * a.shape[1])).astype(np.float32)
    return alike


@torch.no_grad()
def vectors(minilm: FaceModel, items: Sequence[Item]) -> Floats:
    """Texts as vectors, read by a MiniLM as it came."""
    minilm.eval()
    found = np.empty((len(items), len(LAYERS) * minilm.settings.width), np.float32)
    order = sorted(range(len(items)), key=lambda i: len(items[i].ids))
    for start in range(0, len(order), 64):
        chosen = order[start : start + 64]
        batch = collate([items[i] for i in chosen])
        there = (batch.ids > 0).float()[..., None]
        layers = _layers(minilm, batch.ids, batch.fields)
        means = [(layers[i] * there).sum(1) / there.sum(1) for i in LAYERS]
        found[chosen] = torch.cat(means, -1).numpy()
    return found


def _layers(minilm: FaceModel, ids: Tensor, fields: Tensor) -> list[Tensor]:
    encoder = minilm.encoder
    bias = (ids == 0).float()[:, None, None, :] * -1e4
    x = encoder.norm(encoder.words(ids) + encoder.places.weight[: ids.shape[1]] + encoder.fields(fields))
    layers = [x]
    for layer in encoder.layers:
        x = layer(x, x, bias)
        layers.append(x)
    return layers


def _course(sheet: Sheet) -> Floats:
    """The line's acts and which of them are active, over its time (6, 2, 54)."""
    at = [face.at for face in sheet.faces]
    units = np.stack([face.units for face in sheet.faces])
    both = np.concatenate([units, units > ACTIVE], 1)
    course = np.stack([np.interp(GRID, at, column) for column in both.T], 1)
    return course.reshape(len(GRID), 2, -1).astype(np.float32)


def _leaned(sheet: Sheet, said: Floats, share: float) -> Sheet:
    return replace(sheet, faces=tuple(_taught(face, said, share) for face in sheet.faces))


def _taught(face: Face, said: Floats, share: float) -> Face:
    units, active = (np.array([np.interp(face.at, GRID, act) for act in said[:, k].T]) for k in (0, 1))
    own = (face.units, (face.units > ACTIVE).astype(np.float32))
    mixed = [(1 - share) * a + share * b for a, b in zip(own, (units, np.clip(active, 0, 1)), strict=True)]
    return replace(face, taught=Taught(*(part.astype(np.float32) for part in mixed)))
