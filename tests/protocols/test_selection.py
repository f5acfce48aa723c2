import math

import numpy as np
import pytest

from protocols.arkit import CHANNELS, INDEX, ROTATIONS, SHAPES
from protocols.errors import DecodeError
from protocols.selection import matching, safe, select, spell

NAMES = ("JawOpen", "MouthLeft", "MouthRight", "HeadYaw")
VALUES = np.array([0.1, 0.2, 0.3, 0.4], np.float32)


def test_everything_goes_out_as_it_is_unless_told() -> None:
    chosen = select(NAMES)
    assert chosen.is_plain and chosen.names == NAMES
    assert np.array_equal(chosen.pick(VALUES), VALUES)


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["Mouth*"], ["MouthLeft", "MouthRight"]),
        (["HeadYaw", "JawOpen"], ["JawOpen", "HeadYaw"]),  # in the format's order
        (["*", "!Mouth*"], ["JawOpen", "HeadYaw"]),
        (["*", "!Mouth*", "MouthLeft"], ["JawOpen", "MouthLeft", "HeadYaw"]),
        ([], []),
    ],
)
def test_patterns_add_and_take_away_in_their_order(patterns: list[str], left: list[str]) -> None:
    assert matching(NAMES, patterns, "channels") == left
    chosen = select(NAMES, patterns)
    assert list(chosen.names) == left
    assert chosen.pick(VALUES).tolist() == [VALUES[NAMES.index(name)] for name in left]


def test_what_is_flipped_changes_its_sign_and_what_has_a_gain_its_size() -> None:
    chosen = select(NAMES, ["HeadYaw", "JawOpen"], flip=["Head*"], gains={"HeadYaw": 10.0})
    assert chosen.pick(VALUES).tolist() == pytest.approx([0.1, -4.0])
    assert chosen.gains.tolist() == [1, 0, 0, -10] and not chosen.is_plain


def test_names_are_changed_by_name() -> None:
    assert select(NAMES, ["*", "!HeadYaw"], rename={"JawOpen": "open"}).names == ("open", "MouthLeft", "MouthRight")
    assert spell(NAMES, "camel")["JawOpen"] == "jawOpen" and spell(NAMES, "pascal")["JawOpen"] == "JawOpen"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"wanted": ["Ear*"]}, "channels has 'Ear*', which is none of the names"),
        ({"wanted": ["*", "!Ear"]}, "channels has '!Ear'"),
        ({"flip": ["HeadJaw"]}, "flip has 'HeadJaw'"),
        ({"rename": {"Ear": "x"}}, "rename has 'Ear'"),
        ({"rename": {"JawOpen": ""}}, "rename.JawOpen is '', expected 1..64 bytes"),
        ({"rename": {"JawOpen": "a\0"}}, "rename.JawOpen is 'a"),
        ({"rename": {"JawOpen": "x" * 65}}, "expected 1..64 bytes"),
        ({"rename": {"JawOpen": "HeadYaw"}}, "rename gives the name 'HeadYaw' twice"),
    ],
)
def test_a_name_that_cannot_be_is_told(arguments: dict[str, list[str]], said: str) -> None:
    with pytest.raises(DecodeError) as raised:
        select(NAMES, **arguments)  # type: ignore[arg-type]  # one table for all arguments
    assert said in str(raised.value)


def test_a_face_is_safe_when_it_is_clamped_and_finite() -> None:
    values = np.full(61, 2, np.float32)
    values[:3] = math.nan, math.inf, -math.inf
    values[INDEX["HeadYaw"]] = -7
    made = safe(values)
    assert made[:3].tolist() == [0, 0, 0] and made[3] == 1 and made[INDEX["HeadYaw"]] == -1
    assert values[3] == 2  # the frame belongs to all outputs
    assert len(CHANNELS) == len(SHAPES) + len(ROTATIONS)
