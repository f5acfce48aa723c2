"""Where a take is cut: a line of dialogue is seconds long, a recording can be minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer.face.curves import RELEASE_TIME
from train.capture import FPS, Take, motion

LONGEST: Final = 8.0  # seconds; a take beyond this is cut where its face rests
SHORTEST: Final = 1.0  # seconds of a part
REST: Final = 0.4  # seconds at rest that part two phrases
ACTIVE: Final = 0.35  # distance from rest, all channels together, at which a face shows something
_BEFORE: Final = 0.3  # seconds of a phrase ahead of what it shows
_AFTER: Final = 0.2


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a take, in frames, and the seconds of its line, which ends where the face begins to let go."""

    begin: int
    end: int
    duration: float


class PhraseError(ValueError):
    """A take that cannot be cut as asked; the message says what it has."""


def cut(take: Take, lines: int = 0) -> list[Phrase]:
    """The phrases of a take in order: as many as it has lines, or where there are none, as its rests tell."""
    shown = activity(take)
    if not (shown >= ACTIVE).any() or motion(take.values, take.weights).max(initial=0.0) < ACTIVE:
        raise PhraseError(f"nothing moves: the face stays within {float(shown.max(initial=0.0)):.2f} of its rest")
    spans = [_trimmed(shown, 0, len(shown))]
    if lines > 1:
        spans = _into(spans[0], shown, lines)
    elif lines == 0 and spans[0][1] - spans[0][0] > LONGEST * FPS:
        spans = [part for span in _parted(shown, *spans[0]) for part in _halved(shown, *span)]
    return [_phrase(shown, begin, end) for begin, end in spans]


def activity(take: Take) -> Floats:
    """How far each frame (F,) of a take is from rest."""
    return np.asarray(np.sqrt(take.values**2 @ take.weights), np.float32)


def _phrase(shown: Floats, begin: int, end: int) -> Phrase:
    is_released = shown[end - 1] < ACTIVE
    seconds = (end - begin) / FPS
    return Phrase(begin, end, float(max(seconds - RELEASE_TIME * is_released, seconds / 2)))


def _trimmed(shown: Floats, begin: int, end: int) -> tuple[int, int]:
    """The part of a span that shows something, with a little around it."""
    active = begin + np.flatnonzero(shown[begin:end] >= ACTIVE)
    return max(int(active[0]) - round(_BEFORE * FPS), begin), min(int(active[-1]) + round(_AFTER * FPS), end)


def _parted(shown: Floats, begin: int, end: int) -> list[tuple[int, int]]:
    """A span without the rests in it."""
    rests = [(a, b) for a, b in _rests(shown, begin, end) if b - a >= REST * FPS]
    edges = [begin, *(edge for rest in rests for edge in rest), end]
    return [_trimmed(shown, max(a - round(_BEFORE * FPS), begin), min(b + round(_AFTER * FPS), end))
            for a, b in zip(edges[::2], edges[1::2], strict=True) if (shown[a:b] >= ACTIVE).any()]  # fmt: skip


def _rests(shown: Floats, begin: int, end: int) -> Iterator[tuple[int, int]]:
    still = np.concatenate(([False], shown[begin:end] < ACTIVE, [False]))
    edges = begin + np.flatnonzero(np.diff(still.astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _halved(shown: Floats, begin: int, end: int) -> list[tuple[int, int]]:
    """A span that goes on without rest, cut where its face comes closest to it."""
    if end - begin <= LONGEST * FPS:
        return [(begin, end)]
    middle = _calmest(shown, begin, end)
    return _halved(shown, begin, middle) + _halved(shown, middle, end)


def _calmest(shown: Floats, begin: int, end: int) -> int:
    edge = round(SHORTEST * FPS)
    return begin + edge + int(np.argmin(shown[begin + edge : end - edge]))


def _into(span: tuple[int, int], shown: Floats, lines: int) -> list[tuple[int, int]]:
    """A span cut at its longest rests into as many parts as the script has lines."""
    rests = sorted(_rests(shown, *span), key=lambda rest: rest[0] - rest[1])[: lines - 1]
    if len(rests) < lines - 1:
        raise PhraseError(f"the face rests {len(rests)} times in between, expected {lines - 1} for {lines} lines")
    edges = [span[0], *(edge for rest in sorted(rests) for edge in rest), span[1]]
    return [_trimmed(shown, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
