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

from protocols.arkit import CHANNELS, Floats
from protocols.errors import DecodeError

VERSION: Final = 1
MAX_CHARACTERS: Final = 65535  # the count is 16 bits
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
    try:
        fields = json.loads(text)
        if fields["type"] != "frame":
            raise DecodeError(f"type is {str(fields['type'])[:40]!r}, expected 'frame'")
        values = np.array(list(fields["characters"].values()), np.float32).reshape(-1, _WIDTH)
        frame = Frame(int(fields["seq"]), int(fields["frame"]), float(fields["t"]), tuple(fields["characters"]), values)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise DecodeError(f"not a frame: {str(error)[:80]}") from error
    if len(frame.names) != len(values) or not np.isfinite(values).all() or not math.isfinite(frame.t):
        raise DecodeError("frame has values that are missing or not finite")
    return frame


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
