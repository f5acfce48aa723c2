import numpy as np
import pytest

from protocols.arkit import GAZE_RADIANS, INDEX, face
from streamer.face.curves import FASTEST, PEAK_SLOPE, Segment
from streamer.face.stage import Stage
from tests.doubles import STATUE

JOY = face({"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6})
FPS = 60


def stage(*characters: str) -> Stage:
    made = Stage()
    for character in characters or ("guard",):
        made.add(character, profile=STATUE)
    return made


def channel(made: Stage, now: float, name: str, row: int = 0) -> float:
    return float(made.frame(now)[row, INDEX[name]])


def test_all_characters_are_one_matrix() -> None:
    made = stage("guard", "thief")
    made.play("thief", [Segment(0.0, 0.3, "rise", JOY)])
    values = made.frame(1.0)
    assert values.shape == (2, 61) and values.dtype == np.float32 and made.names == ("guard", "thief")
    assert not values[0].any() and (values[1] == JOY).all()


def test_a_mood_shows_at_once_on_a_resting_face_and_after_the_line_on_a_playing_one() -> None:
    made = stage("calm", "busy")
    made.play("busy", [Segment(0.0, 0.3, "rise", JOY), Segment(2.0, 0.5, "release")])
    made.frame(0.5)
    weary = face({"EyeBlinkLeft": 0.3, "EyeBlinkRight": 0.3})
    made.set_mood("calm", weary, 0.5), made.set_mood("busy", weary, 0.5)
    assert channel(made, 1.5, "EyeBlinkLeft", 0) == pytest.approx(0.3)
    assert channel(made, 1.9, "EyeBlinkLeft", 1) == 0.0
    assert channel(made, 2.5, "EyeBlinkLeft", 1) == pytest.approx(0.3)


def test_a_gaze_turns_both_eyes_and_their_shapes_in_agreement() -> None:
    made = stage()
    made.look("guard", 0.3, -0.15, 0.0)
    values = made.frame(1.0)[0]
    assert values[INDEX["LeftEyeYaw"]] == values[INDEX["RightEyeYaw"]] == np.float32(0.3)
    assert values[INDEX["EyeLookInLeft"]] == values[INDEX["EyeLookOutRight"]] == pytest.approx(0.3 / GAZE_RADIANS)
    assert values[INDEX["EyeLookUpLeft"]] == pytest.approx(0.15 / GAZE_RADIANS)
    assert values[INDEX["LeftEyePitch"]] == pytest.approx(-0.15)


def test_a_gaze_wins_over_the_expression_until_it_is_given_back() -> None:
    made = stage()
    down = face({"EyeLookDownLeft": 0.5, "EyeLookDownRight": 0.5})
    made.play("guard", [Segment(0.0, 0.3, "rise", down + JOY)])
    made.look("guard", 0.3, 0.0, 0.0)
    assert channel(made, 1.0, "EyeLookDownLeft") == 0.0
    assert channel(made, 1.0, "MouthSmileLeft") == pytest.approx(0.6)
    made.free_gaze("guard", 1.0)
    assert channel(made, 2.0, "EyeLookDownLeft") == pytest.approx(0.5)
    assert channel(made, 2.0, "LeftEyeYaw") == 0.0


def test_a_gaze_past_the_eyes_reach_stops_there() -> None:
    made = stage()
    made.look("guard", 1.5, 1.5, 0.0)
    assert channel(made, 1.0, "LeftEyeYaw") == pytest.approx(GAZE_RADIANS)
    assert channel(made, 1.0, "EyeLookDownRight") == pytest.approx(1.0)


def test_random_gazes_are_saccades_no_faster_than_a_snap() -> None:
    rng = np.random.default_rng(4)
    made = stage()
    before = made.frame(0.0).copy()
    moved = 0.0
    for number in range(1, 3000):
        now = (number - 1) / FPS
        if rng.random() < 0.1:
            if rng.random() < 0.2:
                made.free_gaze("guard", now)
            else:
                made.look("guard", *rng.uniform(-0.7, 0.7, 2), now)
        values = made.frame(number / FPS).copy()
        step = np.abs(values - before)
        assert step[:, :52].max() <= PEAK_SLOPE / FASTEST / FPS + 1e-5
        moved += step.sum()
        before = values
    assert moved > 10
