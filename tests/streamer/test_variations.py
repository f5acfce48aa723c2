from pathlib import Path
from random import Random

import numpy as np
import pytest

from protocols.arkit import INDEX, face
from streamer.brain.model import Model
from streamer.brain.rules import Rules
from streamer.cues import Brain, CueSheet, Keyframe, Prompt
from streamer.variations import ALIKE, LEAST, SAME, Variation, difference, vary

TINY = Path(__file__).parents[1] / "vectors" / "tiny.onnx"
REST = CueSheet((Keyframe(0.5, "ease", "a face at rest", face({})),))
PROMPTS = [
    Prompt("You came back! I knew you would.", "overjoyed"),
    Prompt("Put it down. I will not ask you a second time.", "cold anger", "A heist that went wrong."),
    Prompt("Did you hear that? No... no, it can't be. Run!", "fear turning to panic"),
    Prompt("", "disgust"),
    Prompt("The train leaves at nine."),
]


def sheet(**channels: float) -> CueSheet:
    return CueSheet((Keyframe(0.5, "ease", "", face(channels)),))


def varied(prompt: Prompt, seed: int, brain: Brain | None = None) -> tuple[CueSheet, Variation]:
    brain = brain or Rules()
    planned = brain.plan([prompt])[0]
    variation = vary(brain, prompt, planned, Random(seed))
    assert variation is not None
    return planned, variation


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_variation_is_seen_and_still_acts(prompt: Prompt) -> None:
    for brain in (Rules(), Model(TINY)):
        for seed in range(12):
            planned, variation = varied(prompt, seed, brain)
            assert variation.is_forced or difference(planned, variation.sheet) >= ALIKE, variation.how
            assert difference(variation.sheet, REST) >= LEAST or variation.is_forced, variation.how
            assert 1 <= len(variation.sheet.keyframes) <= 8


def test_a_seed_gives_the_same_variation_and_seeds_give_many() -> None:
    planned, one = varied(PROMPTS[1], 7)
    _, again = varied(PROMPTS[1], 7)
    assert one.how == again.how and difference(one.sheet, again.sheet) == 0
    hows = {varied(PROMPTS[1], seed)[1].how for seed in range(40)}
    assert len(hows) >= 5 and {"milder", "the words alone"} <= hows
    assert difference(planned, planned) == 0


def test_a_region_that_is_taken_away_is_still_and_the_rest_stays_with_words_that_fit() -> None:
    planned, variation = next(
        (planned, one)
        for seed in range(60)
        for planned, one in [varied(PROMPTS[1], seed)]
        if one.how == "without brows"
    )
    for before, after in zip(planned.keyframes, variation.sheet.keyframes, strict=True):
        changed = np.flatnonzero(before.values != after.values)
        assert set(changed) <= {i for name, i in INDEX.items() if name.startswith("Brow")}
        assert "brow" in before.text and "brow" not in after.text
        assert (before.at, before.onset) == (after.at, after.onset)


def test_a_mild_face_is_varied_much_and_a_still_one_not_at_all() -> None:
    mild = sheet(MouthSmileLeft=0.1, MouthSmileRight=0.1)
    variation = vary(Rules(), Prompt("", "", ""), mild, Random(0))
    assert variation is not None and variation.is_forced and variation.how == "much stronger"
    assert SAME <= difference(mild, variation.sheet) < ALIKE
    assert vary(Rules(), Prompt("", "", ""), REST, Random(0)) is None


def test_what_a_voice_or_the_eyes_shapes_hide_makes_no_difference() -> None:
    assert difference(REST, sheet(MouthClose=1.0)) == 0
    assert difference(REST, sheet(LeftEyeYaw=0.5)) == 0
    assert difference(REST, sheet(BrowInnerUp=0.5)) == pytest.approx(0.5)
    assert difference(REST, sheet(MouthPressLeft=0.4)) == pytest.approx(0.1)


def test_takes_that_show_the_same_faces_at_other_times_differ() -> None:
    late = CueSheet((Keyframe(1.0, "ease", "", face({"BrowInnerUp": 0.8})),))
    early = CueSheet((Keyframe(0.0, "ease", "", face({"BrowInnerUp": 0.8})),))
    assert difference(late, early) > 0.3
