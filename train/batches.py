"""Texts and faces as tensors, in batches of about the same number of tokens."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from protocols.arkit import Floats
from streamer.brain.text import Field, Text, pad
from streamer.brain.units import UNITS
from train.compose import compose
from train.data import Face, Sheet, Split, mirror
from train.model import DESCRIBED, slots_of

ELSEWHERE: Final = 0.15  # of the descriptions
TWICE: Final = 0.3  # of the descriptions that name a side, shown mirrored beside the other
BARE: Final = 0.12  # of the lines, each for its emotion, its background and its words
BLUR: Final = 0.1  # of a line's tokens
ACTIVE: Final = 0.05  # an act above it is active
UNKNOWN: Final = 100  # the token of words outside the vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A text and the faces it asks for."""

    ids: list[int]
    fields: list[int]
    slots: list[int]
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Items as tensors; `there` is 1 where a slot holds a face."""

    ids: Tensor  # (B, T)
    fields: Tensor  # (B, T)
    slots: Tensor  # (B, Q)
    there: Tensor  # (B, Q)
    described: Tensor  # (B,)
    units: Tensor  # (B, Q, 54)
    shown: Tensor  # (B, Q, 54) what the whole face is to look like
    active: Tensor  # (B, Q, 54) how sure each act is to be active
    at: Tensor  # (B, Q)
    onset: Tensor  # (B, Q)


def of_face(text: Text, face: Face) -> Item:
    ids, fields = text.description(face.text)
    return Item(ids, fields, [DESCRIBED], (face,))


def of_sheet(text: Text, sheet: Sheet) -> Item:
    ids, fields = text.line(sheet.line, sheet.emotion, sheet.background)
    return Item(ids, fields, slots_of(len(sheet.faces)), sheet.faces)


def epoch(text: Text, split: Split, chance: random.Random, tokens: int, composed: float) -> list[Batch]:
    """One pass over the split, augmented and shuffled."""
    items = [_augmented(text, face, chance) for face in split.faces]
    items += [of_face(text, m) for face in split.faces if chance.random() < TWICE and (m := mirror(face))]
    items += [of_face(text, compose(chance)) for _ in range(int(len(split.faces) * composed))]
    items += [_blurred(of_sheet(text, _thinned(sheet, chance)), chance) for sheet in split.sheets]
    return list(batched(items, tokens, chance))


def batched(items: Sequence[Item], tokens: int, chance: random.Random) -> Iterator[Batch]:
    """Batches of items of about the same length, in random order."""
    order = sorted(items, key=lambda item: len(item.ids) + chance.uniform(-3, 3))
    groups: list[list[Item]] = [[]]
    for item in order:
        longest = max(len(i.ids) for i in [*groups[-1], item])
        if longest * (len(groups[-1]) + 1) > tokens and groups[-1]:
            groups.append([])
        groups[-1].append(item)
    chance.shuffle(groups)
    yield from map(collate, groups)


def collate(items: Sequence[Item]) -> Batch:
    most = max(len(item.slots) for item in items)
    units, shown, active = (np.zeros((len(items), most, len(UNITS)), np.float32) for _ in range(3))
    at = np.zeros((len(items), most), np.float32)
    onset = np.ones((len(items), most), np.int64)
    for i, item in enumerate(items):
        for k, face in enumerate(item.faces):
            units[i, k], at[i, k], onset[i, k] = face.units, face.at, face.onset
            shown[i, k] = face.taught.units if face.taught else face.units
            active[i, k] = face.taught.active if face.taught else face.units > ACTIVE
    there = np.array([[1.0] * len(item.slots) + [0.0] * (most - len(item.slots)) for item in items], np.float32)
    described = np.array([item.slots[0] == DESCRIBED for item in items])
    arrays: tuple[np.ndarray, ...] = (
        *(pad(rows) for rows in ([i.ids for i in items], [i.fields for i in items], [i.slots for i in items])),
        *(there, described, units, shown, active, at, onset),
    )
    return Batch(*map(torch.from_numpy, arrays))


def mean_face(split: Split) -> Floats:
    """The mean of all faces (54,)."""
    mean: Floats = np.mean([face.units for face in split.faces], 0, dtype=np.float32)
    return mean


def _augmented(text: Text, face: Face, chance: random.Random) -> Item:
    """A described face, now and then seen in a mirror; sometimes its words stand where an emotion or background would,

    so that what the descriptions teach about words reaches the lines too.
    """
    item = of_face(text, (chance.random() < 0.5 and mirror(face)) or face)
    if chance.random() > ELSEWHERE:
        return item
    field = chance.choice((Field.EMOTION, Field.LINE, Field.BACKGROUND))
    return replace(item, fields=[int(field)] * len(item.fields))


def _thinned(sheet: Sheet, chance: random.Random) -> Sheet:
    """The sheet without one of its fields now and then, never without what says most about the face that is left."""
    drawn = chance.random()
    if drawn < BARE and sheet.emotion:
        return replace(sheet, background="")
    if drawn < 2 * BARE and sheet.background:
        return replace(sheet, emotion="")
    if drawn < 3 * BARE and sheet.emotion:
        return replace(sheet, line="")
    return sheet


def _blurred(item: Item, chance: random.Random) -> Item:
    """The item with a few of its words unknown."""
    ids = [UNKNOWN if token > UNKNOWN + 2 and chance.random() < BLUR else token for token in item.ids]
    return replace(item, ids=ids)
