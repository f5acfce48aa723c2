import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import ifacialmocap
from protocols.arkit import CHANNELS, INDEX, ROTATIONS, SHAPES, Floats, face
from protocols.errors import DecodeError

FACE = face({"JawOpen": 0.5, "JawLeft": 0.125, "MouthSmileRight": 1.0, "HeadYaw": 0.2, "LeftEyeYaw": 0.1})
FEW = {name: ifacialmocap.NAMES[name] for name in ("MouthSmileRight", "JawOpen", "JawLeft")}
TURNS = "=head#0.0000,11.4592,0.0000,0.0000,0.0000,0.0000|rightEye#0.0000,0.0000,0.0000|leftEye#0.0000,-5.7296,0.0000|"
LITERAL = f"mouthSmile_R-100|jawOpen-50|jawLeft-12|{TURNS}".encode()


def test_a_face_is_this_line() -> None:
    assert ifacialmocap.encode(FACE, FEW) == LITERAL


def test_this_line_is_a_face() -> None:
    read = ifacialmocap.decode(LITERAL)
    assert read.shapes == {"mouthSmile_R": 1.0, "jawOpen": 0.5, "jawLeft": 0.12}
    assert read.head == (0, 11.4592, 0, 0, 0, 0) and read.left_eye == (0, -5.7296, 0)
    assert np.abs(ifacialmocap.values(read) - FACE).max() <= 0.005 + 1e-6  # a whole per cent


def test_sides_are_written_as_the_app_writes_them() -> None:
    assert set(ifacialmocap.NAMES) == set(SHAPES) and len(ifacialmocap.BY_NAME) == 52
    assert {"jawLeft", "jawRight", "mouthLeft", "mouthRight"} <= set(ifacialmocap.BY_NAME)
    assert {"eyeLookIn_L", "mouthSmile_R", "browInnerUp", "tongueOut"} <= set(ifacialmocap.BY_NAME)
    assert sum(name.endswith(("_L", "_R")) for name in ifacialmocap.BY_NAME) == 36
    assert not any(name.endswith(("Left", "Right")) for name in set(ifacialmocap.BY_NAME) - {
        "jawLeft", "jawRight", "mouthLeft", "mouthRight"
    })  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "key", "axis", "degrees"),
    [  # about x + is down, about y + is to the own left, about z + tilts to the own right shoulder
        ("HeadPitch", "head", 0, -1), ("HeadYaw", "head", 1, +1), ("HeadRoll", "head", 2, +1),
        ("LeftEyePitch", "left_eye", 0, +1), ("LeftEyeYaw", "left_eye", 1, -1),
        ("RightEyePitch", "right_eye", 0, +1), ("RightEyeYaw", "right_eye", 1, -1),
    ],
)  # fmt: skip
def test_a_turn_has_the_sign_that_the_app_gives_it(channel: str, key: str, axis: int, degrees: int) -> None:
    turned = ifacialmocap.decode(ifacialmocap.encode(face({channel: math.radians(20)})))
    turns = {"head": turned.head, "left_eye": turned.left_eye, "right_eye": turned.right_eye}
    assert turns[key][axis] == pytest.approx(20 * degrees, abs=1e-4)
    assert sum(map(bool, turned.head + turned.left_eye + turned.right_eye)) == 1


def test_the_app_s_own_eyes_agree_with_their_shapes() -> None:
    """Numbers of a frame that the app sent: the eyes look to the own left, and a little down."""
    line = (
        b"eyeLookIn_R-54|eyeLookOut_L-44|eyeLookDown_L-16|eyeLookDown_R-16|"
        b"=head#-1.67,-7.30,2.89,0.08,0.03,-0.47|rightEye#5.36,19.07,1.85|leftEye#5.56,15.62,1.55|"
    )
    row = ifacialmocap.values(ifacialmocap.decode(line))
    assert row[INDEX["RightEyeYaw"]] < 0 < row[INDEX["EyeLookInRight"]]  # ours: yaw + looks to the own right
    assert -0.6 * row[INDEX["EyeLookInRight"]] == pytest.approx(row[INDEX["RightEyeYaw"]], abs=0.02)
    assert row[INDEX["LeftEyePitch"]] > 0 and row[INDEX["RightEyePitch"]] > 0  # and pitch + looks down


@given(arrays.arrays(np.float32, 61, elements=st.floats(-1, 1, width=32)))
def test_decoding_what_was_encoded_gives_the_face_back_but_for_rounding(values: Floats) -> None:
    values[: len(SHAPES)] = np.abs(values[: len(SHAPES)])
    back = ifacialmocap.values(ifacialmocap.decode(ifacialmocap.encode(values)))
    assert np.abs(back - values)[: len(SHAPES)].max() <= 0.005 + 1e-6
    assert np.abs(back - values)[-len(ROTATIONS) :].max() <= 2e-6


@given(arrays.arrays(np.float32, 61, elements=st.floats(width=32)))
def test_whatever_the_values_are_the_line_is_clamped_and_finite(values: Floats) -> None:
    line = ifacialmocap.encode(values)
    read = ifacialmocap.decode(line)
    assert len(read.shapes) == 52 and all(0 <= weight <= 1 for weight in read.shapes.values())
    assert b"nan" not in line and b"-0.0000" not in line and len(line) < ifacialmocap.MAX_BYTES


def test_a_unit_can_be_more_degrees_than_one() -> None:
    values = face({"HeadYaw": 0.5})
    in_radians = ifacialmocap.decode(ifacialmocap.encode(values, degrees_per_unit=180 / math.pi))
    assert in_radians.head[1] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"jawOpen-1|", "=head has 0 numbers, expected 6"),
        (b"jawOpen-1", "no | at its end"),
        (b"", "=head has 0 numbers"),
        (LITERAL.replace(b"50", b"x"), "jawOpen is 'x', expected a number"),
        (LITERAL.replace(b"50", b"101"), "jawOpen is 101, expected at most 100"),
        (LITERAL.replace(b"50", b"nan"), "jawOpen is nan"),
        (LITERAL.replace(b"11.4592", b"1e9"), "=head is 1e9"),
        (LITERAL.replace(b"11.4592,", b""), "=head has 5 numbers"),
        (b"\xff|", "expected UTF-8"),
        (b"|" * 9000, "expected at most 8192"),
    ],
)
def test_a_line_that_is_none_is_refused(line: bytes, said: str) -> None:
    with pytest.raises(DecodeError) as raised:
        ifacialmocap.decode(line)
    assert said in str(raised.value)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: LITERAL[:-1] + data))
def test_any_bytes_raise_nothing_but_a_decode_error(data: bytes) -> None:
    try:
        ifacialmocap.values(ifacialmocap.decode(data))
    except DecodeError:
        return


def test_the_order_of_names_is_the_channels() -> None:
    assert tuple(ifacialmocap.NAMES) == CHANNELS[:52]
