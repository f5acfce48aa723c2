import math
import struct
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import livelink
from protocols.arkit import CHANNELS, INDEX, Floats, face
from protocols.errors import DecodeError
from protocols.livelink import Packet, Wiring

DEVICE = "5A1F0B3C-0001-0002-0003-000000000004"
# Written out from the layout: version, id and name after their lengths, frame, sub-frame, 60/1, 61, floats.
HEADER = bytes.fromhex("06 00000024") + DEVICE.encode() + bytes.fromhex("00000005 46616365 31")
TIME = bytes.fromhex("00001234 3E800000 0000003C 00000001")
FLOATS = (
    bytes.fromhex("3F800000")
    + bytes(4 * 14)
    + bytes.fromhex("3F000000")
    + bytes(4 * 36)
    + (bytes.fromhex("BE800000") + bytes(4 * 8))
)  # EyeBlinkLeft 1, JawLeft 0.5, HeadYaw -0.25
LITERAL = HEADER + TIME + b"\x3d" + FLOATS
PACKET = Packet(DEVICE, "Face1", 0x1234, 0.25, values=face({"EyeBlinkLeft": 1, "JawLeft": 0.5, "HeadYaw": -0.25}))

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
names = st.text(letters, min_size=1, max_size=64).filter(lambda name: len(name.encode()) <= 64)
counts = st.integers(1, 2**31 - 1)
faces = arrays.arrays(np.float32, 61, elements=st.floats(-1.5, 1.5, width=32))
packets = st.builds(
    Packet,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=64),
    names,
    st.integers(0, 2**31 - 1),
    st.floats(0, 1, width=32, exclude_max=True),
    counts,
    counts,
    st.none() | faces,
)


def fields(packet: Packet) -> tuple[object, ...]:
    values = None if packet.values is None else packet.values.tolist()
    rate = packet.fps_numerator, packet.fps_denominator
    return packet.device_id, packet.subject, packet.frame, packet.subframe, *rate, values


def with_float(index: int, value: float) -> bytes:
    at = len(LITERAL) - 244 + 4 * index
    return LITERAL[:at] + struct.pack("!f", value) + LITERAL[at + 4 :]


def test_a_packet_is_these_bytes() -> None:
    assert livelink.encode(PACKET) == LITERAL
    assert len(LITERAL) == 311


def test_these_bytes_are_a_packet() -> None:
    packet = livelink.decode(LITERAL)
    assert fields(packet) == fields(PACKET)
    assert packet.values is not None
    assert packet.values.dtype == np.float32


def test_a_packet_without_a_face_ends_after_the_rate_both_ways() -> None:
    heartbeat = replace(PACKET, values=None)
    assert livelink.encode(heartbeat) == HEADER + TIME
    assert fields(livelink.decode(HEADER + TIME)) == fields(heartbeat)


def test_a_tick_appends_bodies_to_prefixes() -> None:
    assert PACKET.values is not None
    assert livelink.prefix(DEVICE, "Face1") == HEADER
    assert livelink.body(0x1234, 0.25, PACKET.values) == LITERAL[len(HEADER) :]
    both = livelink.bodies(7, 0.5, np.stack([PACKET.values, PACKET.values * 0]))
    assert both == [livelink.body(7, 0.5, PACKET.values), livelink.body(7, 0.5, PACKET.values * 0)]


@given(packets)
def test_decoding_what_was_encoded_gives_the_packet_back(packet: Packet) -> None:
    assert fields(livelink.decode(livelink.encode(packet))) == fields(packet)


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda data: b"\x06" + data))
def test_any_bytes_raise_nothing_but_a_decode_error(data: bytes) -> None:
    try:
        livelink.decode(data)
    except DecodeError:
        return


@given(st.integers(0, len(LITERAL) - 1), st.integers(0, 255))
def test_a_packet_with_one_wrong_byte_raises_nothing_but_a_decode_error(at: int, byte: int) -> None:
    try:
        livelink.decode(LITERAL[:at] + bytes([byte]) + LITERAL[at + 1 :])
    except DecodeError:
        return


def test_every_truncation_is_refused_except_the_heartbeat() -> None:
    for length in range(len(LITERAL)):
        if length != len(HEADER + TIME):
            with pytest.raises(DecodeError):
                livelink.decode(LITERAL[:length])


def test_a_packet_that_goes_on_says_what_was_expected() -> None:
    with pytest.raises(DecodeError, match="packet is 312 bytes, expected 66 or 311"):
        livelink.decode(LITERAL + b"\0")


def test_a_packet_larger_than_any_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"packet is 65507 bytes, expected 25\.\.782"):
        livelink.decode(LITERAL + bytes(65_507 - len(LITERAL)))


def test_another_version_is_refused() -> None:
    with pytest.raises(DecodeError, match="packet version is 5, expected 6"):
        livelink.decode(b"\x05" + LITERAL[1:])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused_by_name(value: float) -> None:
    with pytest.raises(DecodeError, match="JawRight is"):
        livelink.decode(with_float(16, value))
    assert PACKET.values is not None
    with pytest.raises(DecodeError, match="EyeBlinkLeft is"):
        livelink.encode(replace(PACKET, values=PACKET.values + np.float32(value)))


def test_an_overshooting_value_is_decoded_as_sent() -> None:
    values = livelink.decode(with_float(0, 1.25)).values
    assert values is not None
    assert values[0] == 1.25


@pytest.mark.parametrize("count", [0, 52, 60, 62, 255])
def test_another_count_is_refused(count: int) -> None:
    with pytest.raises(DecodeError, match=f"packet has {count} values, expected 61"):
        livelink.decode(HEADER + TIME + bytes([count]) + FLOATS)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("FFFFFFFF 3E800000 0000003C 00000001", "frame is -1"),
        ("00001234 3F800000 0000003C 00000001", "sub-frame is 1.0"),
        ("00001234 BE800000 0000003C 00000001", "sub-frame is -0.25"),
        ("00001234 7FC00000 0000003C 00000001", "sub-frame is nan"),
        ("00001234 3E800000 00000000 00000001", "frame rate is 0/1"),
        ("00001234 3E800000 0000001E 00000000", "frame rate is 30/0"),
    ],
)
def test_an_impossible_time_is_refused(time: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        livelink.decode(HEADER + bytes.fromhex(time) + b"\x3d" + FLOATS)


@pytest.mark.parametrize("length", ["FFFFFFFF", "00000101", "7FFFFFFF"])
def test_a_text_length_out_of_bounds_is_refused(length: str) -> None:
    with pytest.raises(DecodeError, match=r"device id is -?\d+ bytes, expected 0\.\.256"):
        livelink.decode(LITERAL[:1] + bytes.fromhex(length) + LITERAL[5:])


def test_a_name_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"subject name is .*expected UTF-8"):
        livelink.decode(LITERAL.replace(b"Face1", b"Fac\xff1"))


def test_a_name_is_measured_in_bytes() -> None:
    packet = livelink.encode(replace(PACKET, subject="Ünïçødé"))
    assert packet[41:45] == bytes.fromhex("0000000C")
    assert livelink.decode(packet).subject == "Ünïçødé"


@pytest.mark.parametrize("name", ["x", "x" * 64, "é" * 32])
def test_a_name_of_up_to_64_bytes_is_taken(name: str) -> None:
    livelink.check_subject(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", r"expected 1\.\.64 bytes"),
        ("a\0b", "without NUL"),
        ("x" * 65, "subject name is 65 bytes, expected at most 64"),
        ("é" * 33, "subject name is 66 bytes, expected at most 64"),
        ("\ud800", "UTF-8"),
    ],
)
def test_a_bad_name_is_refused(name: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        livelink.encode(replace(PACKET, subject=name))


def test_a_longer_name_from_elsewhere_is_decoded() -> None:
    data = HEADER[:41] + bytes.fromhex("00000100") + b"n" * 256 + TIME
    assert livelink.decode(data).subject == "n" * 256


def test_what_the_format_cannot_carry_is_refused() -> None:
    for packet in (
        replace(PACKET, frame=2**31),
        replace(PACKET, subframe=1.0),
        replace(PACKET, fps_denominator=0),
        replace(PACKET, values=np.zeros(52, np.float32)),
        replace(PACKET, device_id="d" * 257),
    ):
        with pytest.raises(DecodeError):
            livelink.encode(packet)


def test_a_subframe_just_below_one_does_not_round_into_the_next_frame() -> None:
    packet = livelink.decode(livelink.encode(replace(PACKET, subframe=0.9999999999)))
    assert packet.subframe < 1


@pytest.mark.parametrize(
    ("time", "fps", "expected"),
    [
        ((0, 0, 0, 0), 60, (0, 0.0)),
        ((13, 13, 4, 525_000), 60, (2_855_071, 0.5)),
        ((23, 59, 59, 999_999), 60, (5_183_999, 0.99994)),
        ((23, 59, 60, 0), 60, (0, 0.0)),
        ((0, 0, 1, 0), 24, (24, 0.0)),
        ((0, 16, 41, 0), Fraction(60_000, 1001), (60_000, 0.0)),
    ],
)
def test_the_frame_of_the_day_counts_from_midnight(
    time: tuple[int, int, int, int], fps: int | Fraction, expected: tuple[int, float]
) -> None:
    frame, subframe = livelink.frame_of_day(*time, fps)
    assert frame == expected[0]
    assert subframe == pytest.approx(expected[1], abs=1e-9)


@given(st.integers(0, 86_400_000_000 - 1), st.integers(1, 240))
def test_the_frame_of_the_day_loses_no_time(elapsed: int, fps: int) -> None:
    seconds, microsecond = divmod(elapsed, 1_000_000)
    frame, subframe = livelink.frame_of_day(seconds // 3600, seconds // 60 % 60, seconds % 60, microsecond, fps)
    assert 0 <= subframe < 1
    assert (frame + subframe) / fps == pytest.approx(elapsed / 1e6, abs=1e-6)


def numbered() -> Floats:
    """Two faces in which every channel has its own value within bounds."""
    row = np.arange(1, 62, dtype=np.float32) / 64
    return np.stack([row, row / 2])


def test_the_plain_wiring_changes_nothing_within_bounds() -> None:
    assert np.array_equal(livelink.wire_values(numbered(), Wiring()), numbered())


@pytest.mark.parametrize(("wiring", "pair"), [(Wiring(swap_jaw=True), "Jaw"), (Wiring(swap_mouth=True), "Mouth")])
def test_a_swap_exchanges_one_pair_and_nothing_else(wiring: Wiring, pair: str) -> None:
    left, right = INDEX[f"{pair}Left"], INDEX[f"{pair}Right"]
    expected = numbered()
    expected[:, [left, right]] = expected[:, [right, left]]
    assert np.array_equal(livelink.wire_values(numbered(), wiring), expected)


def test_half_turns_are_radians_over_pi_and_leave_the_shapes_alone() -> None:
    wired = livelink.wire_values(numbered(), Wiring(rotation_unit="half_turns"))
    assert np.array_equal(wired[:, :52], numbered()[:, :52])
    assert wired[:, 52:] == pytest.approx(numbered()[:, 52:] / math.pi)


def test_signs_turn_the_axes_of_the_head_and_of_both_eyes() -> None:
    wired = livelink.wire_values(numbered(), Wiring(head_signs=(-1, 1, 2), eye_signs=(1, -1, 1)))
    turned = [name for i, name in enumerate(CHANNELS) if wired[0, i] == -numbered()[0, i]]
    assert turned == ["HeadYaw", "LeftEyePitch", "RightEyePitch"]
    assert wired[0, INDEX["HeadRoll"]] == 2 * numbered()[0, INDEX["HeadRoll"]]


def test_wired_values_are_clamped_and_never_nan() -> None:
    values = np.full((3, 61), [[math.nan], [9.0], [-9.0]], np.float32)
    wired = livelink.wire_values(values, Wiring())
    assert wired.dtype == np.float32
    assert wired[0].tolist() == [0.0] * 61
    assert wired[1].tolist() == [1.0] * 61
    assert wired[2].tolist() == [0.0] * 52 + [-1.0] * 9


def test_one_face_is_wired_like_many() -> None:
    wiring = Wiring(swap_jaw=True)
    assert np.array_equal(livelink.wire_values(numbered()[0], wiring), livelink.wire_values(numbered(), wiring)[0])


def test_packets_in_matrices_are_the_packets_one_by_one() -> None:
    chance = np.random.default_rng(1)
    packets = livelink.Packets()
    names = [("ID-1", "guard"), ("ID-2", "thief"), ("ID-3", "Königin"), ("ID-4", "baker")]
    for device_id, subject in names:
        packets.add(livelink.prefix(device_id, subject))
    values = chance.uniform(0, 1, (4, 61)).astype(np.float32)
    for frame in (1, 70_000):
        sent = [row.tobytes() for matrix in packets.fill(frame, 0.25, values) for row in matrix]
        alone = [
            livelink.encode(livelink.Packet(device_id, subject, frame, 0.25, values=row))
            for (device_id, subject), row in zip(names, values, strict=True)
        ]
        assert sorted(sent) == sorted(alone)
        assert [livelink.decode(data).subject for data in sent[:3]] == ["guard", "thief", "baker"]  # of one length
