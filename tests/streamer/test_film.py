import asyncio
import base64
import json
import shutil
from pathlib import Path

import pytest

from streamer import film
from streamer.cli import main
from tests.browser import browsing, program

LINE = ["render", "Yes!", "--emotion", "joy", "--duration", "0.5", "--model", "rules"]
needs_browser = pytest.mark.skipif(program() is None, reason="chromium is not installed")
DECODE = """async (data, type) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const decoder = new ImageDecoder({ data: bytes, type });
  await decoder.tracks.ready;
  await decoder.completed;
  const count = decoder.tracks.selectedTrack.frameCount;
  const shots = [];
  for (const frameIndex of [0, Math.floor(count / 3)]) {
    const { image } = await decoder.decode({ frameIndex });
    const pen = new OffscreenCanvas(image.displayWidth, image.displayHeight).getContext("2d");
    pen.drawImage(image, 0, 0);
    shots.push([...pen.getImageData(0, 0, image.displayWidth, image.displayHeight).data]);
  }
  const moved = shots[0].filter((value, i) => Math.abs(value - shots[1][i]) > 40).length;
  return [count, decoder.tracks.selectedTrack.repetitionCount === Infinity, moved];
}"""


def look(path: Path, kind: str) -> tuple[int, bool, int]:
    """What a browser finds in a film: its pictures, whether it is endless, and how much moves in a third of it."""

    data = base64.b64encode(path.read_bytes()).decode()

    async def decode() -> tuple[int, bool, int]:
        with film._serving() as address:  # only pages of some origin may decode
            async with browsing(address) as page:
                await page.until("location.protocol == 'http:'")
                count, is_endless, moved = await page.run(f"({DECODE})({json.dumps(data)}, {kind!r})")
                return int(count), bool(is_endless), int(moved)

    return asyncio.run(decode())


@pytest.mark.long
@needs_browser
@pytest.mark.parametrize("kind", ["webp", "png"])
def test_a_line_is_filmed_and_a_browser_plays_the_film(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"take.{kind}"
    assert main([*LINE, "--video", str(path), "-o", str(tmp_path / "take.csv")]) == 0
    rows = len((tmp_path / "take.csv").read_text().splitlines()) - 1
    count, is_endless, moved = look(path, f"image/{kind}")
    assert count == -(-rows // 2) and is_endless and moved > 500


@pytest.mark.long
@needs_browser
def test_a_recorded_take_is_filmed(tmp_path: Path) -> None:
    assert main([*LINE, "-o", str(tmp_path / "take.csv")]) == 0
    assert main(["render", "--take", str(tmp_path / "take.csv"), "--video", str(tmp_path / "take.webp")]) == 0
    assert look(tmp_path / "take.webp", "image/webp")[2] > 500


@pytest.mark.long
@needs_browser
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(("kind", "begins"), [("webm", b"\x1aE\xdf\xa3"), ("mp4", b"\0\0\0")])
def test_a_video_is_made_by_ffmpeg(tmp_path: Path, kind: str, begins: bytes) -> None:
    path = tmp_path / f"take.{kind}"
    assert main([*LINE, "--video", str(path)]) == 0
    assert path.read_bytes().startswith(begins) and path.stat().st_size > 5000


@pytest.mark.parametrize(
    ("name", "missing", "reason", "code"),
    [
        ("take.gif", "", "cannot film take.gif: expected .webp, .png, .apng, .webm, .mp4", 2),
        ("take.webp", "chromium", "no Chromium is on the PATH (chromium, chromium-browser, google-chrome)", 1),
        ("take.webm", "ffmpeg", "ffmpeg is not on the PATH; .webp is written without it", 1),
    ],
)
def test_what_a_film_lacks_is_said_in_one_line(
    name: str, missing: str, reason: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def where(command: str) -> str | None:
        return None if missing and missing[:6] in command.replace("google-chrome", "chromium") else f"/{command}"

    monkeypatch.setattr(shutil, "which", where)
    assert main([*LINE, "--video", name]) == code
    told = capsys.readouterr()
    assert reason in told.err and told.err.count("\n") == 1 and told.out == ""


def test_a_take_or_a_film_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LINE) == 2
    assert "expected -o TAKE or --video FILM, or both" in capsys.readouterr().err


@pytest.mark.long
@needs_browser
def test_a_film_has_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "MAX_SECONDS", 1)
    assert main([*LINE, "--video", str(tmp_path / "take.webp")]) == 1
    assert "film is longer than 1 s" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
