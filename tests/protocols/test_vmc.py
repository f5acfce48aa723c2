import math
import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import osc, vmc
from protocols.arkit import SHAPES, Floats, face
from protocols.errors import DecodeError
from protocols.osc import Bundle, Message
from protocols.vmc import Apply, Available, Blend, Bone, Event, Time

FACE = face({"JawOpen": 0.5, "MouthSmileLeft": 1.0, "HeadYaw": 0.4, "LeftEyePitch": 0.2, "RightEyeYaw": -0.3})
# How a frame begins and ends, written out: #bundle, now, OK 1, T 1.5, Val EyeBlinkLeft 0.25 ... Apply.
BEGIN = (
    b"#bundle\0" + bytes.fromhex("0000000000000001")
    + bytes.fromhex("00000014") + b"/VMC/Ext/OK\0" + b",i\0\0" + bytes.fromhex("00000001")
    + bytes.fromhex("00000014") + b"/VMC/Ext/T\0\0" + b",f\0\0" + bytes.fromhex("3FC00000")
    + bytes.fromhex("0000002C") + b"/VMC/Ext/Blend/Val\0\0" + b",sf\0" + b"EyeBlinkLeft\0\0\0\0"
    + bytes.fromhex("3E800000")
)  # fmt: skip
END = bytes.fromhex("0000001C") + b"/VMC/Ext/Blend/Apply\0\0\0\0" + b",\0\0\0"


def events(datagrams: Sequence[bytes]) -> list[Event]:
    return [event for datagram in datagrams for event in vmc.decode(datagram)]


def bones(values: Floats) -> dict[str, Bone]:
    found = events(vmc.encode(values, 0.0, bones=True))
    return {event.name: event for event in found if isinstance(event, Bone)}


def turned(bone: Bone, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    """Where a bone's quaternion takes a vector: v + 2w(q x v) + 2 q x (q x v)."""
    axis, w = np.array(bone.rotation[:3]), bone.rotation[3]
    cross = np.cross(axis, vector)
    x, y, z = np.array(vector) + 2 * w * cross + 2 * np.cross(axis, cross)
    return float(x), float(y), float(z)


def test_a_frame_begins_and_ends_with_these_bytes() -> None:
    datagrams = vmc.encode(face({"EyeBlinkLeft": 0.25}), 1.5)
    assert datagrams[0].startswith(BEGIN)
    assert datagrams[-1].endswith(END)


def test_these_bytes_are_events() -> None:
    assert vmc.decode(BEGIN + END) == (Available(True), Time(1.5), Blend("EyeBlinkLeft", 0.25), Apply())


@pytest.mark.parametrize("bones", [False, True])
@pytest.mark.parametrize("spelling", ["pascal", "camel"])
def test_every_bundle_is_under_1400_bytes_and_for_now(spelling: vmc.Spelling, bones: bool) -> None:
    datagrams = vmc.encode(FACE, 1.5, spelling=spelling, bones=bones)
    assert all(len(datagram) < 1_400 for datagram in datagrams)
    packets = [osc.decode(datagram) for datagram in datagrams]
    assert all(isinstance(packet, Bundle) and packet.timetag == osc.IMMEDIATE for packet in packets)


@pytest.mark.parametrize("bones", [False, True])
def test_a_frame_carries_all_52_shapes_and_one_apply_at_its_very_end(bones: bool) -> None:
    found = events(vmc.encode(FACE, 1.5, bones=bones))
    assert found[:2] == [Available(True), Time(1.5)]
    assert [event.name for event in found if isinstance(event, Blend)] == list(SHAPES)
    assert [i for i, event in enumerate(found) if isinstance(event, Apply)] == [len(found) - 1]
    assert len(found) == 55 + 3 * bones


def test_camel_spelling_lowers_the_first_letter() -> None:
    found = events(vmc.encode(FACE, 0.0, spelling="camel"))
    assert [event.name for event in found if isinstance(event, Blend)][:2] == [
        "eyeBlinkLeft",
        "eyeLookDownLeft",
    ]


def test_every_weight_is_a_float_argument() -> None:
    for datagram in vmc.encode(FACE, 2, bones=True):
        assert datagram.count(b",sf\0") == datagram.count(b"/VMC/Ext/Blend/Val\0")
        assert datagram.count(b",sfffffff\0") == datagram.count(b"/VMC/Ext/Bone/Pos\0")
    assert b"/VMC/Ext/T\0\0,f\0\0" in vmc.encode(FACE, 2)[0]


def test_an_unavailable_sender_says_so() -> None:
    assert events(vmc.encode(FACE, 0.0, available=False))[0] == Available(False)


@given(arrays.arrays(np.float32, 61, elements=st.floats(0, 1, width=32)), st.sampled_from(["pascal", "camel"]))
def test_folding_what_was_encoded_gives_the_52_weights_back(values: Floats, spelling: vmc.Spelling) -> None:
    folded = vmc.fold(events(vmc.encode(values, 0.0, spelling=spelling, bones=True)))
    assert list(folded) == list(SHAPES)
    assert list(folded.values()) == values[:52].tolist()


@given(arrays.arrays(np.float32, 61, elements=st.floats(width=32)))
def test_whatever_the_values_are_the_weights_sent_are_finite_and_clamped(values: Floats) -> None:
    blends = [event.value for event in events(vmc.encode(values, 0.0, bones=True)) if isinstance(event, Blend)]
    assert all(0 <= value <= 1 for value in blends)


def test_a_value_that_is_not_finite_is_sent_as_zero() -> None:
    values = np.where(np.arange(61) % 2, math.nan, math.inf).astype(np.float32)
    sent = events(vmc.encode(values, 0.0, bones=True))
    assert {event.value for event in sent if isinstance(event, Blend)} == {0.0}
    assert {event.rotation for event in sent if isinstance(event, Bone)} == {(0.0, 0.0, 0.0, 1.0)}


def test_a_resting_face_has_bones_at_identity() -> None:
    assert bones(face({})) == {name: Bone(name, (0, 0, 0), (0, 0, 0, 1)) for name in ("Head", "LeftEye", "RightEye")}


@pytest.mark.parametrize(
    ("channel", "bone", "vector", "axis", "sign"),
    [  # Unity: x is the character's right, y up, z ahead
        ("HeadYaw", "Head", (0, 0, 1), 0, -1),  # looks to the own left
        ("HeadPitch", "Head", (0, 0, 1), 1, +1),  # looks up
        ("HeadRoll", "Head", (0, 1, 0), 0, +1),  # the crown goes to the right shoulder
        ("LeftEyeYaw", "LeftEye", (0, 0, 1), 0, +1),  # looks to the own right
        ("LeftEyePitch", "LeftEye", (0, 0, 1), 1, -1),  # looks down
        ("RightEyeYaw", "RightEye", (0, 0, 1), 0, +1),
        ("RightEyePitch", "RightEye", (0, 0, 1), 1, -1),
    ],
)
def test_a_bone_turns_the_way_the_channel_means(
    channel: str, bone: str, vector: tuple[float, float, float], axis: int, sign: int
) -> None:
    moved = turned(bones(face({channel: 0.5}))[bone], vector)
    assert moved[axis] == pytest.approx(sign * math.sin(0.5), abs=1e-6)


def test_a_head_turns_about_the_upright_after_it_nods() -> None:
    moved = turned(bones(face({"HeadYaw": 0.5, "HeadPitch": 0.3, "HeadRoll": 0.7}))["Head"], (0, 0, 1))
    ahead = -math.sin(0.5) * math.cos(0.3), math.sin(0.3), math.cos(0.5) * math.cos(0.3)
    assert moved == pytest.approx(ahead, abs=1e-6)


@given(*[st.floats(-1, 1)] * 3)
def test_quaternions_have_length_one(yaw: float, pitch: float, roll: float) -> None:
    assert math.hypot(*vmc.quaternion(yaw, pitch, roll)) == pytest.approx(1)


@pytest.mark.parametrize(
    "message",
    [
        Message("/VMC/Ext/Blend/Val"),
        Message("/VMC/Ext/Blend/Val", ("JawOpen",)),
        Message("/VMC/Ext/Blend/Val", ("JawOpen", 1)),
        Message("/VMC/Ext/Blend/Val", (1.0, "JawOpen")),
        Message("/VMC/Ext/Bone/Pos", ("Head", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        Message("/VMC/Ext/Bone/Pos", ("Head", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "1")),
        Message("/VMC/Ext/T", (1,)),
        Message("/VMC/Ext/OK", (1.0,)),
        Message("/VMC/Ext/Root/Pos", ("root", 0.0)),
        Message("/somebody/else", (None,)),
    ],
)
def test_unknown_addresses_and_unfit_arguments_are_ignored(message: Message) -> None:
    assert vmc.decode(osc.encode(message)) == ()


def test_arguments_beyond_the_known_are_ignored() -> None:
    bundle = Bundle(9, (Message("/VMC/Ext/OK", (1, 3, 0, 1)), Message("/VMC/Ext/Blend/Val", ("A", 0.5, "more"))))
    assert vmc.decode(osc.encode(bundle)) == (Available(True), Blend("A", 0.5))


def test_only_what_an_apply_follows_counts() -> None:
    before, after = Blend("JawOpen", 0.25), Blend("JawOpen", 0.75)
    assert vmc.fold([before, Apply(), after])["JawOpen"] == 0.25
    assert vmc.fold([before, after, Apply()])["JawOpen"] == 0.75
    assert vmc.fold([before])["JawOpen"] == 0


def test_folding_takes_either_spelling_clamps_and_leaves_other_names_out() -> None:
    folded = vmc.fold([Blend("jawOpen", 1.5), Blend("CHEEKPUFF", -1.0), Blend("Joy", 1.0), Apply()])
    assert folded["JawOpen"] == 1
    assert folded["CheekPuff"] == 0
    assert len(folded) == 52


def test_a_frame_cut_short_is_refused_or_says_less() -> None:
    datagram = vmc.encode(FACE, 1.5, bones=True)[-1]
    whole = vmc.decode(datagram)
    for length in range(len(datagram)):
        try:
            assert len(vmc.decode(datagram[:length])) < len(whole)
        except DecodeError:
            continue


def test_an_oversized_datagram_is_refused() -> None:
    with pytest.raises(DecodeError, match="expected at most 65507"):
        vmc.decode(BEGIN + bytes(65_507))


def test_a_weight_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(DecodeError, match="argument is nan"):
        vmc.decode(BEGIN[:-4] + struct.pack(">f", math.nan))


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda data: BEGIN + data))
def test_any_bytes_raise_nothing_but_a_decode_error(data: bytes) -> None:
    try:
        vmc.fold(vmc.decode(data))
    except DecodeError:
        return
