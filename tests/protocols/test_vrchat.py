import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import osc, plain, vrchat
from protocols.arkit import SHAPES, Floats, face
from protocols.errors import DecodeError

# Two parameters behind their flags, written out: EyeTrackingActive T ... JawOpen 0.5, EyeLidLeft 0.75.
LITERAL = (
    b"#bundle\0" + bytes.fromhex("0000000000000001")
    + bytes.fromhex("0000002C") + b"/avatar/parameters/EyeTrackingActive\0\0\0\0" + b",T\0\0"
    + bytes.fromhex("00000030") + b"/avatar/parameters/ExpressionTrackingActive\0" + b",T\0\0"
    + bytes.fromhex("0000002C") + b"/avatar/parameters/LipTrackingActive\0\0\0\0" + b",T\0\0"
    + bytes.fromhex("0000002C") + b"/avatar/parameters/FT/v2/JawOpen\0\0\0\0" + b",f\0\0" + bytes.fromhex("3F000000")
    + bytes.fromhex("0000002C") + b"/avatar/parameters/FT/v2/EyeLidLeft\0" + b",f\0\0" + bytes.fromhex("3F400000")
)  # fmt: skip


def shown(**channels: float) -> dict[str, float]:
    return dict(zip(vrchat.NAMES, vrchat.parameters(face(channels)).tolist(), strict=True))


def test_parameters_are_these_bytes() -> None:
    (datagram,) = vrchat.Messages(["JawOpen", "EyeLidLeft"]).fill(np.array([0.5, 0.75], np.float32))
    assert bytes(datagram) == LITERAL


def test_these_bytes_are_messages() -> None:
    *flags, jaw, lid = osc.messages(osc.decode(LITERAL))
    assert [flag.arguments for flag in flags] == [(True,)] * 3
    assert jaw == osc.Message("/avatar/parameters/FT/v2/JawOpen", (0.5,))
    assert lid == osc.Message("/avatar/parameters/FT/v2/EyeLidLeft", (0.75,))


def test_a_face_at_rest_has_open_eyes_and_nothing_else() -> None:
    open_eyes = {"EyeOpenLeft": 1, "EyeOpenRight": 1, "EyeOpen": 1, "EyeLidLeft": 0.75, "EyeLidRight": 0.75,
                 "EyeLid": 0.75}  # fmt: skip
    assert {name: value for name, value in shown().items() if value} == open_eyes


@pytest.mark.parametrize(
    ("channels", "parameters"),
    [
        ({"LeftEyeYaw": 0.3}, {"EyeLeftX": 0.3, "EyeRightX": 0.0, "EyeX": 0.15}),  # + to the own right
        ({"RightEyePitch": 0.3}, {"EyeRightY": -0.3, "EyeY": -0.15}),  # + up
        ({"EyeBlinkLeft": 1.0}, {"EyeLidLeft": 0, "EyeLidRight": 0.75, "EyeClosedLeft": 1, "EyeOpenLeft": 0}),
        ({"EyeWideRight": 1.0}, {"EyeLidRight": 1, "EyeWideRight": 1, "EyeWide": 1, "EyeLid": 0.875}),
        ({"EyeSquintLeft": 0.4, "EyeSquintRight": 0.6}, {"EyeSquint": 0.6, "EyeSquintLeft": 0.4}),
        ({"JawRight": 0.5}, {"JawX": 0.5, "JawRight": 0.5}),
        ({"JawLeft": 0.5}, {"JawX": -0.5, "JawLeft": 0.5}),
        ({"JawOpen": 0.6, "MouthClose": 0.2}, {"JawOpen": 0.6, "MouthClosed": 0.2}),
        ({"MouthLeft": 0.4}, {"MouthX": -0.4, "MouthUpperLeft": 0.4, "MouthLowerLeft": 0.4}),
        ({"MouthSmileLeft": 0.8}, {"SmileSadLeft": 0.8, "SmileFrownLeft": 0.8, "MouthCornerPullLeft": 0.8,
                                   "SmileSad": 0.4, "MouthSmileRight": 0}),
        ({"MouthFrownRight": 0.3, "MouthStretchRight": 0.5}, {"MouthSadRight": 0.5, "SmileSadRight": -0.5,
                                                              "SmileFrownRight": -0.3}),
        ({"MouthShrugLower": 0.7}, {"MouthRaiserLower": 0.7, "MouthRaiserUpper": 0}),
        ({"MouthPucker": 0.7}, {"LipPucker": 0.7, "LipPuckerLeft": 0.7, "LipPuckerUpperRight": 0.7}),
        ({"MouthRollUpper": 0.5, "MouthFunnel": 0.2}, {"LipSuckFunnelUpper": 0.3, "LipSuck": 0.25, "LipFunnel": 0.2}),
        ({"BrowInnerUp": 1.0}, {"BrowInnerUpLeft": 1, "BrowExpressionLeft": 0.5, "BrowUpRight": 0.4}),
        ({"BrowDownLeft": 0.8}, {"BrowExpressionLeft": -0.8, "BrowExpression": -0.4, "BrowPinchLeft": 0.8}),
        ({"HeadYaw": 0.2, "HeadPitch": 0.3}, {"Head/Yaw": -0.2, "Head/Pitch": -0.3, "Head/Roll": 0}),
        ({"TongueOut": 1.0}, {"TongueOut": 1}),
    ],
)  # fmt: skip
def test_a_channel_shows_in_its_parameters(channels: dict[str, float], parameters: dict[str, float]) -> None:
    found = shown(**channels)
    assert {name: found[name] for name in parameters} == pytest.approx(parameters, abs=1e-6)


def test_every_shape_but_gaze_moves_a_parameter() -> None:
    rest = shown()
    for name in SHAPES:
        moved = shown(**{name: 1.0}) != rest
        assert moved != name.startswith("EyeLook"), name  # the rotations say where the eyes look


def test_names_are_one_each_and_angles_are_among_them() -> None:
    assert len(set(vrchat.NAMES)) == len(vrchat.NAMES) and set(vrchat.NAMES) > vrchat.ANGLES


@given(arrays.arrays(np.float32, 61, elements=st.floats(width=32)))
def test_whatever_the_values_are_parameters_are_finite_and_within_one(values: Floats) -> None:
    for datagram in vrchat.Messages(vrchat.NAMES).fill(vrchat.parameters(values)):
        assert len(datagram) < plain.BUNDLE_BYTES
        for message in osc.messages(osc.decode(bytes(datagram))):
            assert message.arguments == (True,) or -1 <= float(message.arguments[0] or 0) <= 1


def test_an_angle_beyond_the_unit_stays_at_one() -> None:
    (datagram,) = vrchat.Messages(["EyeX"]).fill(np.array([math.pi], np.float32))
    assert osc.messages(osc.decode(bytes(datagram)))[-1].arguments == (1.0,)


@pytest.mark.parametrize("prefix", ["", "/avatar", "avatar/", "/a\0/", "/ä/"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(DecodeError, match="expected one that begins and ends with a slash"):
        vrchat.Messages(["JawOpen"], prefix)
