"""A phone's recording made clean: a steady 60 frames a second of a face whose rest is zero.

What tracking leaves in a take is not acting: frames that stand twice, frames that were lost, a resting face that is
not at zero, jitter, blinks (the driver adds its own) and, in a spoken take, the shapes of the sounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, SHAPES, Floats, clamp
from protocols.recording import Recording, sample
from streamer.face.layers import GROUPS, YIELDS

FPS: Final = 60
STILLEST: Final = 0.2  # of a take: where its resting level is looked for
_RESTING: Final = 0.3  # quantile of the stillest frames: a pose that is held pushes a weight up, nothing pushes it down
_HIGHEST_REST: Final = 0.3  # more than this is a pose, not a calibration that is off
_LOWEST_PHONE: Final = 0.6  # of the gaze and the head, which rest on the phone
_REPEATS: Final = 2  # a camera slower than its timecode repeats a face up to twice; a longer standstill is a still face
_SMOOTHING: Final = np.hanning(9)[1:-1].astype(np.float32)  # 7 frames: half of what is at 10 Hz goes, 3 Hz stays
_FLEETING: Final = 0.5  # seconds: lids that close for less blink, lips that move for less speak
_SPOKEN: Final = 0.5  # a channel of which speech takes this share or more in layers.YIELDS shows sounds, not acting
_MOTION: Final = 0.25  # seconds over which motion is averaged
_GLANCES: Final = 0.25  # weight of the gaze, most of which is the wandering of a living face

# Ways that a face cannot go at once: rest is taken from their difference, so that the way back from one is the other.
_SIGNED: Final = tuple(
    (INDEX[one], INDEX[other])
    for one, other in (
        ("EyeLookUpLeft", "EyeLookDownLeft"), ("EyeLookUpRight", "EyeLookDownRight"),
        ("EyeLookOutLeft", "EyeLookInLeft"), ("EyeLookInRight", "EyeLookOutRight"),
        ("JawLeft", "JawRight"), ("MouthLeft", "MouthRight"),
    )
)  # fmt: skip
_SHAPES: Final = len(SHAPES)
_REST_LIMIT: Final = np.full(len(CHANNELS), _HIGHEST_REST, np.float32)
_REST_LIMIT[[INDEX[name] for name in (*GROUPS["gaze"], *GROUPS["head"])]] = _LOWEST_PHONE


def _yields(name: str) -> float:
    return YIELDS.get(name, YIELDS.get(name.removesuffix("Left").removesuffix("Right"), 0.0))


_SOUNDS: Final = [i for i, name in enumerate(CHANNELS) if _yields(name) >= _SPOKEN]
_LIDS: Final = [INDEX["EyeBlinkLeft"], INDEX["EyeBlinkRight"]]
_EYES: Final = [i for i, name in enumerate(CHANNELS) if name.startswith(("LeftEye", "RightEye"))]


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What was done to a take."""

    rows: int
    duplicates: int  # rows that repeat the one before
    dropped: int  # frames that the timecode counts and no row has
    gap: float  # seconds of the longest hole
    rest: Mapping[str, float]  # what was taken off, by channel, where it is worth a word
    jitter: float  # rms of what the low-pass took away


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A clean take, and how much each channel counts in it."""

    values: Floats  # (F, 61), at FPS, rest at 0
    weights: Floats  # (61,)
    cleaning: Cleaning

    @property
    def length(self) -> float:
        """Seconds."""
        return len(self.values) / FPS


def clean(recording: Recording, *, is_spoken: bool, rest: Floats | None = None) -> Take:
    """A take fit to be read for its acting; `rest` (61,) is the resting face where another take has shown it."""
    kept = _distinct(recording)
    frames = int(float(recording.times[-1]) * FPS + 1e-6) + 1
    steady = sample(kept, np.arange(frames) / FPS)
    smooth = low_pass(steady)
    level = resting(smooth) if rest is None else rest
    values = _without_rest(smooth, level)
    passing = _LIDS + _SOUNDS if is_spoken else _LIDS
    values[:, passing] = low_pass(_lasting(values[:, passing]))
    steps = np.diff(recording.times)
    usual = float(np.median(steps[steps > 0])) if steps.any() else 1 / FPS
    cleaning = Cleaning(
        rows=len(recording.values),
        duplicates=len(recording.values) - len(kept.values),
        dropped=int(np.maximum(np.rint(steps / usual) - 1, 0).sum()),
        gap=float(steps.max(initial=0.0)),
        rest={CHANNELS[i]: round(float(level[i]), 2) for i in np.argsort(-np.abs(level)) if abs(level[i]) >= 0.1},
        jitter=float(np.sqrt(np.mean((steady - smooth)[:, :_SHAPES] ** 2))),
    )
    return Take(values, weights(is_spoken=is_spoken), cleaning)


def rest_of(recording: Recording) -> Floats:
    """The resting face (61,) that a recording shows, in its own values."""
    frames = int(float(recording.times[-1]) * FPS + 1e-6) + 1
    return resting(low_pass(sample(_distinct(recording), np.arange(frames) / FPS)))


def resting(values: Floats) -> Floats:
    """The resting level (61,) of the stillest share of some frames (F, 61); of opposites the one that outweighs."""
    speed = motion(values, np.ones(len(CHANNELS), np.float32))
    still = values[speed <= np.quantile(speed, STILLEST)]
    level = np.quantile(still, _RESTING, axis=0).astype(np.float32)
    level[_SHAPES:] = np.median(still[:, _SHAPES:], axis=0)
    for one, other in _SIGNED:
        middle = float(np.median(still[:, one] - still[:, other]))
        level[one], level[other] = max(middle, 0.0), max(-middle, 0.0)
    return np.clip(level, -_REST_LIMIT, _REST_LIMIT)


def weights(*, is_spoken: bool) -> Floats:
    """How much each channel (61,) counts: what speech owns little in a spoken take, glances little in every one."""
    row = np.array([1.0 - is_spoken * _yields(name) for name in CHANNELS], np.float32)
    row[[INDEX[name] for name in GROUPS["gaze"]]] = _GLANCES
    row[_EYES] = 0.0  # they say again what the EyeLook shapes say
    return row


def motion(values: Floats, weight: Floats) -> Floats:
    """How fast each of some frames (F, 61) moves, all channels together, a second."""
    steps = np.sqrt(np.diff(values, axis=0, prepend=values[:1]) ** 2 @ weight) * FPS
    return _average(steps[:, None], round(_MOTION * FPS))[:, 0]


def low_pass(values: Floats) -> Floats:
    """Frames (F, C) without their jitter; symmetric, so that nothing is late."""
    return _convolve(values, _SMOOTHING / _SMOOTHING.sum())


def _distinct(recording: Recording) -> Recording:
    """The rows that say something new: not the repeats of a slow camera, of rows at one time the last."""
    same = np.concatenate(([False], (np.diff(recording.values, axis=0) == 0).all(1)))
    starts = np.flatnonzero(~same)
    runs = np.diff(np.append(starts, len(same))) - 1
    repeated = same & np.repeat(runs <= _REPEATS, runs + 1)
    keep = ~repeated & np.append(np.diff(recording.times) > 0, True)
    keep[0] |= not keep.any()
    kept = np.flatnonzero(keep)
    codes = tuple(recording.timecodes[i] for i in kept)
    return Recording(recording.times[kept], recording.values[kept], codes, recording.count)


def _without_rest(values: Floats, level: Floats) -> Floats:
    """Rest at 0 and the full weight still at 1."""
    free = (values - level) / np.where(level > 0, 1 - level, 1)
    free[:, _SHAPES:] = values[:, _SHAPES:] - level[_SHAPES:]
    for one, other in _SIGNED:
        across = values[:, one] - values[:, other] - (level[one] - level[other])
        free[:, one], free[:, other] = np.maximum(across, 0), np.maximum(-across, 0)
    return clamp(free.astype(np.float32), LOWEST, HIGHEST)


def _lasting(values: Floats) -> Floats:
    """What stays for longer than a blink or a sound: the highest of the lowest of each window."""
    width = round(_FLEETING * FPS) | 1
    pad = ((width // 2, width // 2), (0, 0))
    lowest = sliding_window_view(np.pad(values, pad, mode="edge"), width, axis=0).min(-1)
    return np.asarray(sliding_window_view(np.pad(lowest, pad, mode="edge"), width, axis=0).max(-1), np.float32)


def _average(values: Floats, width: int) -> Floats:
    return _convolve(values, np.full(width | 1, 1 / (width | 1), np.float32))


def _convolve(values: Floats, kernel: NDArray[np.float32]) -> Floats:
    side = len(kernel) // 2
    padded = np.pad(values, ((side, side), (0, 0)), mode="edge")
    return np.asarray(sliding_window_view(padded, len(kernel), axis=0) @ kernel, np.float32)
