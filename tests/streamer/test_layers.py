import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, face
from streamer.face import layers
from streamer.face.mouth import COLUMN, COLUMNS

CHANCE = st.integers(0, 2**32 - 1)


def random_faces(seed: int, many: int = 8) -> np.ndarray:
    chance = np.random.default_rng(seed)
    values = chance.uniform(LOWEST, HIGHEST, (many, 61)) * (chance.random((many, 61)) < 0.5)
    return values.astype(np.float32)


def random_speech(seed: int, many: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.1, 1.2, (many, len(COLUMNS))).astype(np.float32)


def speech(**columns: float) -> np.ndarray:
    row = np.zeros((1, len(COLUMNS)), np.float32)
    for name, value in columns.items():
        row[0, COLUMN[name]] = value
    return row


def mixed(face_seed: int, speech_seed: int) -> np.ndarray:
    values = random_faces(face_seed)
    chance = np.random.default_rng(speech_seed)
    layers.speak(values, np.arange(8), random_speech(speech_seed))
    layers.attend(values, *chance.random((2, 8)).astype(np.float32))
    layers.wander(values, *(chance.uniform(-0.5, 0.5, (8, n)).astype(np.float32) for n in (2, 2, 3)))
    layers.blink(values, chance.random(8).astype(np.float32))
    layers.seal(values)
    return values


@settings(max_examples=300)
@given(CHANCE, CHANCE)
def test_any_mix_of_layers_stays_a_face(one: int, other: int) -> None:
    values = mixed(one, other)
    shapes = values[:, :52]
    assert shapes.min() >= 0.0 and shapes.max() <= 1.0 + 1e-6
    assert (values[:, layers.MOUTH_CLOSE] <= values[:, layers.JAW_OPEN] + 1e-6).all()


@settings(max_examples=200)
@given(CHANCE)
def test_lips_close_whatever_the_expression(seed: int) -> None:
    values = random_faces(seed)
    values[:, INDEX["MouthClose"]] = 0
    said = np.repeat(speech(activity=1.0, closure=1.0, JawOpen=0.1), 8, 0)
    layers.speak(values, np.arange(8), said)
    layers.seal(values)
    assert (values[:, INDEX["JawOpen"]] - values[:, INDEX["MouthClose"]] < 1e-5).all()
    assert values[:, [INDEX["MouthFunnel"], INDEX["MouthLowerDownLeft"], INDEX["MouthUpperUpRight"]]].max() < 1e-5


def test_a_smile_stays_at_least_half_while_speaking_even_with_round_lips() -> None:
    for said in (speech(activity=1.0, JawOpen=0.4), speech(activity=1.0, rounding=1.0, MouthPucker=0.6),
                 speech(activity=1.0, closure=1.0)):  # fmt: skip
        values = face({"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6})[None].copy()
        layers.speak(values, np.array([0]), said)
        assert values[0, INDEX["MouthSmileLeft"]] >= 0.3


def test_speech_leaves_silent_rows_alone() -> None:
    values = random_faces(3)
    before = values.copy()
    layers.speak(values, np.array([2]), random_speech(1, 1))
    assert (np.delete(values, 2, 0) == np.delete(before, 2, 0)).all() and (values[2] != before[2]).any()


def test_every_channel_has_one_group_and_every_layer_keeps_to_its_own() -> None:
    names = [name for group in layers.GROUPS.values() for name in group]
    assert set(names) == set(CHANNELS) and set(layers.TABLE) == set(layers.GROUPS)
    assert [layers.group_of(n) for n in ("MouthClose", "MouthSmileLeft", "LeftEyeYaw")] == ["jaw", "lips", "gaze"]
    touched: dict[str, set[str]] = {"speech": set(), "idle": set(), "blinks": set()}
    for seed in range(20):
        values = random_faces(seed)
        for layer, act in (
            ("speech", lambda v, seed=seed: layers.speak(v, np.arange(8), random_speech(seed))),
            ("idle", lambda v: layers.wander(v, *(np.full((8, n), 0.1, np.float32) for n in (2, 2, 3)))),
            ("idle", lambda v: layers.attend(v, *np.full((2, 8), 0.2, np.float32))),
            ("blinks", lambda v: layers.blink(v, np.full(8, 0.5, np.float32))),
        ):
            before = values.copy()
            act(values)
            for row in range(8):
                touched[layer] |= {layers.group_of(name) for name in layers.changed_by(before[row], values[row])}
    for layer, groups in touched.items():
        assert groups <= {group for group, rules in layers.TABLE.items() if layer in rules}, layer


def test_the_eyes_shapes_and_rotations_turn_together() -> None:
    values = face({"EyeLookOutLeft": 0.5, "EyeLookInRight": 0.5, "LeftEyeYaw": -0.3, "RightEyeYaw": -0.3})[None].copy()
    layers.turn(values, np.array([[0.6, 0.3]], np.float32))
    assert values[0, INDEX["EyeLookInLeft"]] == pytest.approx(0.5)
    assert values[0, INDEX["EyeLookOutRight"]] == pytest.approx(0.5)
    assert values[0, INDEX["EyeLookOutLeft"]] == pytest.approx(0, abs=1e-6)
    assert values[0, INDEX["EyeLookDownLeft"]] == pytest.approx(0.5)
    assert values[0, INDEX["LeftEyeYaw"]] == pytest.approx(0.3) and values[0, INDEX["RightEyePitch"]] == pytest.approx(
        0.3
    )


def test_idle_eyes_hold_still_while_the_expression_looks_somewhere() -> None:
    glance = np.array([[0.1, 0.0]], np.float32)
    still, free = (face({"LeftEyeYaw": yaw, "RightEyeYaw": yaw})[None].copy() for yaw in (0.4, 0.0))
    for values in (still, free):
        layers.wander(values, glance, np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32))
    assert still[0, INDEX["LeftEyeYaw"]] - 0.4 == pytest.approx(0.015, abs=1e-3)
    assert free[0, INDEX["LeftEyeYaw"]] == pytest.approx(0.1)


def test_a_blink_never_closes_lids_twice_and_a_wink_survives_it() -> None:
    values = face({"EyeBlinkLeft": 0.9, "EyeWideRight": 0.6})[None].copy()
    layers.blink(values, np.array([0.7], np.float32))
    assert values[0, INDEX["EyeBlinkLeft"]] == pytest.approx(0.97)
    assert values[0, INDEX["EyeBlinkRight"]] == pytest.approx(0.7)
    assert values[0, INDEX["EyeWideRight"]] == pytest.approx(0.18)
