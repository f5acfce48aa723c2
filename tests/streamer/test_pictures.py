import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from streamer import pictures
from streamer.pictures import Picture, PictureError, read

RED = Image.new("RGB", (64, 48), (200, 0, 0))
KINDS = ("png", "jpeg", "webp", "gif")


def encoded(image: Image.Image, kind: str = "png", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_known_by_its_first_bytes_and_seen(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a picture.txt"
    path.write_bytes(encoded(RED, kind))
    picture = read(path)
    assert picture.kind == kind
    head, data = picture.url().split(",")
    assert head == f"data:image/{kind};base64" and base64.b64decode(data) == path.read_bytes()
    pixels = picture.pixels()
    assert pixels.shape == (48, 64, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels[20, 20].astype(int) - (200, 0, 0)).max() < 12


def test_what_is_no_picture_is_refused_by_what_it_begins_with(tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    for data, told in ((b"", "file is empty"), (b"%PDF-1.7 and more", "begins with b'%PDF-1.7', expected JPEG, PNG")):
        path.write_bytes(data)
        with pytest.raises(PictureError, match=told):
            read(path)
    with pytest.raises(PictureError, match="No such file"):
        read(tmp_path / "none.png")
    with pytest.raises(PictureError, match="Is a directory"):
        read(tmp_path)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    path = tmp_path / "long.png"
    path.write_bytes(encoded(RED)[:8] + bytes(93))
    with pytest.raises(PictureError, match="file is longer than 100 bytes"):
        read(path)


def bomb(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds nothing of it."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((9000, 9000), "picture is 9000 x 9000, expected"),
        ((11000, 11000), "picture is far larger than 50000000 pixels"),
        ((60000, 60000), "picture is far larger than 50000000 pixels"),
        ((4000, 400), "picture is 4000 x 400, expected 32 a side, sides of 1:8 at most"),
        ((40, 31), "picture is 40 x 31, expected"),
        ((64, 64), "picture cannot be read"),
    ],
)
def test_a_picture_that_is_too_large_too_small_or_broken_is_refused_unread(size: tuple[int, int], told: str) -> None:
    with pytest.raises(PictureError, match=told):
        Picture(bomb(*size), "png").pixels()


def test_a_photograph_is_turned_as_its_camera_says_and_made_smaller() -> None:
    image = RED.resize((4000, 3000))
    image.paste((0, 0, 200), (0, 0, 4000, 1500))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    pixels = Picture(encoded(image, "jpeg", exif=exif), "jpeg").pixels()
    assert pixels.shape == (2048, 1536, 3)
    assert pixels[1000, 1300, 2] > 150 and pixels[1000, 200, 0] > 150


def test_what_is_transparent_is_seen_on_grey() -> None:
    pixels = Picture(encoded(Image.new("RGBA", (64, 64))), "png").pixels()
    assert (pixels == pictures.GREY).all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 400), st.binary(min_size=1, max_size=8), st.booleans())
def test_damaged_pictures_are_seen_or_refused(kind: str, at: int, damage: bytes, is_cut: bool) -> None:
    data = encoded(RED, kind)
    data = data[: at % len(data)] + damage + (b"" if is_cut else data[at % len(data) + len(damage) :])
    try:
        assert Picture(data, kind).pixels().shape[2] == 3
    except PictureError as error:
        assert "\n" not in str(error)
