import random

import numpy as np
import pytest

from streamer.brain import directions
from streamer.face import acts
from streamer.face.describe import AT_REST, PHRASES, describe


def test_a_face_is_described_strongest_first() -> None:
    values = acts.to_values({"BrowDown": 0.6, "MouthPress": 0.4, "HeadDown": 0.15, "JawOpen": 0.01})
    assert describe(values) == "brows strongly lowered, lips pressed, head slightly down"


def test_a_side_is_named_and_is_the_characters_own() -> None:
    assert describe(acts.to_values({"MouthSmileLeft": 0.4})) == "smiling on the left"
    assert describe(acts.to_values({"BrowOuterUpRight": 0.85})) == "right brow extremely raised"


def test_sides_that_read_alike_are_one_phrase_and_others_are_two() -> None:
    alike = {"BrowOuterUpLeft": 0.4, "BrowOuterUpRight": 0.34}
    assert describe(acts.to_values(alike)) == "outer brows raised"
    apart = {"MouthSmileLeft": 0.6, "MouthSmileRight": 0.2}
    assert describe(acts.to_values(apart)) == "strongly smiling on the left, slightly smiling on the right"


def test_acts_that_belong_together_are_one_phrase() -> None:
    assert describe(acts.to_values({"BrowInnerUp": 0.4, "BrowOuterUp": 0.44})) == "brows raised"
    assert describe(acts.to_values({"BrowInnerUp": 0.6, "BrowOuterUp": 0.2})) == (
        "inner brows strongly raised, outer brows slightly raised"
    )


def test_a_caption_has_at_most_five_phrases() -> None:
    crowded = acts.to_values(dict.fromkeys(acts.PAIRED, 0.5))
    assert len(describe(crowded).split(", ")) == 5


def test_a_lid_that_is_down_is_a_shut_eye() -> None:
    assert describe(acts.to_values({"EyeBlink": 0.95})) == "eyes shut"
    assert describe(acts.to_values({"EyeBlinkLeft": 0.95})) == "left eye shut"


def test_a_still_face_is_at_rest() -> None:
    assert describe(np.zeros(61, np.float32)) == AT_REST


def test_every_act_has_its_words_and_they_differ() -> None:
    assert set(PHRASES) == set(acts.ACTS)
    assert len(set(PHRASES.values())) == len(PHRASES)


@pytest.mark.parametrize("act", sorted(acts.EVERY_ACT))
@pytest.mark.parametrize("weight", [0.2, 0.4, 0.65, 0.9])
def test_a_single_act_is_read_back_from_its_words(act: str, weight: float) -> None:
    read = directions.read(describe(acts.to_values({act: weight})))
    assert set(read) == {act}
    assert read[act] == pytest.approx(weight, abs=0.2)


def test_whole_faces_are_read_back_from_their_words() -> None:
    chance = random.Random(2)
    for _ in range(300):
        chosen = chance.sample(acts.PAIRED + acts.SINGLE + acts.GAZE[:1] + acts.GAZE[2:3] + acts.HEAD[::2], 4)
        given = {act: chance.choice([0.2, 0.45, 0.65, 0.9]) for act in chosen}
        sided = {
            act + chance.choice(["", "", "Left", "Right"]) if act in acts.PAIRED else act: w for act, w in given.items()
        }
        read = directions.read(describe(acts.to_values(sided)))
        assert set(read) == set(sided)
        assert all(abs(read[act] - weight) <= 0.2 for act, weight in sided.items())


def test_a_step_of_strength_between_two_sides_that_are_alike_is_no_asymmetry() -> None:
    assert describe(acts.to_values({"MouthFrownLeft": 0.3, "MouthFrownRight": 0.25})) == "lip corners slightly down"
    assert describe(acts.to_values({"BrowInnerUp": 0.26, "BrowOuterUp": 0.31})) == "brows raised"


def test_lips_that_leave_a_gap_are_not_kept_shut() -> None:
    assert "lips kept shut" in describe(acts.to_values({"JawOpen": 0.5, "MouthClose": 0.45}))
    gaping = describe(acts.to_values({"JawOpen": 0.66, "MouthClose": 0.47}))
    assert gaping == "jaw strongly open, lips kept half shut"
    assert directions.read(gaping) == {"JawOpen": pytest.approx(0.66, abs=0.2), "MouthClose": pytest.approx(0.4)}


def test_lips_pushed_forward_do_not_smile() -> None:
    pouting = describe(acts.to_values({"MouthSmile": 0.35, "MouthPucker": 0.32}))
    assert pouting == "lip corners up, lips puckered"
    assert set(directions.read(pouting)) == {"MouthSmile", "MouthPucker"}
    assert describe(acts.to_values({"MouthSmileLeft": 0.4, "MouthFunnel": 0.3})) == ("left lip corner up, lips rounded")
    assert describe(acts.to_values({"MouthSmile": 0.7, "MouthPucker": 0.2})).startswith("strongly smiling")
