"""Live Link Face datagrams, version 6: one frame of one subject, as the iPhone app sends it to Unreal.

Big-endian: version, device id, subject name (each with its length in bytes), frame of the day, sub-frame,
rate, then the count 61 and 61 floats in Unreal's order. Without a face in view the app stops after the rate.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, INDEX, Floats, clamp
from protocols.errors import DecodeError

VERSION: Final = 6  # the only one that any receiver accepts
COUNT: Final = len(CHANNELS)
MAX_SUBJECT_BYTES: Final = 64  # ours; keeps the packet inside every receiver's size window (264..774 bytes)
MAX_TEXT_BYTES: Final = 256  # what Unreal lets a name and an id be; theirs may be longer than ours
MAX_FRAME: Final = 2**31 - 1  # a signed 32-bit field
LAST_SUBFRAME: Final = 1 - 2**-24  # the largest float32 below 1; rounding must not carry into the next frame
DAY_MICROSECONDS: Final = 24 * 60 * 60 * 1_000_000

LENGTH: Final = struct.Struct("!i")
TIME: Final = struct.Struct("!ifii")  # frame, sub-frame, rate numerator and denominator
VALUES_BYTES: Final = 4 * COUNT
FACE_BYTES: Final = TIME.size + 1 + VALUES_BYTES  # what follows the names when there is a face
MIN_BYTES: Final = 1 + 2 * LENGTH.size + TIME.size
MAX_BYTES: Final = 1 + 2 * (LENGTH.size + MAX_TEXT_BYTES) + FACE_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """One frame of one subject; `values` (61,) is None for the app's "no face" heartbeat."""

    device_id: str
    subject: str
    frame: int  # since midnight, at fps_numerator / fps_denominator
    subframe: float  # 0 <= x < 1
    fps_numerator: int = 60
    fps_denominator: int = 1
    values: Floats | None = None  # (61,), wire order


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a rig wants its channels: swapped pairs, the unit of rotations and a sign or gain per axis."""

    swap_jaw: bool = False  # the app's own wire has one of the two pairs mirrored; some receivers follow it
    swap_mouth: bool = False
    rotation_unit: Literal["radians", "half_turns"] = "radians"
    head_signs: tuple[float, float, float] = (1, 1, 1)  # yaw, pitch, roll
    eye_signs: tuple[float, float, float] = (1, 1, 1)  # yaw, pitch, roll of both eyes


def encode(packet: Packet) -> bytes:
    """The datagram of a packet; raises DecodeError for what the format cannot carry."""
    head = prefix(packet.device_id, packet.subject)
    time = packet.frame, packet.subframe, packet.fps_numerator, packet.fps_denominator
    _check_time(*time)
    if packet.values is None:
        return head + _time(*time)
    if packet.values.shape != (COUNT,):
        raise DecodeError(f"values have shape {packet.values.shape}, expected ({COUNT},)")
    _check_finite(packet.values)
    return head + body(packet.frame, packet.subframe, packet.values, *time[2:])


def prefix(device_id: str, subject: str) -> bytes:
    """Version to name, the same for all packets of a character; raises DecodeError for a bad name or id."""
    check_subject(subject)
    identity = _utf8(device_id, "device id", MAX_TEXT_BYTES)
    name = subject.encode()
    return bytes([VERSION]) + LENGTH.pack(len(identity)) + identity + LENGTH.pack(len(name)) + name


def body(frame: int, subframe: float, values: Floats, fps_numerator: int = 60, fps_denominator: int = 1) -> bytes:
    """Frame to values of one face (61,), unchecked: what a tick appends to a prefix."""
    return bodies(frame, subframe, values[None], fps_numerator, fps_denominator)[0]


def bodies(
    frame: int, subframe: float, values: Floats, fps_numerator: int = 60, fps_denominator: int = 1
) -> list[bytes]:
    """The bodies of many faces (N, 61) at one moment."""
    time = _time(frame, subframe, fps_numerator, fps_denominator) + bytes([COUNT])
    floats = values.astype(">f4").tobytes()
    return [time + floats[at : at + VALUES_BYTES] for at in range(0, len(floats), VALUES_BYTES)]


class Packets:
    """The packets of many characters as rows of matrices, one matrix for each length: a tick fills in time and values.

    Packets of one length lie side by side, as segmentation offload wants them.
    """

    def __init__(self) -> None:
        self._rows: dict[int, list[int]] = {}  # packet length: characters, by their order of joining
        self._matrices: dict[int, NDArray[np.uint8]] = {}
        self.count = 0

    def add(self, head: bytes) -> None:
        """One more character, by its prefix."""
        length = len(head) + FACE_BYTES
        row = np.zeros((1, length), np.uint8)
        row[0, : len(head)] = np.frombuffer(head, np.uint8)
        row[0, length - VALUES_BYTES - 1] = COUNT
        known = self._matrices.get(length)
        self._matrices[length] = row if known is None else np.concatenate([known, row])
        self._rows.setdefault(length, []).append(self.count)
        self.count += 1

    def fill(self, frame: int, subframe: float, values: Floats) -> list[NDArray[np.uint8]]:
        """The packets of faces (N, 61) in the order of joining: matrices (n, length), valid until the next call."""
        time = np.frombuffer(_time(frame, subframe, 60, 1), np.uint8)
        floats = np.ascontiguousarray(values, ">f4").view(np.uint8).reshape(len(values), VALUES_BYTES)
        for length, rows in self._rows.items():
            matrix = self._matrices[length]
            matrix[:, length - FACE_BYTES : length - FACE_BYTES + len(time)] = time
            matrix[:, length - VALUES_BYTES :] = floats if len(rows) == len(values) else floats[rows]
        return list(self._matrices.values())


def decode(data: bytes) -> Packet:
    """The packet in a datagram; values are finite but as sent, not clamped; raises DecodeError."""
    if not MIN_BYTES <= len(data) <= MAX_BYTES:
        raise DecodeError(f"packet is {len(data)} bytes, expected {MIN_BYTES}..{MAX_BYTES}")
    if data[0] != VERSION:
        raise DecodeError(f"packet version is {data[0]}, expected {VERSION}")
    device_id, at = _text(data, 1, "device id")
    subject, at = _text(data, at, "subject name")
    if len(data) - at not in (TIME.size, FACE_BYTES):
        raise DecodeError(f"packet is {len(data)} bytes, expected {at + TIME.size} or {at + FACE_BYTES}")
    frame, subframe, numerator, denominator = TIME.unpack_from(data, at)
    _check_time(frame, subframe, numerator, denominator)
    values = _values(data, at + TIME.size)
    return Packet(device_id, subject, frame, subframe, numerator, denominator, values)


def check_subject(name: str) -> None:
    """Raises DecodeError unless a subject name is 1..64 bytes of UTF-8 without NUL."""
    if not name or "\0" in name:
        raise DecodeError(f"subject name is {name!r}, expected 1..{MAX_SUBJECT_BYTES} bytes without NUL")
    _utf8(name, "subject name", MAX_SUBJECT_BYTES)


def frame_of_day(hour: int, minute: int, second: int, microsecond: int, fps: int | Fraction) -> tuple[int, float]:
    """Frames since midnight and the part of a frame, 0 <= x < 1; a leap second rolls over at midnight."""
    elapsed = ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
    frame, rest = divmod(elapsed % DAY_MICROSECONDS * fps, 1_000_000)
    return int(frame), min(float(rest) / 1_000_000, LAST_SUBFRAME)


def wire_values(values: Floats, wiring: Wiring) -> Floats:
    """Faces (N, 61) or (61,) as a rig wants them: clamped, never NaN, then wired."""
    order, gains = _map(wiring)
    if not (np.isfinite(values.max()) and np.isfinite(values.min())):
        values = np.where(np.isfinite(values), values, np.float32(0))
    safe = clamp(values.copy())
    return safe if order is None else np.asarray(safe[..., order] * gains, np.float32)


@lru_cache(maxsize=64)  # a tick asks for the same few wirings again and again
def _map(wiring: Wiring) -> tuple[tuple[int, ...] | None, Floats]:
    """Where each value comes from and by what it is multiplied; no order when nothing changes."""
    order = list(range(COUNT))
    for swap, pair in ((wiring.swap_jaw, "Jaw"), (wiring.swap_mouth, "Mouth")):
        left, right = INDEX[f"{pair}Left"], INDEX[f"{pair}Right"]
        if swap:
            order[left], order[right] = right, left
    gains = np.ones(COUNT, np.float32)
    unit = 1 / np.pi if wiring.rotation_unit == "half_turns" else 1.0
    gains[INDEX["HeadYaw"] :] = np.multiply(wiring.head_signs + wiring.eye_signs * 2, unit)
    gains.setflags(write=False)
    is_plain = order == sorted(order) and bool((gains == 1).all())
    return None if is_plain else tuple(order), gains


def _time(frame: int, subframe: float, fps_numerator: int, fps_denominator: int) -> bytes:
    return TIME.pack(frame, min(subframe, LAST_SUBFRAME), fps_numerator, fps_denominator)


def _check_time(frame: int, subframe: float, fps_numerator: int, fps_denominator: int) -> None:
    if not 0 <= frame <= MAX_FRAME:
        raise DecodeError(f"frame is {frame}, expected 0..{MAX_FRAME}")
    if not 0 <= subframe < 1:  # also refuses NaN
        raise DecodeError(f"sub-frame is {subframe}, expected 0 <= x < 1")
    if not (1 <= fps_numerator <= MAX_FRAME and 1 <= fps_denominator <= MAX_FRAME):
        raise DecodeError(f"frame rate is {fps_numerator}/{fps_denominator}, expected both at least 1")


def _check_finite(values: Floats) -> None:
    if not np.isfinite(values).all():
        i = int(np.argmin(np.isfinite(values)))
        raise DecodeError(f"{CHANNELS[i]} is {values[i]}, expected a finite number")


def _utf8(text: str, what: str, limit: int) -> bytes:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise DecodeError(f"{what} is {text!r}, expected text that UTF-8 can carry") from error
    if len(encoded) > limit:
        raise DecodeError(f"{what} is {len(encoded)} bytes, expected at most {limit}")
    return encoded


def _text(data: bytes, at: int, what: str) -> tuple[str, int]:
    """A string whose length in bytes stands before it, and where the next field begins."""
    start = at + LENGTH.size
    if start > len(data):
        raise DecodeError(f"packet is {len(data)} bytes, expected a length of the {what} at byte {at}")
    (length,) = LENGTH.unpack_from(data, at)
    if not 0 <= length <= min(MAX_TEXT_BYTES, len(data) - start):
        raise DecodeError(f"{what} is {length} bytes, expected 0..{min(MAX_TEXT_BYTES, len(data) - start)}")
    try:
        return data[start : start + length].decode(), start + length
    except UnicodeDecodeError as error:
        raise DecodeError(f"{what} is {data[start : start + length]!r}, expected UTF-8") from error


def _values(data: bytes, at: int) -> Floats | None:
    if at == len(data):
        return None
    if data[at] != COUNT:
        raise DecodeError(f"packet has {data[at]} values, expected {COUNT}")
    values = np.frombuffer(data, ">f4", COUNT, at + 1).astype(np.float32)
    _check_finite(values)
    return values
