"""Frames for WebSocket clients: all subscribed characters of one tick in one message, as JSON or binary.

The binary form is little-endian, for a browser's Float32Array:

    offset  type      field
    0       u8        version, 1
    1       u8        channels, 61
    2       u16       N, the number of characters
    4       u32       seq: one more in every message of a subscription; a gap is a frame that the client lost
    8       u32       frame: the tick's number since the driver started
    12      u32       B, the bytes of the names
    16      f64       t: seconds since the driver started
    24      f32       N x 61 values, character by character, in the order of hello's names
    24+244N u16+UTF-8 N names, each behind its length in bytes; B bytes in all
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from protocols import fields as read
from protocols.arkit import CHANNELS, Floats
from protocols.errors import DecodeError
from protocols.fields import Fields

VERSION: Final = 1
MAX_JSON_BYTES: Final = 64 * 1024 * 1024  # 65,535 characters, as many as the binary form counts, of 1 kB each
MAX_COUNT: Final = 2**53  # whole numbers that a browser holds exactly
MAX_NAME_BYTES: Final = 65535  # the length before a name is 16 bits
_HEADER: Final = struct.Struct("<BBHIIId")
_LENGTH: Final = struct.Struct("<H")
_WIDTH: Final = len(CHANNELS)
_DIGITS: Final = 6  # of a value in JSON: finer than a 32-bit float needs to show


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One tick: the values of `names[i]` are `values[i]`; `t` is in seconds."""

    seq: int
    number: int
    t: float
    names: tuple[str, ...]
    values: Floats  # (N, 61), wire order


def encode_json(frame: Frame) -> str:
    rows = np.round(frame.values.astype(np.float64), _DIGITS).tolist()
    characters = dict(zip(frame.names, rows, strict=True))
    message = {"type": "frame", "seq": frame.seq, "frame": frame.number, "t": frame.t, "characters": characters}
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def decode_json(text: str | bytes) -> Frame:
    """The frame of a JSON message; raises DecodeError."""
    fields = read.parse(text, MAX_JSON_BYTES)
    read.choice(read.required(fields, "type"), "type", ("frame",))
    read.only(fields, ("type", "seq", "frame", "t", "characters"))
    characters = read.table(read.required(fields, "characters"), "characters")
    return Frame(
        read.integer(read.required(fields, "seq"), "seq", 0, MAX_COUNT),
        read.integer(read.required(fields, "frame"), "frame", 0, MAX_COUNT),
        read.number(read.required(fields, "t"), "t", 0, MAX_COUNT),
        tuple(read.text(name, "name", MAX_NAME_BYTES) for name in characters),
        _matrix(characters),
    )


def _matrix(characters: Fields) -> Floats:
    rows = list(characters.values())
    if any(not isinstance(row, list) or len(row) != _WIDTH for row in rows):
        raise DecodeError(f"characters want {_WIDTH} values each", code="wrong_type")
    if not {type(value) for row in rows for value in row} <= {int, float}:
        raise DecodeError("characters have values that are not numbers", code="wrong_type")
    try:
        values = np.array(rows, np.float64).reshape(-1, _WIDTH)
    except OverflowError as error:
        raise DecodeError("characters have values of more than 64 bits", code="out_of_range") from error
    if not (np.abs(values) <= np.finfo(np.float32).max).all():  # also refuses infinities
        raise DecodeError("characters have values that are not finite", code="out_of_range")
    return values.astype(np.float32)


def name_table(names: tuple[str, ...]) -> bytes:
    """The names as they stand at the end of a binary frame."""
    encoded = [name.encode() for name in names]
    return b"".join(_LENGTH.pack(len(name)) + name for name in encoded)


def encode_binary(frame: Frame, table: bytes | None = None) -> bytes:
    """The binary message; `table` is the frame's name_table where the caller keeps it."""
    table = name_table(frame.names) if table is None else table
    header = _HEADER.pack(
        VERSION, _WIDTH, len(frame.names), frame.seq & 0xFFFFFFFF, frame.number & 0xFFFFFFFF, len(table), frame.t
    )
    return b"".join((header, frame.values.astype("<f4", copy=False).tobytes(), table))


def decode_binary(data: bytes) -> Frame:
    """The frame of a binary message; raises DecodeError."""
    if len(data) < _HEADER.size:
        raise DecodeError(f"frame is {len(data)} bytes, expected at least {_HEADER.size}")
    version, channels, count, seq, number, names_bytes, t = _HEADER.unpack_from(data)
    if (version, channels) != (VERSION, _WIDTH):
        raise DecodeError(f"frame has version {version} and {channels} channels, expected {VERSION} and {_WIDTH}")
    names_at = _HEADER.size + count * _WIDTH * 4
    if len(data) != names_at + names_bytes:
        raise DecodeError(f"frame is {len(data)} bytes, expected {names_at + names_bytes}")
    values = np.frombuffer(data, "<f4", count * _WIDTH, _HEADER.size).reshape(count, _WIDTH).astype(np.float32)
    if not np.isfinite(values).all() or not math.isfinite(t):
        raise DecodeError("frame has values that are not finite")
    return Frame(seq, number, t, _read_names(data[names_at:], count), values)


def _read_names(table: bytes, count: int) -> tuple[str, ...]:
    names: list[str] = []
    at = 0
    for _ in range(count):
        if at + _LENGTH.size > len(table):
            raise DecodeError(f"names end after {len(names)} of {count}")
        (length,) = _LENGTH.unpack_from(table, at)
        at += _LENGTH.size
        name = table[at : at + length]
        if len(name) != length:
            raise DecodeError(f"name is {len(name)} bytes, expected {length}")
        try:
            names.append(name.decode())
        except UnicodeDecodeError as error:
            raise DecodeError("name is not UTF-8") from error
        at += length
    if at != len(table):
        raise DecodeError(f"names are {len(table)} bytes, expected {at}")
    return tuple(names)
