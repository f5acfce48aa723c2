"""OSC 1.0: messages and bundles, the layer below VMC and the plain OSC input and output.

Big-endian, everything padded to 4 bytes (opensoundcontrol.org/spec-1_0). Text is UTF-8, as VMC asks.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from protocols.arkit import Floats
from protocols.errors import DecodeError

IMMEDIATE: Final = 1  # the time tag that means "now"
MAX_BYTES: Final = 65_507  # the largest payload of a UDP datagram over IPv4
MAX_DEPTH: Final = 8  # bundles inside bundles; real senders use one or two levels
MAX_TIMETAG: Final = 2**64 - 1  # 32.32 fixed-point seconds since 1900

BUNDLE: Final = b"#bundle\0"
TIMETAG: Final = struct.Struct(">Q")
SIZE: Final = struct.Struct(">i")
FLOAT_BYTES: Final = 4
NUMBERS: Final = {code: struct.Struct(">" + form) for code, form in zip("ifhd", "ifqd", strict=True)}
CONSTANTS: Final = {"T": True, "F": False, "N": None}

Argument = int | float | str | bytes | bool | None


@dataclass(frozen=True, slots=True)
class Message:
    """An address and its arguments; a float is sent as `f`, an int as `i` (`h` beyond 32 bits)."""

    address: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Messages and bundles to be handled together at `timetag`."""

    timetag: int
    elements: tuple["Message | Bundle", ...] = ()


def encode(packet: Message | Bundle) -> bytes:
    """The datagram of a message or bundle; raises DecodeError for what the format cannot carry."""
    data = _encode(packet, 0)
    if len(data) > MAX_BYTES:
        raise DecodeError(f"packet is {len(data)} bytes, expected at most {MAX_BYTES}")
    return data


def bundle(elements: list[bytes], timetag: int = IMMEDIATE) -> bytes:
    """A bundle of elements that are already encoded."""
    return BUNDLE + TIMETAG.pack(timetag) + b"".join(SIZE.pack(len(each)) + each for each in elements)


def bundles(elements: Sequence[bytes], limit: int) -> list[list[bytes]]:
    """The encoded elements in as few groups as make bundles below `limit` bytes, in order."""
    empty = len(bundle([]))
    groups: list[list[bytes]] = [[]]
    size = empty
    for element in elements:
        if groups[-1] and size + SIZE.size + len(element) >= limit:
            groups.append([])
            size = empty
        groups[-1].append(element)
        size += SIZE.size + len(element)
    return groups


class Template:
    """Bundles that change in nothing but the floats at the ends of their messages: made once, patched every frame."""

    def __init__(self, messages: Sequence[tuple[bytes, int]], limit: int) -> None:
        """Messages up to their floats, and how many of these follow; every bundle stays below `limit` bytes."""
        groups = bundles([head + bytes(FLOAT_BYTES * floats) for head, floats in messages], limit)
        datagrams = [bundle(group) for group in groups]
        buffer = bytearray().join(datagrams)
        self._words = np.frombuffer(buffer, ">f4")  # fields begin at multiples of 4, so that floats do
        starts = np.cumsum([0, *map(len, datagrams)])
        self._datagrams = [memoryview(buffer)[a:b] for a, b in pairwise(starts.tolist())]
        ends = [
            start + len(bundle(group[: i + 1]))
            for start, group in zip(starts.tolist(), groups, strict=False)
            for i in range(len(group))
        ]
        slots = [
            np.arange(end // FLOAT_BYTES - floats, end // FLOAT_BYTES)
            for end, (_, floats) in zip(ends, messages, strict=True)
        ]
        self._slots = np.concatenate(slots)

    def fill(self, floats: Floats) -> list[memoryview]:
        """The datagrams with these floats, in the order of the messages; valid until the next call."""
        self._words[self._slots] = floats
        return self._datagrams


def text(value: str) -> bytes:
    """A string with its closing NUL, padded to 4 bytes; raises DecodeError for a NUL inside."""
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise DecodeError(f"string is {value!r}, expected text that UTF-8 can carry") from error
    if b"\0" in encoded:
        raise DecodeError(f"string is {value!r}, expected no NUL")
    return encoded + b"\0" * (4 - len(encoded) % 4)


def decode(data: bytes) -> Message | Bundle:
    """The message or bundle in a datagram; numbers are finite; raises DecodeError."""
    if len(data) > MAX_BYTES:
        raise DecodeError(f"packet is {len(data)} bytes, expected at most {MAX_BYTES}")
    return _decode(data, 0)


def messages(packet: Message | Bundle) -> tuple[Message, ...]:
    """All messages of a packet in order, whatever the nesting and the time tags."""
    if isinstance(packet, Message):
        return (packet,)
    return tuple(message for element in packet.elements for message in messages(element))


def _encode(packet: Message | Bundle, depth: int) -> bytes:
    if isinstance(packet, Message):
        return _encode_message(packet)
    if depth == MAX_DEPTH:
        raise DecodeError(f"bundles are nested deeper than {MAX_DEPTH}")
    if not 0 <= packet.timetag <= MAX_TIMETAG:
        raise DecodeError(f"time tag is {packet.timetag}, expected 0..{MAX_TIMETAG}")
    return bundle([_encode(element, depth + 1) for element in packet.elements], packet.timetag)


def _encode_message(message: Message) -> bytes:
    _check_address(message.address)
    pairs = [_encode_argument(argument) for argument in message.arguments]
    tags = "," + "".join(tag for tag, _ in pairs)
    return text(message.address) + text(tags) + b"".join(data for _, data in pairs)


def _encode_argument(value: Argument) -> tuple[str, bytes]:
    match value:
        case None:
            return "N", b""
        case bool():
            return "T" if value else "F", b""
        case str():
            return "s", text(value)
        case bytes():
            return "b", SIZE.pack(len(value)) + value + b"\0" * (-len(value) % 4)
    tag = "f" if isinstance(value, float) else "i" if -(2**31) <= value < 2**31 else "h"
    try:
        return tag, NUMBERS[tag].pack(_finite(value))
    except (struct.error, OverflowError) as error:
        raise DecodeError(f"argument is {value}, expected a number that fits `{tag}`") from error


def _decode(data: bytes, depth: int) -> Message | Bundle:
    if len(data) % 4:
        raise DecodeError(f"packet is {len(data)} bytes, expected a multiple of 4")
    if not data.startswith(BUNDLE):
        return _decode_message(data)
    if depth == MAX_DEPTH:
        raise DecodeError(f"bundles are nested deeper than {MAX_DEPTH}")
    at = len(BUNDLE) + TIMETAG.size
    if len(data) < at:
        raise DecodeError(f"bundle is {len(data)} bytes, expected at least {at}")
    (timetag,) = TIMETAG.unpack_from(data, len(BUNDLE))
    elements = []
    while at < len(data):
        size = _size(data, at, "bundle element")
        elements.append(_decode(data[at + 4 : at + 4 + size], depth + 1))
        at += 4 + size
    return Bundle(timetag, tuple(elements))


def _decode_message(data: bytes) -> Message:
    address, at = _text(data, 0)
    _check_address(address)
    if at == len(data):  # old senders leave out the type tags when there are no arguments
        return Message(address)
    tags, at = _text(data, at)
    if not tags.startswith(","):
        raise DecodeError(f"type tags are {tags!r}, expected a comma first")
    arguments = []
    for tag in tags[1:]:
        argument, at = _decode_argument(data, at, tag)
        arguments.append(argument)
    if at != len(data):
        raise DecodeError(f"message is {len(data)} bytes, expected {at}")
    return Message(address, tuple(arguments))


def _decode_argument(data: bytes, at: int, tag: str) -> tuple[Argument, int]:
    if tag in CONSTANTS:
        return CONSTANTS[tag], at
    if tag == "s":
        return _text(data, at)
    if tag == "b":
        size = _size(data, at, "blob")
        return data[at + 4 : at + 4 + size], at + 4 + size + -size % 4
    if tag not in NUMBERS:
        raise DecodeError(f"type tag is {tag!r}, expected one of i f s b h d T F N")
    form = NUMBERS[tag]
    if at + form.size > len(data):
        raise DecodeError(f"message is {len(data)} bytes, expected at least {at + form.size}")
    (value,) = form.unpack_from(data, at)
    return _finite(value), at + form.size


def _size(data: bytes, at: int, what: str) -> int:
    """The int32 size at `at`, checked against the bytes that follow it."""
    if at + SIZE.size > len(data):
        raise DecodeError(f"packet is {len(data)} bytes, expected a size of a {what} at byte {at}")
    size: int = SIZE.unpack_from(data, at)[0]
    if not 0 <= size <= len(data) - at - SIZE.size:
        raise DecodeError(f"{what} is {size} bytes, expected 0..{len(data) - at - SIZE.size}")
    return size


def _text(data: bytes, at: int) -> tuple[str, int]:
    """The string at `at`, and where the next field begins."""
    end = data.find(b"\0", at)
    if end < 0:
        raise DecodeError(f"string at byte {at} has no end")
    try:
        return data[at:end].decode(), end + 4 - end % 4  # fields begin at multiples of 4
    except UnicodeDecodeError as error:
        raise DecodeError(f"string is {data[at:end]!r}, expected UTF-8") from error


def _check_address(address: str) -> None:
    if not address.startswith("/"):
        raise DecodeError(f"address is {address!r}, expected a / first")


def _finite(value: int | float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise DecodeError(f"argument is {value}, expected a finite number")
    return value
