import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import osc
from protocols.errors import DecodeError
from protocols.osc import IMMEDIATE, Bundle, Message

# Written out from the specification's own examples and rules.
MESSAGE = Message("/foo", (1000, -1, "hello", 1.2339999675750732, 5.677999973297119))
MESSAGE_BYTES = bytes.fromhex(
    "2f666f6f 00000000 2c696973 66660000 000003e8 ffffffff 68656c6c 6f000000 3f9df3b6 40b5b22d"
)
BUNDLE = Bundle(IMMEDIATE, (Message("/a", (b"\x01\x02\x03",)), Bundle(2, (Message("/b", (True, False, None)),))))
BUNDLE_BYTES = bytes.fromhex(
    "2362756e646c6500 0000000000000001"
    "00000010 2f610000 2c620000 00000003 01020300"
    "00000020 2362756e646c6500 0000000000000002 0000000c 2f620000 2c54464e 00000000"
)

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
arguments = st.none() | st.booleans() | integers | floats | words | st.binary(max_size=20)
messages = st.builds(Message, words.map("/".__add__), st.lists(arguments, max_size=8).map(tuple))
timetags = st.integers(0, 2**64 - 1)
packets = st.recursive(
    messages,
    lambda inner: st.builds(Bundle, timetags, st.lists(inner, max_size=4).map(tuple)),
    max_leaves=10,
).filter(lambda packet: depth(packet) <= osc.MAX_DEPTH)


def depth(packet: Message | Bundle) -> int:
    return 0 if isinstance(packet, Message) else 1 + max(map(depth, packet.elements), default=0)


def nested(levels: int) -> Bundle:
    packet = Bundle(IMMEDIATE, ())
    for _ in range(levels - 1):
        packet = Bundle(IMMEDIATE, (packet,))
    return packet


def test_a_message_is_these_bytes_both_ways() -> None:
    assert osc.encode(MESSAGE) == MESSAGE_BYTES
    assert osc.decode(MESSAGE_BYTES) == MESSAGE


def test_a_bundle_is_these_bytes_both_ways() -> None:
    assert osc.encode(BUNDLE) == BUNDLE_BYTES
    assert osc.decode(BUNDLE_BYTES) == BUNDLE


def test_the_messages_of_a_bundle_come_in_order() -> None:
    assert [message.address for message in osc.messages(BUNDLE)] == ["/a", "/b"]
    assert osc.messages(MESSAGE) == (MESSAGE,)


@pytest.mark.parametrize(
    ("argument", "tag"),
    [(1, "i"), (2**31, "h"), (1.0, "f"), ("s", "s"), (b"b", "b"), (True, "T"), (False, "F"), (None, "N")],
)
def test_each_type_has_its_tag_and_comes_back_as_it_was(argument: osc.Argument, tag: str) -> None:
    data = osc.encode(Message("/x", (argument,)))
    assert data[4:6].decode() == "," + tag
    decoded = osc.decode(data)
    assert isinstance(decoded, Message)
    assert decoded.arguments == (argument,)
    assert type(decoded.arguments[0]) is type(argument)


def test_a_double_is_decoded() -> None:
    data = b"/x\0\0,d\0\0" + struct.pack(">d", 0.1)
    assert osc.decode(data) == Message("/x", (0.1,))


def test_an_address_without_type_tags_is_a_message_without_arguments() -> None:
    assert osc.decode(b"/x\0\0") == Message("/x", ())


@given(packets)
def test_decoding_what_was_encoded_gives_the_packet_back(packet: Message | Bundle) -> None:
    assert osc.decode(osc.encode(packet)) == packet


@given(
    st.binary(max_size=200)
    | st.binary(max_size=100).map(lambda data: osc.BUNDLE + data)
    | st.binary(max_size=100).map(lambda data: b"/x\0\0," + data)
)
def test_any_bytes_raise_nothing_but_a_decode_error(data: bytes) -> None:
    try:
        osc.decode(data)
    except DecodeError:
        return


@given(st.integers(0, len(BUNDLE_BYTES) - 1), st.integers(0, 255))
def test_a_bundle_with_one_wrong_byte_raises_nothing_but_a_decode_error(at: int, byte: int) -> None:
    try:
        osc.decode(BUNDLE_BYTES[:at] + bytes([byte]) + BUNDLE_BYTES[at + 1 :])
    except DecodeError:
        return


def test_a_message_cut_short_is_refused() -> None:
    for length in set(range(len(MESSAGE_BYTES))) - {8}:  # the address alone is what old senders send
        with pytest.raises(DecodeError):
            osc.decode(MESSAGE_BYTES[:length])


def test_a_bundle_cut_short_is_refused() -> None:
    whole = {16, 36}  # a bundle may end after its header and after any element
    for length in set(range(len(BUNDLE_BYTES))) - whole:
        with pytest.raises(DecodeError):
            osc.decode(BUNDLE_BYTES[:length])


def test_a_packet_larger_than_a_datagram_is_refused_both_ways() -> None:
    with pytest.raises(DecodeError, match="packet is 65508 bytes, expected at most 65507"):
        osc.decode(bytes(65_508))
    with pytest.raises(DecodeError, match="expected at most 65507"):
        osc.encode(Message("/x", (bytes(65_508),)))


def test_bundles_nest_only_so_deep() -> None:
    assert depth(nested(osc.MAX_DEPTH)) == osc.MAX_DEPTH
    assert osc.decode(osc.encode(nested(osc.MAX_DEPTH))) == nested(osc.MAX_DEPTH)
    deeper = osc.bundle([osc.encode(nested(osc.MAX_DEPTH))])
    with pytest.raises(DecodeError, match="nested deeper than 8"):
        osc.decode(deeper)
    with pytest.raises(DecodeError, match="nested deeper than 8"):
        osc.encode(nested(osc.MAX_DEPTH + 1))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_both_ways(value: float) -> None:
    with pytest.raises(DecodeError, match="expected a finite number"):
        osc.decode(b"/x\0\0,f\0\0" + struct.pack(">f", value))
    with pytest.raises(DecodeError, match="expected a finite number"):
        osc.encode(Message("/x", (value,)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has no end"),
        (b"x\0\0\0", "expected a / first"),
        (b"/\xff\0\0", "expected UTF-8"),
        (b"/abc", "has no end"),
        (b"/x\0\0i\0\0\0", "expected a comma first"),
        (b"/x\0\0,c\0\0\0\0\0a", "type tag is 'c'"),
        (b"/x\0\0,i\0\0\0\0\0\1\0\0\0\1", "message is 16 bytes, expected 12"),
        (b"/x\0\0,b\0\0\xff\xff\xff\xff", "blob is -1 bytes"),
        (b"/x\0\0,b\0\0\0\0\0\5abcd", "blob is 5 bytes"),
        (b"#bundle\0\0\0\0\0", "bundle is 12 bytes"),
        (b"#bundle\0\0\0\0\0\0\0\0\1\0\0\0\3/x\0\0", "packet is 3 bytes, expected a multiple of 4"),
        (b"#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x08/x\0\0", "bundle element is 8 bytes"),
    ],
)
def test_a_malformed_packet_says_why(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        osc.decode(data)


@pytest.mark.parametrize(
    "packet",
    [
        Message("x"),
        Message("/x", ("a\0b",)),
        Message("/x", ("\ud800",)),
        Message("/x", (2**63,)),
        Message("/x", (1e300,)),
        Bundle(-1),
        Bundle(2**64),
    ],
)
def test_what_the_format_cannot_carry_is_refused(packet: Message | Bundle) -> None:
    with pytest.raises(DecodeError):
        osc.encode(packet)


def test_a_template_is_the_bundles_of_its_messages_with_the_floats_in_their_places() -> None:
    heads = [(osc.text(f"/face/{name}") + osc.text(",f"), 1) for name in ("a", "bc", "def")]
    end = (osc.encode(Message("/face/end")), 0)
    template = osc.Template([*heads, end], 64)
    for floats in ([0.25, -1.0, 3.5], [1.0, 2.0, 3.0]):
        datagrams = [bytes(datagram) for datagram in template.fill(np.array(floats, np.float32))]
        assert len(datagrams) == 2 and all(len(datagram) < 64 for datagram in datagrams)
        sent = [message for datagram in datagrams for message in osc.messages(osc.decode(datagram))]
        assert sent == [
            Message("/face/a", (floats[0],)), Message("/face/bc", (floats[1],)), Message("/face/def", (floats[2],)),
            Message("/face/end"),
        ]  # fmt: skip
