import random

import numpy as np
import pytest

from streamer.face.clips import Clips

RATE = 60


def clip(length: int, peak: float = 1.0) -> np.ndarray:
    shape = peak * np.sin(np.linspace(0, np.pi, length)) ** 2
    return np.stack([shape, shape / 2], 1).astype(np.float32)


def value(clips: Clips, row: int, now: float) -> np.ndarray:
    rows, played = clips.sample(now)
    found = np.flatnonzero(rows == row)
    return played[found[0]] if len(found) else np.zeros(2, np.float32)


def test_rows_play_their_own_clips_from_their_own_beginnings() -> None:
    clips = Clips(2, RATE)
    for _ in range(20):
        clips.add()
    clips.play(3, clip(61), begin=1.0, now=0.0, fade=0.1)
    clips.play(17, clip(61, 0.5), begin=1.25, now=0.0, fade=0.1)
    assert value(clips, 3, 1.5) == pytest.approx([1.0, 0.5], abs=1e-3)
    assert value(clips, 17, 1.75) == pytest.approx([0.5, 0.25], abs=1e-3)
    rows, _ = clips.sample(3.0)
    assert not len(rows)


def test_between_samples_lies_the_mean() -> None:
    clips = Clips(2, RATE)
    clips.add()
    ramp = np.repeat(np.arange(10, dtype=np.float32)[:, None], 2, 1) / 10
    clips.play(0, ramp, 0.0, 0.0, 0.1)
    assert value(clips, 0, 3.5 / RATE)[0] == pytest.approx(0.35, abs=0.3)
    assert value(clips, 0, 7.5 / RATE)[0] == pytest.approx(0.75, abs=1e-5)


def test_a_turn_keeps_value_and_velocity() -> None:
    chance = random.Random(1)
    clips = Clips(2, RATE)
    clips.add()
    now, last, speed = 0.0, 0.0, 0.0
    for step in range(2000):
        if chance.random() < 0.1:
            if chance.random() < 0.3:
                clips.stop(0, now, 0.12)
            else:
                clips.play(0, clip(chance.randint(40, 90)), now - chance.choice([0.0, 0.3]), now, 0.12)
        now += 1 / 240
        here = float(value(clips, 0, now)[0])
        change = (here - last) * 240
        assert abs(here - last) < 0.12, step
        assert abs(change - speed) < 12.0, step
        last, speed = here, change


def test_a_stop_ends_in_silence_after_its_fade() -> None:
    clips = Clips(2, RATE)
    clips.add()
    clips.play(0, clip(600), 0.0, 0.0, 0.1)
    clips.sample(4.0)
    clips.stop(0, 4.0, 0.2)
    assert value(clips, 0, 4.01)[0] > 0.5
    assert len(clips.sample(4.21)[0]) == 0


def test_blocks_are_used_again() -> None:
    clips = Clips(2, RATE)
    clips.add()
    for k in range(300):
        clips.play(0, clip(500), float(k), float(k), 0.1)
        clips.sample(k + 0.5)
    assert len(clips._pool) <= 4096


def test_turning_to_the_same_clip_changes_nothing() -> None:
    clips = Clips(2, RATE)
    clips.add()
    ramp = np.repeat(np.arange(120, dtype=np.float32)[:, None] / 120, 2, 1)
    clips.play(0, ramp, 0.0, 0.0, 0.1)
    clips.sample(1.0)
    clips.play(0, ramp, 0.0, 1.0, 0.1)
    for step in range(20):
        now = 1.0 + step / 240
        assert value(clips, 0, now)[0] == pytest.approx(now / 2, abs=2e-3)
