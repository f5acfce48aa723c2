"""A made take in the phone's manner: known poses on a face whose rest is off, with jitter, blinks and lost frames."""

import os
from pathlib import Path
from typing import get_args

import numpy as np

from protocols import recording, timecodes
from protocols.arkit import HIGHEST, INDEX, LOWEST, Floats, face
from streamer.cues import Keyframe, Onset
from streamer.face.acts import to_values
from streamer.face.curves import schedule
from streamer.face.track import Track

RECORDINGS = Path(os.environ.get("FACECUE_RECORDINGS") or Path(__file__).parents[3] / "shared" / "recordings")
REAL = sorted(RECORDINGS.glob("*.csv")) if RECORDINGS.is_dir() else []

REST = {"MouthStretchLeft": 0.15, "MouthStretchRight": 0.15, "BrowInnerUp": 0.1, "EyeLookDownLeft": 0.2,
        "EyeLookDownRight": 0.2, "LeftEyePitch": 0.12, "RightEyePitch": 0.12}  # fmt: skip
ANGRY = {"BrowDownLeft": 0.7, "BrowDownRight": 0.7, "NoseSneerLeft": 0.4, "NoseSneerRight": 0.4}
GLAD = {"MouthSmileLeft": 0.8, "MouthSmileRight": 0.8, "CheekSquintLeft": 0.5, "CheekSquintRight": 0.5}
RAISED = {"BrowInnerUp": 0.7, "BrowOuterUpLeft": 0.6, "BrowOuterUpRight": 0.6}
EXERCISES = (
    "BrowDown", "BrowInnerUp", "BrowOuterUpLeft", "EyeSquint", "EyeWide", "LookLeft", "LookUp", "NoseSneer", "JawOpen",
    "JawLeft", "CheekPuff", "MouthSmile", "MouthSmileRight", "MouthFrown", "MouthPucker", "MouthStretch", "MouthLeft",
)  # fmt: skip
ONSETS: tuple[Onset, ...] = get_args(Onset)
LENGTH = 4.0  # seconds of a phrase's line
PHRASE = 6.0  # with the rest after it


def acted(poses: list[dict[str, float]], phrases: int = 1) -> Floats:
    """Frames (F, 61) of some poses, at even times of a line, on a face whose rest is zero."""
    steps = [(i + 0.5) / len(poses) for i in range(len(poses))]
    keyframes = [Keyframe(at, "ease", "", face(pose)) for at, pose in zip(steps, poses, strict=True)]
    track = Track(LOWEST, HIGHEST)
    row = track.add()
    track.follow(
        row,
        [s for n in range(phrases) for s in schedule(keyframes, n * PHRASE, n * PHRASE, LENGTH, anticipate=False)],
    )
    return np.stack([track.sample(n / 60)[0].copy() for n in range(round(phrases * PHRASE * 60))])


def exercised(seconds: float) -> Floats:
    """Frames (F, 61) of a face that hardly rests, as in a range of motion: feature after feature, at uneven times."""
    draw = np.random.default_rng(5)
    keyframes: list[Keyframe] = []
    at = 0.3
    while at < seconds - 1:
        chosen = draw.choice(EXERCISES, draw.integers(1, 4), replace=False)
        pose = {act: float(draw.uniform(0.3, 1.0)) for act in chosen}
        keyframes.append(Keyframe(at / seconds, ONSETS[draw.integers(len(ONSETS))], "", to_values(pose)))
        at += float(draw.uniform(0.5, 1.6))
        if draw.random() < 0.3:  # now and then it lets go
            keyframes.append(Keyframe(at / seconds, "ease", "", face({})))
            at += float(draw.uniform(0.6, 1.2))
    track = Track(LOWEST, HIGHEST)
    track.follow(track.add(), schedule(keyframes, 0.0, 0.0, seconds, anticipate=False))
    times = np.arange(round(seconds * 60)) / 60
    values = np.stack([track.sample(float(now))[0].copy() for now in times])
    for channel, slow in (("HeadYaw", 0.13), ("HeadPitch", 0.21), ("HeadRoll", 0.08)):  # nobody holds a head still
        values[:, INDEX[channel]] += 0.05 * np.sin(2 * np.pi * slow * times).astype(np.float32)
    return values


def captured(values: Floats, fps: str = "60", lost: tuple[int, ...] = ()) -> recording.Recording:
    """What a phone makes of it: an offset, jitter, a blink a second and a half, frames that get lost."""
    offset = face(REST)
    seen = offset + values * (1 - np.abs(offset))
    seen[:, :52] += np.random.default_rng(3).normal(0, 0.004, (len(seen), 52)).astype(np.float32)
    for begin in range(40, len(seen) - 20, 90):
        seen[begin : begin + 12, [INDEX["EyeBlinkLeft"], INDEX["EyeBlinkRight"]]] = 0.8
    seen = np.clip(seen, LOWEST, HIGHEST)
    whole = recording.take(seen, 60)
    rate = timecodes.RATES[fps]
    retimed = recording.resample(whole, rate) if fps != "60" else whole
    kept = [n for n in range(len(retimed.values)) if n not in lost]
    codes = tuple(retimed.timecodes[n] for n in kept)
    return recording.Recording(retimed.times[kept], retimed.values[kept], codes, retimed.count)


def written(path: Path, taken: recording.Recording) -> Path:
    """The take as a file."""
    path.write_text(recording.encode(taken), encoding="utf-8")
    return path
