"""Phrases and keyframes: the fewest from which our curves play a take."""

from itertools import pairwise

import numpy as np
import pytest

from protocols.arkit import INDEX
from tests.train.takes import ANGRY, GLAD, LENGTH, PHRASE, RAISED, acted, captured
from train.capture import FPS, clean
from train.keyframes import TOLERANCE, choose, errors
from train.phrases import PhraseError, cut


def test_three_poses_that_our_curves_made_are_found_again_as_three_keyframes() -> None:
    take = clean(captured(acted([ANGRY, GLAD, RAISED])), is_spoken=False)
    (phrase,) = cut(take)
    choice = choose(take, phrase, most=8, tolerance=0.04)
    assert len(choice.keyframes) == 3
    assert choice.error < 0.04
    begins = phrase.begin / FPS
    for keyframe, at in zip(choice.keyframes, (1 / 6, 3 / 6, 5 / 6), strict=True):
        assert begins + keyframe.at * phrase.duration == pytest.approx(at * LENGTH, abs=0.35)
    for acts, name in zip(choice.acts, ("BrowDown", "MouthSmile", "BrowInnerUp"), strict=True):
        assert max(acts, key=lambda act: acts[act]) == name
    assert max(errors(take, [choice]).values()) < 0.08


def test_a_keyframe_that_no_one_needs_is_not_written() -> None:
    take = clean(captured(acted([ANGRY])), is_spoken=False)
    assert len(choose(take, cut(take)[0], most=8).keyframes) == 1


def test_no_more_keyframes_than_asked_for_and_fewer_miss_more() -> None:
    take = clean(captured(acted([ANGRY, GLAD, RAISED, GLAD, ANGRY])), is_spoken=False)
    (phrase,) = cut(take)
    few, many = choose(take, phrase, 2, tolerance=0.001), choose(take, phrase, 5, tolerance=0.001)
    assert len(few.keyframes) == 2 and len(many.keyframes) <= 5
    assert many.error < few.error


def test_a_long_take_is_cut_where_the_face_rests_and_a_short_one_is_not() -> None:
    long = clean(captured(acted([ANGRY, GLAD], phrases=3)), is_spoken=False)
    phrases = cut(long)
    assert len(phrases) == 3
    for n, phrase in enumerate(phrases):
        assert n * PHRASE <= phrase.begin / FPS < phrase.end / FPS <= (n + 1) * PHRASE
        assert choose(long, phrase, 4).error < TOLERANCE
    assert len(cut(clean(captured(acted([ANGRY, GLAD])), is_spoken=False))) == 1


def test_a_take_is_cut_into_as_many_phrases_as_it_has_lines() -> None:
    take = clean(captured(acted([ANGRY, GLAD], phrases=2)), is_spoken=True)
    assert len(cut(take, lines=1)) == 1
    assert len(cut(take, lines=2)) == 2
    with pytest.raises(PhraseError, match="expected 8 for 9 lines"):
        cut(take, lines=9)


def test_a_take_without_motion_is_refused() -> None:
    with pytest.raises(PhraseError, match="nothing moves"):
        cut(clean(captured(np.zeros((300, 61), np.float32)), is_spoken=False))


def test_a_face_that_goes_on_without_rest_is_cut_in_parts_that_join() -> None:
    values = np.zeros((1500, 61), np.float32)
    values[:, INDEX["BrowDownLeft"]] = 0.6 + 0.3 * np.sin(np.arange(1500) / 40)
    values[:, INDEX["BrowDownRight"]] = values[:, INDEX["BrowDownLeft"]]
    take = clean(captured(values), is_spoken=False, rest=np.zeros(61, np.float32))
    phrases = cut(take)
    assert len(phrases) > 2
    assert all(a.end == b.begin for a, b in pairwise(phrases))
    assert all(phrase.end - phrase.begin <= 8 * FPS for phrase in phrases)
