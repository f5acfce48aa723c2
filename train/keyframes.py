"""The few keyframes that a take can be played from: chosen by what our own curves make of them.

One keyframe after the other is added where it helps most, tried at every calm moment and with every onset; what is
measured is the face that curves.schedule and Track play, from the acts as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np

from protocols.arkit import HIGHEST, INDEX, LOWEST, Floats
from protocols.timecodes import Seconds
from streamer.cues import Keyframe, Onset
from streamer.face import acts, layers
from streamer.face.curves import schedule
from streamer.face.describe import describe
from streamer.face.track import Track
from train.capture import FPS, Take, motion
from train.phrases import Phrase

TOLERANCE: Final = 0.06  # rms error, by weight, below which no further keyframe is wanted
SEEN: Final = 0.08  # an act below this is not written: corpus/GUIDE.md
_STRIDE: Final = 4  # every fourth frame is compared
_CANDIDATES: Final = 40  # moments that are tried in a phrase
_APART: Final = 0.25  # seconds between two keyframes
_WORTH: Final = 0.05  # of the error: keyframes that take away less are too many
_NEAR: Final = 9  # candidates that a keyframe can move to when another has joined it
_ONSETS: Final[tuple[Onset, ...]] = get_args(Onset)


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a phrase that can be its keyframe, and how fast the face gets there."""

    frame: int  # from the phrase's beginning
    onset: Onset


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The keyframes of a phrase, and the face that is played from them."""

    phrase: Phrase
    keyframes: tuple[Keyframe, ...]
    acts: tuple[dict[str, float], ...]  # as written, one for each keyframe
    rebuilt: Floats  # (F, 61)
    error: float  # rms, by weight


def choose(take: Take, phrase: Phrase, most: int, tolerance: float = TOLERANCE) -> Choice:
    """The fewest keyframes, at most so many, that rebuild a phrase within `tolerance`, or as near as they come."""
    moments, error = _chosen(take, phrase, most, tolerance)
    keyframes = _keyframes(take, phrase, moments)
    frames = np.arange(phrase.end - phrase.begin) / FPS
    rebuilt = _played([keyframes], phrase.duration, frames)[:, 0]
    written = tuple(read(take.values[phrase.begin + moment.frame]) for moment in moments)
    return Choice(phrase, tuple(keyframes), written, rebuilt, error)


def read(values: Floats) -> dict[str, float]:
    """The acts of a face (61,) as a sheet has them."""
    return {act: round(weight, 2) for act, weight in acts.from_values(values).items() if weight >= SEEN}


def errors(take: Take, choices: Sequence[Choice]) -> dict[str, float]:
    """The rms error of all phrases together by the region of the face, each channel counting the same."""
    off = np.concatenate([take.values[c.phrase.begin : c.phrase.end] - c.rebuilt for c in choices])
    return {region: float(np.sqrt(np.mean(off[:, channels] ** 2))) for region, channels in REGIONS.items()}


REGIONS: Final = {
    region: [INDEX[name] for name in names if not name.startswith(("LeftEye", "RightEye"))]
    for region, names in layers.GROUPS.items()
}


def _chosen(take: Take, phrase: Phrase, most: int, tolerance: float) -> tuple[list[Moment], float]:
    """One more at a time; where the tolerance is out of reach, the fewest that come about as near as any."""
    candidates = _candidates(take, phrase)
    plans: list[tuple[list[Moment], float]] = [([], np.inf)]
    while len(plans) <= most and plans[-1][1] > tolerance:
        plans.append(_settled(take, phrase, _better(take, phrase, plans[-1][0], candidates), candidates))
    enough = max(tolerance, min(error for _, error in plans) * (1 + _WORTH))
    return next(plan for plan in plans if plan[1] <= enough)


def _settled(
    take: Take, phrase: Phrase, plan: tuple[list[Moment], float], candidates: Sequence[int]
) -> tuple[list[Moment], float]:
    """A plan whose moments have each moved to where they help most beside the others."""
    for at in range(len(plan[0]) if len(plan[0]) > 1 else 0):
        moved = plan[0][at]
        near = sorted(candidates, key=lambda frame: abs(frame - moved.frame))[:_NEAR]
        plan = _better(take, phrase, plan[0][:at] + plan[0][at + 1 :], near, plan)
    return plan


def _candidates(take: Take, phrase: Phrase) -> list[int]:
    """The calm half of a phrase's frames, where the face has arrived somewhere, and its strongest."""
    values = take.values[phrase.begin : phrase.begin + round(phrase.duration * FPS)]
    speed = motion(values, take.weights)
    calm = np.flatnonzero(speed <= np.median(speed))
    thinned = calm[np.unique(np.linspace(0, len(calm) - 1, _CANDIDATES).astype(int))]
    return sorted({*thinned.tolist(), int(np.argmax(values**2 @ take.weights))})


def _better(
    take: Take, phrase: Phrase, moments: list[Moment], candidates: Sequence[int],
    best: tuple[list[Moment], float] | None = None,
) -> tuple[list[Moment], float]:  # fmt: skip
    """The moments with the one more that leaves the least error, unless `best` leaves less."""
    tried = [
        sorted([*moments, Moment(frame, onset)], key=lambda moment: moment.frame)
        for frame in candidates
        for onset in _ONSETS
        if all(abs(frame - moment.frame) >= _APART * FPS for moment in moments)
    ]
    if not tried:
        return best or (moments, np.inf)
    left = _errors(take, phrase, [_keyframes(take, phrase, plan) for plan in tried])
    at = int(np.argmin(left))
    return best if best is not None and best[1] <= left[at] else (tried[at], float(left[at]))


def _keyframes(take: Take, phrase: Phrase, moments: Sequence[Moment]) -> list[Keyframe]:
    return [_keyframe(take, phrase, moment) for moment in moments]


def _keyframe(take: Take, phrase: Phrase, moment: Moment) -> Keyframe:
    values = acts.to_values(read(take.values[phrase.begin + moment.frame]))
    at = min(round(moment.frame / FPS / phrase.duration, 3), 1.0)
    return Keyframe(at, moment.onset, describe(values), values)


def _errors(take: Take, phrase: Phrase, plans: Sequence[Sequence[Keyframe]]) -> Floats:
    """What each of some plans (N,) misses of a phrase."""
    frames = np.arange(0, phrase.end - phrase.begin, _STRIDE)
    played = _played(plans, phrase.duration, frames / FPS)
    off = played - take.values[phrase.begin + frames][:, None]
    return np.asarray(np.sqrt((off**2 @ take.weights).mean(0) / take.weights.sum()), np.float32)


def _played(plans: Sequence[Sequence[Keyframe]], duration: float, times: Seconds) -> Floats:
    """The faces (F, N, 61) of some plans at some seconds of their line, from rest, as a game's are played."""
    track = Track(LOWEST, HIGHEST)
    for plan in plans:
        track.follow(track.add(), schedule(plan, 0.0, 0.0, duration, anticipate=False))
    return np.stack([track.sample(float(now)).copy() for now in times])
