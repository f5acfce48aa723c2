"""The shipped weights."""

import numpy as np
import pytest

from protocols.arkit import INDEX
from streamer.brain.model import WEIGHTS, Model
from streamer.cues import Description, Keyframe, Prompt


@pytest.fixture(scope="module")
def brain() -> Model:
    return Model()


def shown(brain: Model, text: str) -> Keyframe:
    (sheet,) = brain.plan([Prompt("", descriptions=(Description(text),))])
    return sheet.keyframes[0]


def said(brain: Model, line: str, emotion: str = "", background: str = "") -> tuple[Keyframe, ...]:
    (sheet,) = brain.plan([Prompt(line, emotion, background)])
    return sheet.keyframes


def most(keyframes: tuple[Keyframe, ...], channel: str) -> float:
    return max(float(keyframe.values[INDEX[channel]]) for keyframe in keyframes)


def test_the_file_is_small_enough_to_be_committed() -> None:
    assert WEIGHTS.stat().st_size < 40e6


@pytest.mark.parametrize(
    ("more", "less", "channel"),
    [
        ("Smiling.", "Not smiling.", "MouthSmileLeft"),
        ("Left brow up.", "Right brow up.", "BrowOuterUpLeft"),
        ("Right brow up.", "Left brow up.", "BrowOuterUpRight"),
        ("A wink of the right eye.", "A wink of the left eye.", "EyeBlinkRight"),
        ("Enraged.", "Barely annoyed.", "BrowDownLeft"),
        ("A huge grin.", "A faint smile.", "MouthSmileLeft"),
        ("Head turned left.", "Head turned right.", "HeadYaw"),
        ("Looks up.", "Looks down.", "EyeLookUpLeft"),
    ],
)
def test_opposites_come_apart(brain: Model, more: str, less: str, channel: str) -> None:
    assert shown(brain, more).values[INDEX[channel]] > shown(brain, less).values[INDEX[channel]] + 0.05


def test_the_emotion_decides_over_the_words(brain: Model) -> None:
    joy, fear = said(brain, "You came back.", "joy"), said(brain, "You came back.", "terror")
    assert most(joy, "MouthSmileLeft") > 0.3 > most(fear, "MouthSmileLeft")
    assert most(fear, "EyeWideLeft") > 0.3


def test_a_mask_shows_both_faces(brain: Model) -> None:
    masked = said(brain, "I'm fine. Really.", "hiding tears behind a smile")
    assert most(masked, "MouthSmileLeft") > 0.1 and most(masked, "BrowInnerUp") > 0.2


def test_the_same_prompt_gives_the_same_bits(brain: Model) -> None:
    first, again = (said(brain, "Halt! Who goes there?", "suspicious") for _ in range(2))
    assert all(np.array_equal(a.values, b.values) and a.at == b.at for a, b in zip(first, again, strict=True))
