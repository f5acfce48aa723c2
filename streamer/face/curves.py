"""Keyframes in time: when a face starts to move, how fast, and when it lets go again.

A segment leads the face to a target along one of two shapes: RISE is the minimum-jerk curve of a face that gets
somewhere; RELEASE starts sooner and has a longer tail, because an expression played backwards looks false.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from protocols.arkit import Floats
from streamer.cues import Keyframe, Onset

Shape = Literal["rise", "release"]

# Coefficients of u**2 .. u**5; both shapes go from 0 to 1 with no slope at either end.
SHAPES: Final[dict[Shape, tuple[float, float, float, float]]] = {
    "rise": (0.0, 10.0, -15.0, 6.0),
    "release": (6.0, -8.0, 3.0, 0.0),
}
PEAK_SLOPE: Final = 1.875  # of RISE at its middle; RELEASE stays below it

RISE_TIME: Final[dict[Onset, float]] = {"snap": 0.1, "ease": 0.3, "slow": 0.9}
FASTEST: Final = RISE_TIME["snap"]  # nothing about a face moves from end to end in less
RELEASE_TIME: Final = 0.7  # back to the mood after a line
APEX: Final = 0.3  # the last keyframe is seen this long, even when its line has ended
HOLD: Final = 0.8  # a keyframe stands this long before it softens
SOFTEN_TIME: Final = 1.6
SOFTENED: Final = 0.7  # what is left of a keyframe that nothing follows for a while
LEAD_TIME: Final = 0.35  # a face that will act later shows a little of it at once
LEAD: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """From where the face is at `begin` to `weight` of `values` over its mood, in `duration`; no values: the mood."""

    begin: float
    duration: float
    shape: Shape
    values: Floats | None = None  # (61,)
    weight: float = 1.0


def release(begin: float, duration: float = RELEASE_TIME) -> Segment:
    """The way back to the mood; never faster than a face can move."""
    return Segment(begin, max(duration, FASTEST), "release")


def schedule(
    keyframes: Sequence[Keyframe], begin: float, voice: float | None, duration: float, *, anticipate: bool
) -> list[Segment]:
    """The segments of a line that the face takes up at `begin` and whose voice starts at `voice`.

    The first keyframe does not wait for the voice. While the voice's start is unknown only the first is played.
    A line resumed after its voice began goes back to the keyframe that was showing.
    """
    if voice is None:
        return _approach(keyframes[0], begin, begin, begin)
    peaks = [voice + keyframe.at * duration for keyframe in keyframes]
    is_fresh = voice >= begin
    if is_fresh:
        peaks[0] = begin + keyframes[0].at * duration
    shown = 0 if is_fresh else max((i for i, peak in enumerate(peaks) if peak < begin), default=0)
    segments: list[Segment] = []
    ready = begin
    for keyframe, peak in zip(keyframes[shown:], peaks[shown:], strict=True):
        segments += _soften(segments, until=peak - RISE_TIME[keyframe.onset])
        if not segments and is_fresh and anticipate:
            segments += _answer(keyframe, begin, peak)
        else:
            segments += _approach(keyframe, begin, peak, ready)
        ready = segments[-1].begin + segments[-1].duration
    end = max(voice + duration, ready + APEX)
    return [*segments, *_soften(segments, until=end), release(end)]


def revised(
    shown: Sequence[Keyframe],
    better: Sequence[Keyframe],
    begin: float,
    voice: float | None,
    duration: float,
    now: float,
) -> list[Keyframe]:
    """The keyframes that have begun by `now`, and after them the better ones that can still be reached in time.

    They are laid out from `begin`. A hint ahead of a first keyframe is no beginning. Where nothing better can be
    reached, what was shown stays.
    """
    begun = 1
    if voice is not None:
        starts = _starts(shown, begin, voice, duration)
        begun = next((i for i, start in enumerate(starts) if start > now), len(starts))
    if len(better) == len(shown):
        return [*shown[:begun], *better[begun:]]
    rest = list(better)
    if begun:
        rest = [k for k in rest if k.at > shown[begun - 1].at and (voice is None or _start(k, voice, duration) > now)]
    elif voice is not None:
        while rest and _starts(rest, begin, voice, duration)[0] <= now:
            rest.pop(0)
    return [*shown[:begun], *rest] if rest else list(shown)


def _starts(keyframes: Sequence[Keyframe], begin: float, voice: float, duration: float) -> list[float]:
    """When each keyframe's rise starts, if the one before does not hold it up."""
    starts = [_start(keyframe, voice, duration) for keyframe in keyframes]
    if voice >= begin:
        starts[0] = _start(keyframes[0], begin, duration)
        if starts[0] - begin < FASTEST:  # no time for a hint
            starts[0] = begin
    return starts


def _start(keyframe: Keyframe, voice: float, duration: float) -> float:
    return voice + keyframe.at * duration - RISE_TIME[keyframe.onset]


def _approach(keyframe: Keyframe, begin: float, peak: float, ready: float) -> list[Segment]:
    """The rise to one keyframe: on time where it can, late by up to half its rise where the one before is too near."""
    rise = RISE_TIME[keyframe.onset]
    start = max(peak - rise, ready, begin)
    duration = max(peak - start, FASTEST, rise if start == begin else rise / 2)
    return [Segment(start, duration, "rise", keyframe.values)]


def _answer(keyframe: Keyframe, begin: float, peak: float) -> list[Segment]:
    """A first keyframe that begins with its line: at once when it is near, with a hint ahead when it is not."""
    wait = peak - RISE_TIME[keyframe.onset] - begin
    if wait < FASTEST:
        return [Segment(begin, max(peak - begin, RISE_TIME[keyframe.onset]), "rise", keyframe.values)]
    hint = Segment(begin, min(LEAD_TIME, wait), "rise", keyframe.values, LEAD)
    return [hint, *_approach(keyframe, begin, peak, begin)]


def _soften(segments: Sequence[Segment], until: float) -> list[Segment]:
    """Lets the latest keyframe settle when nothing follows for a while: held faces are never frozen."""
    if not segments or segments[-1].weight != 1.0:
        return []
    latest = segments[-1]
    start = latest.begin + latest.duration + HOLD
    if until - start < SOFTEN_TIME / 2:
        return []
    return [Segment(start, min(SOFTEN_TIME, until - start), "release", latest.values, SOFTENED)]
