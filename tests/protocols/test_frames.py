import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from protocols.errors import DecodeError
from protocols.frames import Frame, decode_binary, decode_json, encode_binary, encode_json, name_table

VALUES = np.zeros((2, 61), np.float32)
VALUES[0, 17] = 0.5
VALUES[1, 60] = -0.25
FRAME = Frame(seq=3, number=600, t=10.0, names=("guard", "Ö"), values=VALUES)
BINARY = (
    bytes.fromhex("01 3d 0200 03000000 58020000 0b000000 0000000000002440")
    + struct.pack("<61f", *[0.0] * 17, 0.5, *[0.0] * 43)
    + struct.pack("<61f", *[0.0] * 60, -0.25)
    + b"\x05\x00guard\x02\x00\xc3\x96"
)

finite = st.floats(-1, 1, width=32)
frames = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), unique=True, max_size=5).flatmap(
    lambda names: st.builds(
        Frame,
        seq=st.integers(0, 2**32 - 1),
        number=st.integers(0, 2**32 - 1),
        t=st.floats(0, 1e9),
        names=st.just(tuple(names)),
        values=npst.arrays(np.float32, (len(names), 61), elements=finite),
    )
)


def same(a: Frame, b: Frame, tolerance: float = 0.0) -> bool:
    head = (a.seq, a.number, a.t, a.names) == (b.seq, b.number, b.t, b.names)
    return head and a.values.shape == b.values.shape and bool((np.abs(a.values - b.values) <= tolerance).all())


def test_a_binary_frame_is_written_as_the_layout_says() -> None:
    assert encode_binary(FRAME) == BINARY
    assert encode_binary(FRAME, name_table(FRAME.names)) == BINARY
    assert same(decode_binary(BINARY), FRAME)


def test_a_json_frame_is_written_as_the_contract_says() -> None:
    text = encode_json(FRAME)
    assert text.startswith('{"type":"frame","seq":3,"frame":600,"t":10.0,"characters":{"guard":[0.0,')
    assert text.endswith(",-0.25]}}") and '"Ö":[' in text
    assert same(decode_json(text), FRAME)


def test_the_values_of_a_binary_frame_are_aligned_for_a_float32_array() -> None:
    assert BINARY.index(struct.pack("<f", 0.5)) == 24 + 17 * 4
    assert np.array_equal(np.frombuffer(encode_binary(FRAME), "<f4", 2 * 61, 24).reshape(2, 61), VALUES)


def test_a_binary_frame_counts_on_from_zero_after_32_bits() -> None:
    counted_on = decode_binary(encode_binary(Frame(2**32 + 3, 2**32 + 600, 10.0, FRAME.names, VALUES)))
    assert same(counted_on, FRAME)


def test_a_frame_of_nobody_is_a_frame() -> None:
    nobody = Frame(0, 0, 0.0, (), np.zeros((0, 61), np.float32))
    assert len(encode_binary(nobody)) == 24
    assert same(decode_binary(encode_binary(nobody)), nobody)
    assert same(decode_json(encode_json(nobody)), nobody)


@given(frames)
def test_a_binary_frame_comes_back_exactly(frame: Frame) -> None:
    assert same(decode_binary(encode_binary(frame)), frame)


@given(frames)
def test_a_json_frame_comes_back_within_its_rounding(frame: Frame) -> None:
    assert same(decode_json(encode_json(frame)), frame, 1e-6)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "frame is 0 bytes, expected at least 24"),
        (b"\x02" + BINARY[1:], "version 2"),
        (b"\x01\x3c" + BINARY[2:], "60 channels"),
        (BINARY[:-1], "frame is 522 bytes, expected 523"),
        (BINARY + b"\x00", "frame is 524 bytes, expected 523"),
        (BINARY[:12] + b"\x0c" + BINARY[13:] + b"\x00", "names are 12 bytes, expected 11"),
        (BINARY[:12] + b"\x08" + BINARY[13:-3], "names end after 1 of 2"),
        (BINARY[:16] + struct.pack("<d", float("inf")) + BINARY[24:], "not finite"),
        (BINARY[:-4] + b"\xff\x00\xc3\x96", "name is 2 bytes, expected 255"),
        (BINARY[:-2] + b"\xff\xff", "not UTF-8"),
        (BINARY[:24] + struct.pack("<f", float("nan")) + BINARY[28:], "not finite"),
    ],
)
def test_a_broken_binary_frame_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        decode_binary(data)


TEXT = encode_json(FRAME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "message is an array, expected an object"),
        ("{}", "type is missing"),
        ("null", "message is null"),
        ('{"type":"line"}', "type is 'line', expected one of frame"),
        ("[" * 100_000, "nested too deeply"),
        (TEXT.replace("0.5", "NaN"), "NaN"),
        (TEXT.replace("0.5", "1e999"), "not finite"),
        (TEXT.replace("0.5", "1e300"), "not finite"),
        (TEXT.replace("0.5", "1" + "0" * 400), "more than 64 bits"),
        (TEXT.replace("0.5", "true"), "not numbers"),
        (TEXT.replace("0.5", '"0.5"'), "not numbers"),
        (TEXT.replace("0.5,", ""), "characters want 61 values each"),
        (TEXT.replace("0.5", "[0.5]"), "not numbers"),
        (TEXT.replace('"frame":600', '"frame":"x"'), "frame is 'x', expected a whole number"),
        (TEXT.replace('"seq":3', '"seq":-3'), "seq is -3"),
        (TEXT.replace('"seq":3', '"seq":3.5'), "seq is 3.5, expected a whole number"),
        (TEXT.replace('"t":10.0', '"t":1e999'), "t is inf"),
        (TEXT.replace('"t":10.0', '"t":10.0,"u":1'), "unknown field 'u'"),
        (TEXT.replace("guard", "\\ud800"), "surrogate"),
    ],
)
def test_a_broken_json_frame_is_refused(text: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        decode_json(text)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_frame_or_a_decode_error(data: bytes) -> None:
    for decode in (decode_binary, decode_json):
        with contextlib.suppress(DecodeError):
            decode(data)


@given(st.integers(0, len(BINARY) - 1), st.integers(0, 255))
def test_any_changed_byte_is_a_frame_or_a_decode_error(at: int, byte: int) -> None:
    with contextlib.suppress(DecodeError):
        decode_binary(BINARY[:at] + bytes([byte]) + BINARY[at + 1 :])
