"""Films of takes: the preview page's face, drawn picture by picture in a headless Chromium.

Animated WebP and PNG are put together here; for the formats of video ffmpeg has to be on the PATH.
"""

import asyncio
import base64
import functools
import http.server
import itertools
import json
import math
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

from protocols import apng, webp
from protocols.arkit import CHANNELS, Floats
from streamer import files
from streamer.browser import PROGRAMS, Page, browsing, program
from streamer.cli import USAGE, UserError

PICTURES: Final = (".webp", ".png", ".apng")
VIDEOS: Final = {".webm": ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "34"), ".mp4": ("-c:v", "libx264", "-crf", "22")}
FASTEST: Final = 30.0  # pictures a second: twice the size for 60 shows nothing more of a face
MAX_SECONDS: Final = 180
SIZE: Final = (360, 420)
_BATCH: Final = 12  # pictures that the browser is asked for at once
_PAPER: Final = "#f5f2ec"
_DRAW: Final = """async (names, faces, [width, height], paper, kind) => {
  const { draw } = await import("/face.js");
  const [layer, sheet] = [0, 1].map(() => Object.assign(document.createElement("canvas"), { width, height }));
  const pen = sheet.getContext("2d", { alpha: false });
  return faces.map((values) => {
    draw(layer.getContext("2d"), width, height, (name) => values[names.indexOf(name)] ?? 0);
    pen.fillStyle = paper;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(layer, 0, 0);
    return sheet.toDataURL(kind, 0.85).split(",")[1];
  });
}"""


def check(name: str) -> None:
    """Raises UserError when a film of this name cannot be made here."""
    suffix = Path(name).suffix.lower()
    if suffix not in (*PICTURES, *VIDEOS):
        raise UserError(f"cannot film {name}: expected .{', .'.join(s[1:] for s in (*PICTURES, *VIDEOS))}", USAGE)
    if program() is None:
        raise UserError(f"cannot film {name}: no Chromium is on the PATH ({', '.join(PROGRAMS)}), which draws the face")
    if suffix in VIDEOS and shutil.which("ffmpeg") is None:
        raise UserError(f"cannot film {name}: ffmpeg is not on the PATH; {PICTURES[0]} is written without it")


def write(name: str, faces: Iterable[Floats], fps: float) -> None:
    """A film of faces that come `fps` times a second, as a file of this name; raises UserError."""
    step = math.ceil(fps / FASTEST)  # every so many of them is shown
    longest = math.ceil(MAX_SECONDS * fps)
    shown = [face.copy() for face in itertools.islice(faces, 0, longest + step, step)]
    if (len(shown) - 1) * step >= longest:
        raise UserError(f"film is longer than {MAX_SECONDS} s")
    suffix = Path(name).suffix.lower()
    pictures = asyncio.run(_pictures(shown, "image/webp" if suffix == ".webp" else "image/png"))
    film = _joined(pictures, fps / step, suffix)
    with files.writing(name) as file:
        file.write(film)


def _joined(pictures: Sequence[bytes], fps: float, suffix: str) -> bytes:
    if suffix == ".webp":
        return webp.join(pictures, SIZE, fps)
    return apng.join(pictures, fps) if suffix in PICTURES else _video(pictures, fps, suffix)


async def _pictures(faces: Sequence[Floats], kind: str) -> list[bytes]:
    with _serving() as address:
        try:
            async with browsing(address, *SIZE) as page:
                return [picture async for picture in _drawn(page, faces, kind)]
        except (OSError, RuntimeError, TimeoutError) as error:
            raise UserError(f"cannot film: Chromium failed: {error or type(error).__name__}") from error


async def _drawn(page: Page, faces: Sequence[Floats], kind: str) -> AsyncIterator[bytes]:
    await page.until("document.readyState == 'complete' && location.protocol == 'http:'")
    for batch in (faces[i : i + _BATCH] for i in range(0, len(faces), _BATCH)):
        given = (CHANNELS, [[round(float(value), 4) for value in face] for face in batch], SIZE, _PAPER, kind)
        for picture in await page.run(f"({_DRAW})({', '.join(map(json.dumps, given))})"):
            yield base64.b64decode(picture)


def _video(pictures: Sequence[bytes], fps: float, suffix: str) -> bytes:
    """What ffmpeg makes of the pictures, in a format that can be written to a pipe."""
    form = ("-f", "webm") if suffix == ".webm" else ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov")
    command = ["ffmpeg", "-v", "error", "-f", "image2pipe", "-framerate", f"{fps:g}", "-i", "-", *VIDEOS[suffix],
               "-pix_fmt", "yuv420p", *form, "-"]  # fmt: skip
    done = subprocess.run(command, input=b"".join(pictures), capture_output=True, check=False)
    if done.returncode:
        raise UserError(f"cannot film: ffmpeg failed: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return done.stdout


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def _serving() -> Iterator[str]:
    """The files of the preview page at an address of this machine: browsers load modules from no folder."""
    with resources.as_file(resources.files("streamer") / "preview") as folder:
        answer = functools.partial(_Silent, directory=str(folder))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
            thread = threading.Thread(target=server.serve_forever, name="film", daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/preview.css"
            finally:
                server.shutdown()
                thread.join()
