"""Animated PNG from single pictures: https://www.w3.org/TR/png-3/, chapters 4.9 and 11.3.6."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from protocols.errors import DecodeError

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_PICTURES: Final = 10_000  # minutes of film, and more than any viewer holds
_LENGTH: Final = struct.Struct(">I")
_DELAY: Final = 1000  # parts of a second in which the time of a picture is told


def join(pictures: Sequence[bytes], fps: float) -> bytes:
    """One endless film of PNGs of one size and kind. Raises DecodeError when they are not."""
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise DecodeError(f"film has {len(pictures)} pictures, expected 1..{MAX_PICTURES}")
    header = _first(pictures[0])
    number = 0
    film = [SIGNATURE, _chunk(b"IHDR", header), _chunk(b"acTL", struct.pack(">II", len(pictures), 0))]
    for i, picture in enumerate(pictures):
        if _first(picture) != header:
            raise DecodeError(f"picture {i + 1} is of another size or kind than the first")
        film.append(_chunk(b"fcTL", _control(number, header, fps)))
        number += 1
        for data in (data for kind, data in _chunks(picture) if kind == b"IDAT"):
            film.append(_chunk(b"IDAT", data) if i == 0 else _chunk(b"fdAT", _LENGTH.pack(number) + data))
            number += i > 0
    return b"".join([*film, _chunk(b"IEND", b"")])


def _first(picture: bytes) -> bytes:
    """The header of a picture: its size and kind."""
    kind, data = next(_chunks(picture), (b"", b""))
    if kind != b"IHDR" or len(data) != 13:
        raise DecodeError(f"picture begins with {kind!r} of {len(data)} bytes, expected IHDR of 13")
    return data


def _control(number: int, header: bytes, fps: float) -> bytes:
    width, height = struct.unpack(">II", header[:8])
    return struct.pack(">IIIIIHHBB", number, width, height, 0, 0, round(_DELAY / fps), _DELAY, 0, 0)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not picture.startswith(SIGNATURE):
        raise DecodeError("picture is no PNG")
    at = len(SIGNATURE)
    while at < len(picture):
        if at + 12 > len(picture):
            raise DecodeError(f"picture ends inside a chunk, at byte {len(picture)}")
        (length,) = _LENGTH.unpack_from(picture, at)
        end = at + 12 + length
        if end > len(picture):
            raise DecodeError(f"chunk ends at byte {end}, the picture at {len(picture)}")
        yield picture[at + 4 : at + 8], picture[at + 8 : end - 4]
        at = end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + kind + data + _LENGTH.pack(zlib.crc32(kind + data))
