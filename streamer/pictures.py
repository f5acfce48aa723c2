"""Pictures from outside: whether a file is one, and what is to be seen on it."""

import base64
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_BYTES: Final = 20 * 2**20  # what hosted endpoints take at most; a photograph is a quarter of it
MAX_PIXELS: Final = 50_000_000  # some 400 MB while it is looked at
MIN_SIDE: Final = 32  # pixels: nobody sees a face in less
MAX_RATIO: Final = 8  # of the sides: the landmarker fails on strips
LONGEST: Final = 2048  # pixels of a side that are looked at
GREY: Final = 128  # what lies behind and around a picture
_SIGNATURES: Final = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
_KINDS: Final = ("JPEG", "PNG", "WEBP", "GIF")

_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, MemoryError,
                  struct.error, zlib.error)  # fmt: skip

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB


class PictureError(ValueError):
    """A picture that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture file, whose beginning says that it is one."""

    data: bytes
    kind: str  # png, jpeg, gif or webp

    def url(self) -> str:
        """The picture as a data URL."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.data).decode()}"

    def pixels(self) -> Pixels:
        """What is to be seen, upright and no larger than is looked at; wants pillow, raises PictureError."""
        return _pixels(self.data)


def read(path: Path) -> Picture:
    """A picture file; raises PictureError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PictureError(error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from error
    if not data:
        raise PictureError("file is empty, expected a picture")
    if len(data) > MAX_BYTES:
        raise PictureError(f"file is longer than {MAX_BYTES} bytes, expected a smaller picture")
    return Picture(data, _kind(data))


def _kind(data: bytes) -> str:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
    raise PictureError(f"file begins with {data[:8]!r}, expected JPEG, PNG, WebP or GIF")


def _pixels(data: bytes) -> Pixels:
    from PIL import Image, ImageOps  # of an extra

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_KINDS) as image:
                _check_size(image.width, image.height)
                image.draft("RGB", (LONGEST, LONGEST))
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    except PictureError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureError(f"picture is far larger than {MAX_PIXELS} pixels, expected a smaller one") from None
    except _BROKEN as error:
        raise PictureError(f"picture cannot be read: {str(error)[:80] or type(error).__name__}") from error
    upright.thumbnail((LONGEST, LONGEST))
    ground = Image.new("RGBA", upright.size, (GREY, GREY, GREY, 255))
    return np.asarray(Image.alpha_composite(ground, upright).convert("RGB"))


def _check_size(width: int, height: int) -> None:
    short, long = sorted((width, height))
    if short < MIN_SIDE or long > MAX_RATIO * short or width * height > MAX_PIXELS:
        wanted = f"expected {MIN_SIDE} a side, sides of 1:{MAX_RATIO} at most, and at most {MAX_PIXELS} pixels"
        raise PictureError(f"picture is {width} x {height}, {wanted}")
