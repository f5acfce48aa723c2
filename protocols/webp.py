"""Animated WebP from single pictures: https://developers.google.com/speed/webp/docs/riff_container."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from protocols.errors import DecodeError

MAX_PICTURES: Final = 10_000  # minutes of film, and more than any viewer holds
MAX_SIDE: Final = 1 << 14  # pixels: what a VP8 picture can be
_ANIMATED: Final = 0x02  # of the flags: no alpha, no profile, no metadata
_REPLACE: Final = 0x02  # a picture that covers the one before is not blended with it
_SHORTEST: Final = 12  # bytes of a RIFF file without a chunk


def join(pictures: Sequence[bytes], size: tuple[int, int], fps: float) -> bytes:
    """One endless film of lossy WebPs of `size` pixels, width and height. Raises DecodeError when they are not."""
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise DecodeError(f"film has {len(pictures)} pictures, expected 1..{MAX_PICTURES}")
    if not all(1 <= side <= MAX_SIDE for side in size):
        raise DecodeError(f"pictures are {size[0]} x {size[1]}, expected 1..{MAX_SIDE} each way")
    canvas = _three(size[0] - 1) + _three(size[1] - 1)
    chunks = [_chunk(b"VP8X", bytes((_ANIMATED, 0, 0, 0)) + canvas), _chunk(b"ANIM", struct.pack("<IH", 0, 0))]
    for picture, period_ms in zip(pictures, _periods(len(pictures), fps), strict=True):
        place = _three(0) + _three(0) + canvas + _three(period_ms) + bytes((_REPLACE,))
        chunks.append(_chunk(b"ANMF", place + _chunk(b"VP8 ", _lossy(picture, size))))
    return _chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def _periods(count: int, fps: float) -> Iterator[int]:
    """Whole milliseconds for each picture, none of which is lost over the film."""
    for i in range(count):
        yield round((i + 1) * 1000 / fps) - round(i * 1000 / fps)


def _lossy(picture: bytes, size: tuple[int, int]) -> bytes:
    """The VP8 data of one picture, whose own header gives its size in 14 bits each."""
    data = next((data for kind, data in _chunks(picture) if kind == b"VP8 "), b"")
    if len(data) < 10:
        raise DecodeError("picture has no lossy image, expected a VP8 chunk")
    width, height = (side & (MAX_SIDE - 1) for side in struct.unpack_from("<HH", data, 6))
    if (width, height) != size:
        raise DecodeError(f"picture is {width} x {height}, expected {size[0]} x {size[1]}")
    return data


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(picture) < _SHORTEST or picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
        raise DecodeError("picture is no WebP")
    at = _SHORTEST
    while at + 8 <= len(picture):
        (length,) = struct.unpack_from("<I", picture, at + 4)
        if at + 8 + length > len(picture):
            raise DecodeError(f"chunk ends at byte {at + 8 + length}, the picture at {len(picture)}")
        yield picture[at : at + 4], picture[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")
