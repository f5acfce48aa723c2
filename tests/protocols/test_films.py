import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import apng, webp
from protocols.errors import DecodeError


def png(width: int = 2, height: int = 1, *parts: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    kinds = [(b"IHDR", header), *((b"IDAT", part) for part in parts or (b"data",)), (b"IEND", b"")]
    return apng.SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in kinds
    )


def still(width: int, height: int, data: bytes = b"") -> bytes:
    body = b"\x10\x20\x30\x9d\x01\x2a" + struct.pack("<HH", width, height) + data
    body = b"WEBPVP8 " + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_png_film_has_its_pictures_in_order_with_their_times_and_checksums() -> None:
    film = apng.join([png(2, 1, b"one"), png(2, 1, b"two", b"more")], 30)
    chunks = list(apng._chunks(film))
    assert [kind for kind, _ in chunks] == [b"IHDR", b"acTL", b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"fdAT", b"IEND"]
    assert chunks[1][1] == struct.pack(">II", 2, 0)
    assert [struct.unpack(">I", data[:4])[0] for kind, data in chunks if kind in (b"fcTL", b"fdAT")] == [0, 1, 2, 3]
    assert chunks[4][1] == struct.pack(">IIIIIHHBB", 1, 2, 1, 0, 0, 33, 1000, 0, 0)
    assert (chunks[5][1][4:], chunks[6][1][4:]) == (b"two", b"more")
    at = len(apng.SIGNATURE)
    while at < len(film):
        (length,) = struct.unpack_from(">I", film, at)
        assert struct.unpack_from(">I", film, at + 8 + length) == (zlib.crc32(film[at + 4 : at + 8 + length]),)
        at += 12 + length


def test_a_webp_film_has_its_pictures_in_order_and_loses_no_time() -> None:
    film = webp.join([still(300, 200, bytes((i,))) for i in range(30)], (300, 200), 30)
    assert struct.unpack_from("<I", film, 4) == (len(film) - 8,)
    chunks = list(webp._chunks(film))
    assert [kind for kind, _ in chunks] == [b"VP8X", b"ANIM", *[b"ANMF"] * 30]
    assert chunks[0][1] == b"\x02\0\0\0" + b"\x2b\x01\0" + b"\xc7\0\0"
    assert sum(int.from_bytes(data[12:15], "little") for _, data in chunks[2:]) == 1000
    assert [data[16 + 8 + 10] for _, data in chunks[2:]] == list(range(30))


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ([], "film has 0 pictures, expected 1..10000"),
        ([b"GIF89a"], "picture is no PNG"),
        ([png()[:-5]], "chunk ends|picture ends"),
        ([png(2, 1), png(2, 2)], "picture 2 is of another size or kind than the first"),
        ([apng.SIGNATURE + struct.pack(">I", 0) + b"IENDxxxx"], "begins with b'IEND' of 0 bytes, expected IHDR of 13"),
    ],
)
def test_what_is_no_film_of_pngs_is_refused(pictures: list[bytes], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        apng.join(pictures, 30)


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ([], "film has 0 pictures, expected 1..10000"),
        ([png()], "picture is no WebP"),
        ([still(3, 2)], "picture is 3 x 2, expected 4 x 2"),
        ([still(4, 2)[:-4]], "chunk ends at byte 30, the picture at 26"),
        ([b"RIFF\0\0\0\0WEBP"], "picture has no lossy image, expected a VP8 chunk"),
    ],
)
def test_what_is_no_film_of_webps_is_refused(pictures: list[bytes], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        webp.join(pictures, (4, 2), 30)


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=3))
def test_any_bytes_are_joined_or_refused(pictures: list[bytes]) -> None:
    for pieces in (pictures, [apng.SIGNATURE + p for p in pictures], [b"RIFF\0\0\0\0WEBP" + p for p in pictures]):
        for join in (lambda given: apng.join(given, 30), lambda given: webp.join(given, (4, 2), 30)):
            with contextlib.suppress(DecodeError):
                join(pieces)
