"""Another way to act a line: what a brain planned, changed so that one sees it and could like it better.

Less or more of the face or of one region, one face instead of several, or what the brain makes of the words or the
feeling alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import numpy as np

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, ROTATIONS, Floats
from protocols.messages import EARLIEST, LATEST
from streamer.cues import Brain, CueSheet, Keyframe, Prompt
from streamer.face.describe import describe
from streamer.face.layers import GROUPS, YIELDS

ALIKE: Final = 0.5  # takes that differ by less at every moment are hard to tell apart: weights that show, summed up
SAME: Final = 0.15  # below it nobody can
LEAST: Final = 0.4  # what a take shows at its strongest: less is no acting
MILDER, STRONGER, MUCH_MILDER, MUCH_STRONGER = 0.55, 1.6, 0.25, 3.0
_REGIONS: Final = {"brows": ("brows",), "eyes": ("lids", "gaze"), "cheeks and nose": ("cheeks and nose",),
                   "mouth": ("jaw", "lips", "tongue"), "head": ("head",)}  # fmt: skip
_COLUMNS: Final = {name: [INDEX[c] for group in groups for c in GROUPS[group]] for name, groups in _REGIONS.items()}
_REPEATED: Final = [name for name in ROTATIONS if not name.startswith("Head")]  # the eyes' shapes say the same
_SEEN: Final[Floats] = np.array(  # what of each channel shows while a voice has the mouth
    [name not in _REPEATED and 1 - YIELDS.get(name.removesuffix("Left").removesuffix("Right"), 0) for name in CHANNELS],
    np.float32,
)
_MOMENTS: Final = np.linspace(EARLIEST, LATEST, 31)


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """A sheet and what was changed of the plan; `is_forced` where nothing moderate could be seen."""

    how: str
    sheet: CueSheet
    is_forced: bool = False


def vary(brain: Brain, prompt: Prompt, planned: CueSheet, chance: Random) -> Variation | None:
    """Another take of a prompt, drawn from those that differ visibly; None where the face is too still for any."""
    ways = [*_ways(brain, prompt, planned)]
    chance.shuffle(ways)
    for how, make in ways:
        sheet = make()
        if difference(planned, sheet) >= ALIKE and _strength(sheet) >= LEAST:
            return Variation(how, sheet)
    forced = [
        Variation(how, _scaled(planned, gain), is_forced=True)
        for how, gain in (("much stronger", MUCH_STRONGER), ("much milder", MUCH_MILDER))
    ]
    farthest = max(forced, key=lambda one: difference(planned, one.sheet))
    return farthest if difference(planned, farthest.sheet) >= SAME else None


def difference(one: CueSheet, other: CueSheet) -> float:
    """How far two takes are from each other at the moment when they are farthest: weights that show, summed up."""
    return float((np.abs(_faces(one) - _faces(other)) @ _SEEN).max())


def _ways(brain: Brain, prompt: Prompt, planned: CueSheet) -> Iterator[tuple[str, Callable[[], CueSheet]]]:
    yield "milder", lambda: _scaled(planned, MILDER)
    yield "stronger", lambda: _scaled(planned, STRONGER)
    for region, columns in _COLUMNS.items():
        yield f"without {region}", lambda columns=columns: _scaled(planned, 0.0, columns)  # type: ignore[misc]
        yield f"more {region}", lambda columns=columns: _scaled(planned, STRONGER, columns)  # type: ignore[misc]
    if len(planned.keyframes) > 1:
        yield "one face", lambda: CueSheet((max(planned.keyframes, key=lambda k: float(np.abs(k.values).sum())),))
    if prompt.line.strip():
        yield "the words alone", lambda: brain.plan([Prompt(prompt.line)])[0]
    if prompt.emotion.strip() or prompt.background.strip():
        yield "the feeling alone", lambda: brain.plan([replace(prompt, line="")])[0]


def _scaled(sheet: CueSheet, gain: float, columns: list[int] | slice = slice(None)) -> CueSheet:
    """The same faces with so much of some channels."""
    return CueSheet(tuple(_changed(keyframe, gain, columns) for keyframe in sheet.keyframes))


def _changed(keyframe: Keyframe, gain: float, columns: list[int] | slice) -> Keyframe:
    values = keyframe.values.copy()
    values[columns] *= np.float32(gain)
    values = np.clip(values, LOWEST, HIGHEST)
    return replace(keyframe, values=values, text=describe(values))


def _strength(sheet: CueSheet) -> float:
    return float((np.abs(_faces(sheet)) @ _SEEN).max())


def _faces(sheet: CueSheet) -> Floats:
    """A take at every moment (T, 61): from rest to its first face, on to the next, and the last one held."""
    times = [EARLIEST - 0.5, *(keyframe.at for keyframe in sheet.keyframes)]
    rows = np.stack([np.zeros_like(LOWEST), *(keyframe.values for keyframe in sheet.keyframes)])
    return np.stack([np.interp(_MOMENTS, times, row) for row in rows.T], axis=1).astype(np.float32)
