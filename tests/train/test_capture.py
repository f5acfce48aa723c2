"""What tracking leaves in a take is gone, and what the face did is not."""

import numpy as np
import pytest

from protocols import recording
from protocols.arkit import CHANNELS, INDEX
from tests.train.takes import ANGRY, GLAD, REST, acted, captured
from train.capture import clean, resting

SEEN = [i for i, name in enumerate(CHANNELS) if not name.startswith(("EyeBlink", "LeftEye", "RightEye"))]


@pytest.mark.parametrize("fps", ["60", "59.94", "30", "24"])
def test_a_clean_take_is_what_was_acted_at_any_rate(fps: str) -> None:
    values = acted([ANGRY, GLAD])
    take = clean(captured(values, fps, lost=(50, 51, 90)), is_spoken=False)
    frames = min(len(values), len(take.values))
    assert abs(take.length - len(values) / 60) < 0.1
    assert np.sqrt(np.mean((take.values[:frames, SEEN] - values[:frames, SEEN]) ** 2)) < 0.015
    assert take.cleaning.dropped == 3
    assert take.cleaning.jitter > 0.002


def test_the_resting_level_is_that_of_the_stillest_frames() -> None:
    level = resting(captured(acted([ANGRY, GLAD])).values)
    for name, rest in REST.items():
        assert level[INDEX[name]] == pytest.approx(rest, abs=0.02), name
    assert level[INDEX["BrowDownLeft"]] < 0.02


def test_blinks_go_and_eyes_that_stay_shut_do_not() -> None:
    shut = acted([{"EyeBlinkLeft": 0.9, "EyeBlinkRight": 0.9}])
    blinking = clean(captured(acted([GLAD])), is_spoken=False).values[:, INDEX["EyeBlinkLeft"]]
    assert blinking.max() < 0.05
    assert clean(captured(shut), is_spoken=False).values[:, INDEX["EyeBlinkLeft"]].max() > 0.85


def test_the_jaw_of_a_spoken_take_keeps_what_is_held_and_loses_what_is_said() -> None:
    values = acted([GLAD])
    values[:, INDEX["JawOpen"]] = 0.25 + 0.25 * np.sin(
        np.arange(len(values)) / 60 * 2 * np.pi * 4
    )  # four sounds a second
    values[200:, INDEX["JawOpen"]] = 0.8
    spoken, silent = (
        clean(recording.take(values, 60), is_spoken=said, rest=np.zeros(61, np.float32)) for said in (True, False)
    )
    jaw = spoken.values[:, INDEX["JawOpen"]]
    assert jaw[30:150].max() < 0.1 and jaw[240:].min() > 0.75
    assert silent.values[30:150, INDEX["JawOpen"]].max() > 0.4
    assert spoken.weights[INDEX["JawOpen"]] < 0.5 < spoken.weights[INDEX["BrowInnerUp"]]


def test_rows_that_a_slow_camera_repeats_are_dropped_and_a_face_that_stands_still_is_not() -> None:
    values = np.repeat(acted([ANGRY])[::2], 2, axis=0) + np.repeat(np.arange(180), 2)[:, None].astype(np.float32) * 1e-5
    values[100:200] = values[100]
    take = clean(recording.take(values.astype(np.float32), 60), is_spoken=False)
    assert take.cleaning.duplicates == 130  # every second row but those of the hundred
    held = take.values[110:190, INDEX["BrowDownLeft"]]
    assert held.max() - held.min() < 0.01


def test_looking_down_at_the_phone_is_rest_and_looking_ahead_is_up() -> None:
    values = captured(acted([{"EyeLookUpLeft": 0.0}])).values[:, :].copy()
    values[150:210, [INDEX["EyeLookDownLeft"], INDEX["EyeLookDownRight"]]] = 0.0
    take = clean(recording.take(values, 60), is_spoken=False)
    assert take.values[180, INDEX["EyeLookUpLeft"]] == pytest.approx(0.2, abs=0.03)
    assert take.values[60, INDEX["EyeLookDownLeft"]] < 0.03
