"""Composed faces say what they show."""

import random

from streamer.brain.units import UNITS
from train.compose import compose


def test_a_hundred_composed_faces_are_valid_and_name_their_sides() -> None:
    chance = random.Random(3)
    for _ in range(500):
        face = compose(chance)
        assert face.text and face.units.shape == (len(UNITS),)
        assert 0 < face.units.max() <= 1 and face.units.min() == 0


def test_the_same_seed_composes_the_same_faces() -> None:
    assert compose(random.Random(5)).text == compose(random.Random(5)).text
