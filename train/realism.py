"""python -m train.realism: how the face moves over ten minutes of idleness and of speech, beside what people do."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols import messages
from protocols.arkit import INDEX, Floats
from streamer.brain.rules import Rules
from streamer.face.sounds import Sound
from streamer.face.speech import pronounced
from streamer.performance import FPS, Performance

CORPUS: Final = Path(__file__).parent / "corpus"
SHUT: Final = 0.4  # of a lid: what counts as a blink in recordings
PARTED: Final = 0.06  # jaw open beyond what the lips keep closed: lips closer than that are together
FALLEN: Final = 0.1  # lips that are drawn apart by less are together
PHRASE: Final = 36  # frames over which the jaw's mean is taken off: pauses and phrases are slower than syllables
TUCKED: Final = 0.2  # lower lip rolled in under the teeth


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    human: str
    ours: str


def idle(seconds: float) -> Floats:
    """A face that nobody speaks to: (frames, 61)."""
    performance = Performance(("guard",))
    return np.array([performance.frame(n)[0].values[0].copy() for n in range(round(seconds * FPS))])


def talking(lines: Sequence[str], seconds: float) -> Floats:
    """A face that says line after line, a breath apart: (frames, 61)."""
    brain = Rules()
    performance = Performance(("guard",))
    frames: list[Floats] = []
    for text in lines:
        performance.handle(messages.Line("guard", text))
        for request in performance.requests():
            performance.deliver(request, brain.plan([request.prompt])[0])
        frames.extend(_played(performance))
        if len(frames) > seconds * FPS:
            break
    return np.array(frames)


def blinks(lid: Floats) -> list[tuple[int, int, int, float]]:
    """First, highest and last frame and the height of every blink."""
    found = []
    high = np.flatnonzero(lid > SHUT)
    for run in np.split(high, np.flatnonzero(np.diff(high) > 1) + 1) if len(high) else []:
        peak = int(run[np.argmax(lid[run])])
        first, last = run[0], run[-1]
        while first > 0 and lid[first - 1] < lid[first]:
            first -= 1
        while last < len(lid) - 1 and lid[last + 1] < lid[last]:
            last += 1
        found.append((int(first), peak, int(last), float(lid[peak])))
    return found


def blink_rows(name: str, lid: Floats, rate: str) -> Iterator[Row]:
    found = blinks(lid)
    minutes = len(lid) / FPS / 60
    closing = [(peak - first) / FPS * 1000 for first, peak, _, _ in found]
    opening = [(last - peak) / FPS * 1000 for _, peak, last, _ in found]
    gaps = [(b[0] - a[0]) / FPS for a, b in pairwise(found)]
    yield Row(f"blinks a minute, {name}", rate, f"{len(found) / minutes:.1f}")
    yield Row(f"blink closing ms, {name}", "83 (67-234)", f"{np.median(closing):.0f}")
    yield Row(f"blink opening ms, {name}", "133 (to 384)", f"{np.median(opening):.0f}")
    yield Row(f"opening over closing, {name}", "1.4-1.6", f"{np.mean(opening) / np.mean(closing):.2f}")
    yield Row(f"blink height, {name}", "0.70 (0.45-0.88); 0.6-1.0", f"{np.median([b[3] for b in found]):.2f}")
    yield Row(f"spread of log interval, {name}", "log-normal, clustered", f"{np.std(np.log(gaps)):.2f}")


def gaze_rows(values: Floats) -> Iterator[Row]:
    yaw, pitch = np.degrees(values[:, INDEX["LeftEyeYaw"]]), np.degrees(values[:, INDEX["LeftEyePitch"]])
    speed = np.hypot(np.diff(yaw), np.diff(pitch)) * FPS
    moving = np.flatnonzero(speed > 30)
    runs = np.split(moving, np.flatnonzero(np.diff(moving) > 1) + 1)
    sizes = [np.hypot(yaw[r[-1] + 1] - yaw[r[0]], pitch[r[-1] + 1] - pitch[r[0]]) for r in runs]
    rests = [(b[0] - a[-1]) / FPS for a, b in pairwise(runs)]
    yield Row("saccades below 15 degrees", "83 %", f"{np.mean(np.array(sizes) < 15):.0%}")
    yield Row("longest saccade, frames", "2-4, to 7", f"{max(map(len, runs))}")
    yield Row("fastest gaze, degrees a second", "to 500-700", f"{speed.max():.0f}")
    yield Row("median fixation, s", "0.2-0.5 and longer in talk", f"{np.median(rests):.2f}")


def head_rows(name: str, values: Floats) -> Iterator[Row]:
    head = np.degrees(values[:, [INDEX["HeadYaw"], INDEX["HeadPitch"], INDEX["HeadRoll"]]])
    speed = np.abs(np.diff(head, axis=0)).max(1) * FPS
    yield Row(f"head motion, degrees rms, {name}", "1-4", f"{np.sqrt(np.mean((head - head.mean(0)) ** 2)):.1f}")
    yield Row(f"head speed p95, degrees a second, {name}", "below 60", f"{np.percentile(speed, 95):.0f}")


def speed_rows(values: Floats) -> Iterator[Row]:
    names = ["BrowInnerUp", "BrowDownLeft", "MouthFrownLeft", "CheekSquintLeft", "NoseSneerLeft"]
    speed = np.abs(np.diff(values[:, [INDEX[n] for n in names]], axis=0)) * FPS
    yield Row("expression speed p99, a second", "below 4", f"{np.percentile(speed, 99):.1f}")
    yield Row("expression speed, highest", "below 9", f"{speed.max():.1f}")


def closures(texts: Sequence[str]) -> tuple[float, float]:
    """The shares of P, B, M with closed lips and of F, V with the lip on the teeth, within a frame of their middle."""
    brain = Rules()
    closed: list[bool] = []
    tucked: list[bool] = []
    for text in texts:
        performance = Performance(("guard",))
        performance.handle(messages.Line("guard", text, emotion="happy", id="q"))
        for request in performance.requests():
            performance.deliver(request, brain.plan([request.prompt])[0])
        values = _played(performance)
        for sound in pronounced(text):
            near = values[max(_middle(sound) - 1, 0) : _middle(sound) + 2]
            if sound.phone in "PBM" and sound.phone:
                closed.append(bool(lips_closed(near).any()))
            elif sound.phone in ("F", "V"):
                tucked.append(bool((near[:, INDEX["MouthRollLower"]] > TUCKED).any()))
    return float(np.mean(closed)), float(np.mean(tucked))


def lips_closed(values: Floats) -> NDArray[np.bool_]:
    """Whether the lips are together: no gap that the jaw leaves, nothing that draws them apart."""
    gap = values[:, INDEX["JawOpen"]] - values[:, INDEX["MouthClose"]]
    parts = ("MouthFunnel", "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft", "MouthUpperUpRight")
    drawn = values[:, [INDEX[name] for name in parts]].max(1)
    return np.asarray((gap <= PARTED) & (drawn <= FALLEN))


def spectrum_rows(values: Floats) -> Iterator[Row]:
    jaw = values[:, INDEX["JawOpen"]]
    jaw = jaw - np.convolve(jaw, np.ones(PHRASE) / PHRASE, "same").astype(np.float32)
    power = np.mean([np.abs(np.fft.rfft((w - w.mean()) * np.hanning(len(w)))) ** 2 for w in _windows(jaw)], axis=0)
    hertz = np.fft.rfftfreq(256, 1 / FPS)
    mouth = values[:, [i for name, i in INDEX.items() if name.startswith(("Jaw", "Mouth"))]]
    above = 0.0
    for channel in mouth.T:
        p = np.mean([np.abs(np.fft.rfft((w - w.mean()) * np.hanning(len(w)))) ** 2 for w in _windows(channel)], axis=0)
        if p.sum() > 1e-6:
            above = max(above, float(p[hertz > 10].sum() / p.sum()))
    yield Row("jaw spectrum's peak inside phrases, Hz", "2-7", f"{hertz[np.argmax(power)]:.1f}")
    yield Row("share above 10 Hz, worst mouth channel", "little", f"{above:.1%}")


def rate_row(texts: Sequence[str]) -> Row:
    rates = []
    for text in texts:
        sounds = pronounced(text)
        if len(sounds) > 20:
            rates.append(sum(s.stress > 0 or s.phone in _VOWELS for s in sounds) / sounds[-1].end)
    return Row("syllables a second, pauses in", "4.0-4.7", f"{np.mean(rates):.1f} ± {np.std(rates):.1f}")


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.realism", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    rows = [json.loads(text) for path in sorted(CORPUS.glob("[a-q].jsonl")) for text in path.read_text().splitlines()]
    texts = [row["line"] for row in rows[::7] if row["line"] and row["id"][0] != "j"]
    resting, talk = idle(asked.minutes * 60), talking(texts, asked.minutes * 60)
    table = [
        *blink_rows("idle", resting[:, INDEX["EyeBlinkLeft"]], "17 (8-21)"),
        *blink_rows("speech", talk[:, INDEX["EyeBlinkLeft"]], "26 (10.5-32.5)"),
        *gaze_rows(resting), *head_rows("idle", resting), *head_rows("speech", talk), *speed_rows(talk),
        *spectrum_rows(talk), rate_row(texts[:200]),
    ]  # fmt: skip
    lips, teeth = closures(texts[:200])
    table.append(Row("P B M with lips closed, 200 sentences", "all", f"{lips:.1%}"))
    table.append(Row("F V with the lip on the teeth", "all", f"{teeth:.1%}"))
    print("| | people | Facecue |\n|---|---|---|")
    for row in table:
        print(f"| {row.what} | {row.human} | {row.ours} |")
    return 0


_VOWELS: Final = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())


def _played(performance: Performance) -> Floats:
    """The frames until the guard has nothing left to say."""
    frames: list[Floats] = []
    while not performance.is_idle("guard"):
        frames.append(performance.frame(performance.number + 1)[0].values[0].copy())
    return np.array(frames)


def _middle(sound: Sound) -> int:
    return round((sound.begin + sound.end) / 2 * FPS)


def _windows(channel: Floats) -> list[Floats]:
    return [channel[i : i + 256] for i in range(0, len(channel) - 256, 128)]


if __name__ == "__main__":
    sys.exit(main())
