"""MediaPipe's landmarker reads a photograph; FACECUE_POSE_PYTHON names an interpreter that has facecue[pose].

The picture is NASA's portrait of Eileen Collins, in the public domain, from the wheel of scikit-image.
"""

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from protocols.arkit import INDEX
from streamer import poses
from streamer.poses import Poses

PYTHON = os.environ.get("FACECUE_POSE_PYTHON") or (sys.executable if importlib.util.find_spec("mediapipe") else "")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON, reason="FACECUE_POSE_PYTHON names no interpreter with facecue[pose]"),
]

FIND = "import importlib.util as u; print(u.find_spec({!r}).submodule_search_locations[0])"
EYES = {"right": (204, 101), "left": (246, 103)}  # the person's own
GREY = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call made of all pictures."""

    poses: Poses
    told: list[str]
    code: int

    def value(self, pose: str, channel: str) -> float:
        return float(self.poses[pose].values[INDEX[channel]])


def folder(package: str) -> Path:
    found = subprocess.run([PYTHON, "-c", FIND.format(package)], capture_output=True, text=True, timeout=60)
    if found.returncode:
        pytest.skip(f"{PYTHON} has no {package}")
    return Path(found.stdout.strip())


def shut(face: Image.Image, side: str) -> Image.Image:
    """The face with the skin below an eye drawn over it."""
    x, y = EYES[side]
    box = (x - 13, y - 8, x + 13, y + 8)
    skin = face.crop((box[0], box[1] + 12, box[2], box[3] + 12))
    soft = Image.new("L", skin.size)
    soft.paste(255, (3, 3, skin.width - 3, skin.height - 3))
    winking = face.copy()
    winking.paste(skin, box[:2], soft.filter(ImageFilter.GaussianBlur(2)))
    return winking


def beside(face: Image.Image, other: Image.Image) -> Image.Image:
    both = Image.new("RGB", (face.width + other.width, max(face.height, other.height)), GREY)
    both.paste(face, (0, 0))
    both.paste(other, (face.width, 0))
    return both


def pictures(face: Image.Image) -> dict[str, Image.Image]:
    far = Image.new("RGB", (1800, 1200), (90, 120, 90))
    far.paste(face, (1200, 600))
    return {
        "plain": face,
        "tilted right": face.rotate(15, fillcolor=GREY),  # counter-clockwise: towards the person's own right
        "tilted left": face.rotate(-15, fillcolor=GREY),
        "mirrored": face.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "right eye shut": shut(face, "right"),
        "left eye shut": shut(face, "left"),
        "far": far,
        "two": beside(face.resize((360, 360)).rotate(15, fillcolor=GREY), face),  # the other one is tilted
        "nobody": Image.new("RGB", (320, 240), GREY),
    }


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    place = tmp_path_factory.mktemp("pictures")
    with Image.open(folder("skimage") / "data" / "astronaut.png") as photograph:
        face = photograph.convert("RGB")
    for name, picture in pictures(face).items():
        picture.save(place / f"{name}.png")
    turned = face.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    turned.save(place / "turned.jpg", quality=95, exif=exif)
    (place / "cut.png").write_bytes((place / "plain.png").read_bytes()[:5000])
    names = sorted(each.name for each in place.iterdir())
    command = [PYTHON, "-c", "from streamer.cli import main; exit(main())"]
    done = subprocess.run([*command, "pose", *names], cwd=place, capture_output=True, text=True, timeout=300)
    return Seen(poses.load(place / "poses.jsonl"), done.stderr.splitlines(), done.returncode)


def test_a_photograph_of_a_smile_becomes_a_smile(seen: Seen) -> None:
    assert seen.value("plain", "MouthSmileLeft") > 0.7 and seen.value("plain", "MouthSmileRight") > 0.7
    assert seen.value("plain", "JawOpen") < 0.3 and seen.value("plain", "MouthFrownLeft") < 0.1
    assert "smiling" in seen.poses["plain"].text and seen.poses["plain"].source == "plain.png"
    assert all(abs(seen.value("plain", name)) < 0.25 for name in ("HeadYaw", "HeadPitch", "HeadRoll"))


def test_a_picture_that_is_tilted_tilts_the_head_to_its_own_side(seen: Seen) -> None:
    upright = seen.value("plain", "HeadRoll")
    assert seen.value("tilted right", "HeadRoll") - upright == pytest.approx(0.262, abs=0.06)
    assert seen.value("tilted left", "HeadRoll") - upright == pytest.approx(-0.262, abs=0.06)


def test_left_and_right_are_the_person_s_own(seen: Seen) -> None:
    for side, other in (("right", "left"), ("left", "right")):
        shut, open_ = (f"{eye.title()}" for eye in (side, other))
        closed = {
            eye: seen.value(f"{side} eye shut", f"EyeBlink{eye}") + seen.value(f"{side} eye shut", f"EyeSquint{eye}")
            for eye in (shut, open_)
        }
        before = {eye: seen.value("plain", f"EyeBlink{eye}") + seen.value("plain", f"EyeSquint{eye}") for eye in closed}
        assert closed[shut] - before[shut] > closed[open_] - before[open_] + 0.2


def test_a_mirrored_picture_is_another_face(seen: Seen) -> None:
    assert seen.value("mirrored", "HeadRoll") == pytest.approx(-seen.value("plain", "HeadRoll"), abs=0.04)


@pytest.mark.parametrize("same", ["far", "two", "turned"])
def test_a_face_is_the_same_wherever_and_however_large_it_stands(seen: Seen, same: str) -> None:
    difference = seen.poses[same].values - seen.poses["plain"].values
    assert abs(difference).max() < 0.15


def test_of_two_faces_the_largest_is_taken_and_told(seen: Seen) -> None:
    assert "facecue pose: two.png: 2 faces, the largest is taken" in seen.told


def test_a_picture_without_a_face_and_a_broken_one_are_one_line_each_and_cost_no_other(seen: Seen) -> None:
    assert seen.code == 1 and len(seen.poses) == 9
    assert len(seen.told) == 3  # nothing of what the library logs
    assert any(line.startswith("facecue pose: nobody.png: no face found: ") for line in seen.told)
    assert any(line.startswith("facecue pose: cut.png: picture cannot be read: ") for line in seen.told)


def test_the_library_has_no_way_to_the_network() -> None:
    """Later versions report to their maker how they are used; the extra keeps them out."""
    binary = next((folder("mediapipe") / "tasks" / "c").glob("libmediapipe*")).read_bytes()
    assert b"FaceLandmarker" in binary and b"\0getaddrinfo\0" not in binary
