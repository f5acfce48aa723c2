"""The long form says what the numbers say, in the published shape."""

import pytest

from protocols.arkit import CHANNELS
from protocols.recording import COLUMNS
from streamer.face.acts import to_values
from train.supervision import movements, supervision


def test_a_smirk_is_written_out_in_full() -> None:
    said = supervision(to_values({"MouthSmileLeft": 0.6, "MouthDimpleLeft": 0.5, "BrowDown": 0.1, "LookLeft": 0.5}))
    assert said["analysis"] == {
        "expression_category": "contempt",
        "muscle_movements": {
            "brows": "brows slightly lowered (0.10)",
            "eyes": "looking left (0.50)",
            "nose and cheeks": "at rest",
            "mouth": "strongly smiling on the left (0.60), left lip corner tucked in (0.50)",
            "jaw": "at rest",
            "head": "at rest",
        },
        "emotional_implication": "contempt or irony",
        "symmetry": "strongly asymmetrical: strongly smiling on the left (0.60), nothing on the other side",
    }
    assert list(said) == ["analysis", "arkit"]
    assert tuple(said["arkit"]) == COLUMNS and set(COLUMNS) == set(CHANNELS)
    assert said["arkit"]["MouthSmileLeft"] == 0.6 and said["arkit"]["LeftEyeYaw"] == -0.3


@pytest.mark.parametrize(
    ("acts", "category"),
    [
        ({}, "neutral"),
        ({"LookLeft": 0.8}, "glance"),
        ({"MouthSmile": 0.6, "CheekSquint": 0.4, "EyeSquint": 0.2}, "joy"),
        ({"BrowInnerUp": 0.5, "MouthFrown": 0.5}, "sadness"),
        ({"BrowDown": 0.6, "MouthPress": 0.4, "EyeSquint": 0.2}, "anger"),
        ({"BrowInnerUp": 0.5, "BrowOuterUp": 0.5, "EyeWide": 0.5, "JawOpen": 0.4}, "surprise"),
        ({"BrowInnerUp": 0.6, "EyeWide": 0.7, "MouthStretch": 0.6, "BrowOuterUp": 0.3}, "fear"),
        ({"NoseSneer": 0.7, "MouthUpperUp": 0.6, "BrowDown": 0.3}, "disgust"),
        ({"EyeBlinkRight": 1.0, "BrowDownRight": 0.3}, "wink"),
    ],
)
def test_a_plain_face_is_called_by_its_name(acts: dict[str, float], category: str) -> None:
    assert supervision(to_values(acts))["analysis"]["expression_category"].startswith(category)


def test_acts_that_are_one_in_words_are_told_in_their_region() -> None:
    told = movements(to_values({"BrowInnerUp": 0.6, "BrowOuterUp": 0.6, "JawOpen": 0.6, "MouthClose": 0.2}))
    assert told["brows"] == "brows strongly raised (0.60)"
    assert told["mouth"] == "lips slightly kept half shut (0.20)" and told["jaw"] == "jaw strongly open (0.60)"
