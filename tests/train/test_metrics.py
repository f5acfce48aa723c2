"""The measures themselves."""

import random

import numpy as np

from streamer.brain.units import TO_JUDGED, UNITS
from train.compose import compose
from train.metrics import curve, score


def faces(count: int = 40) -> list[np.ndarray]:
    chance = random.Random(0)
    return [compose(chance).units[None] @ TO_JUDGED for _ in range(count)]


def test_the_truth_scores_one() -> None:
    true = faces()
    scores = score(true, true)
    assert scores.similarity > 0.999 and scores.f1 == 1 and scores.top1 > 0.9  # some composed faces are alike
    assert scores.energy == 1 and scores.strong_false == 0


def test_the_mean_face_scores_nothing() -> None:
    true = faces()
    mean = np.mean(true, 0)
    scores = score([mean] * len(true), true)
    assert abs(scores.similarity) < 0.01 and scores.energy < 0.6


def test_a_curve_is_held_outside_and_linear_between_its_keyframes() -> None:
    units = np.zeros((2, len(UNITS)), np.float32)
    units[1, UNITS.index("JawOpen")] = 1.0
    jaw = curve([0.25, 0.75], units).max(1)
    assert jaw[0] == jaw[5] == 0 and jaw[15] == jaw[20] == 1
    assert np.isclose(jaw[10], 0.5)
