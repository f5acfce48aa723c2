import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import osc, plain
from protocols.arkit import CHANNELS, Floats
from protocols.errors import DecodeError

# One channel and the row, written out: #bundle, now, /face/JawOpen 0.5, /face 0.5.
LITERAL = (
    b"#bundle\0" + bytes.fromhex("0000000000000001")
    + bytes.fromhex("00000018") + b"/face/JawOpen\0\0\0" + b",f\0\0" + bytes.fromhex("3F000000")
    + bytes.fromhex("00000010") + b"/face\0\0\0" + b",f\0\0" + bytes.fromhex("3F000000")
)  # fmt: skip


def messages(datagrams: list[memoryview]) -> list[osc.Message]:
    return [message for datagram in datagrams for message in osc.messages(osc.decode(bytes(datagram)))]


def test_a_channel_and_a_row_are_these_bytes() -> None:
    assert b"".join(plain.Messages("/face", ["JawOpen"]).fill(np.array([0.5], np.float32))) == LITERAL


def test_these_bytes_are_messages() -> None:
    found = osc.messages(osc.decode(LITERAL))
    assert found == (osc.Message("/face/JawOpen", (0.5,)), osc.Message("/face", (0.5,)))


def test_the_row_of_a_face_is_one_message_of_316_bytes_in_its_bundle() -> None:
    (datagram,) = plain.Messages("/face", CHANNELS, "row").fill(np.zeros(61, np.float32))
    assert len(datagram) == 16 + 4 + 316
    assert bytes(datagram[20:28]) == b"/face\0\0\0" and bytes(datagram[28:90]) == b"," + b"f" * 61


@given(arrays.arrays(np.float32, 61, elements=st.floats(-1, 1, width=32)), st.sampled_from(["channels", "row", "both"]))
def test_every_float_arrives_under_its_name_in_bundles_that_fit(values: Floats, layout: plain.Layout) -> None:
    datagrams = plain.Messages("/a/b", CHANNELS, layout).fill(values)
    assert all(len(datagram) < plain.BUNDLE_BYTES for datagram in datagrams)
    one_by_one = [osc.Message(f"/a/b/{name}", (value,)) for name, value in zip(CHANNELS, values.tolist(), strict=True)]
    row = [osc.Message("/a/b", tuple(values.tolist()))]
    assert messages(datagrams) == {"channels": one_by_one, "row": row, "both": one_by_one + row}[layout]


def test_a_second_frame_overwrites_the_first() -> None:
    made = plain.Messages("/face", ["A", "B"], "row")
    for values in ([0.25, 0.5], [1.0, -1.0]):
        (datagram,) = made.fill(np.array(values, np.float32))
        assert struct.unpack(">2f", datagram[-8:]) == tuple(values)


def test_names_become_parts_of_an_address() -> None:
    assert plain.address("/face/{character}", "Old guard #2/b") == "/face/Old_guard__2_b"
    assert plain.part("顔") == "顔"


@pytest.mark.parametrize("prefix", ["/face", "/face/{character}", "/{character}", "/a/b/c"])
def test_a_prefix_is_an_address(prefix: str) -> None:
    plain.check_prefix(prefix)


@pytest.mark.parametrize("prefix", ["", "face", "/", "/face/", "//face", "/fa ce", "/face/*", "/a\0b", "/{name}"])
def test_what_is_no_address_is_refused(prefix: str) -> None:
    with pytest.raises(DecodeError, match="expected an OSC address"):
        plain.Messages(prefix, CHANNELS)
