"""Pictures from outside: what kind of file one is, and whether it is worth a look."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 20 * 2**20  # what hosted endpoints take at most; a photograph is a quarter of it
_SIGNATURES: Final = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
KINDS: Final = ("JPEG", "PNG", "WEBP", "GIF")


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
