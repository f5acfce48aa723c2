"""The mask that our glTF files show: a small head of our own with the 52 ARKit shapes, and an eyeball.

Millimetres while it is drawn, metres when it is done. x is the character's own left, y up, z ahead, as in glTF.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import SHAPES, Floats

Indices = NDArray[np.uint16]
Move = tuple[float, float, float, float, float, float, str]  # x, y and radius of the place, its way x, y, z, and which

COLUMNS: Final = (-75, -60, -47, -40, -32, -24, -17, -8, 0, 8, 17, 24, 32, 40, 47, 60, 75)
ROWS: Final = (112, 88, 64, 52, 42, 30, 18, 6, -8, -22, -34, -45, -54, -66, -82, -102)
EYE: Final = (32.0, 30.0)  # the left one's middle; its lids part in the row of this height
MOUTH: Final = -45.0  # the row in which the lips part
EYE_RADIUS: Final = 13.0
EYE_DEPTH: Final = 14.0  # of the eyeball's middle behind the lids
OPEN: Final = {"upper": 5.0, "lower": -4.0}  # how far the lids stand from the line they close on
_SLITS: Final = ((30, -40, -24), (30, 24, 40), (-45, -17, 17))  # row, and the columns that are there twice
_PIVOT: Final = (0.0, -20.0, -85.0)  # about which the head turns

# A paired shape is given for the left side. "upper" and "lower" are the lids; "above" and "below" the lips' sides.
_MOVES: Final[dict[str, tuple[Move, ...]]] = {
    "EyeBlink": ((32, 30, 14, 0, -9, 1, "upper"),),
    "EyeLookDown": ((32, 30, 14, 0, -3, 0, "upper"), (32, 30, 14, 0, -1, 0, "lower")),
    "EyeLookIn": ((32, 30, 16, -1.2, 0, 0, ""),),
    "EyeLookOut": ((32, 30, 16, 1.2, 0, 0, ""),),
    "EyeLookUp": ((32, 30, 14, 0, 2, 0, "upper"), (32, 30, 14, 0, 0.8, 0, "lower")),
    "EyeSquint": ((32, 30, 14, 0, 3, 0, "lower"), (34, 14, 12, 0, 3, 2, "")),
    "EyeWide": ((32, 30, 14, 0, 3, 0, "upper"), (32, 30, 14, 0, -1, 0, "lower")),
    "JawForward": ((0, -82, 42, 0, 0, 10, "below"),),
    "Jaw": ((0, -82, 42, 9, 0, 0, "below"),),
    "JawOpen": ((0, -82, 45, 0, -24, -6, "below"),),
    "MouthClose": ((0, -45, 22, 0, 17, 3, "below"),),
    "MouthFunnel": ((0, -38, 16, 0, 3, 8, "above"), (0, -52, 16, 0, -3, 8, "below"),
                    (24, -45, 12, -6, 0, 5, ""), (-24, -45, 12, 6, 0, 5, "")),
    "MouthPucker": ((0, -45, 18, 0, 0, 9, ""), (24, -45, 14, -9, 0, 6, ""), (-24, -45, 14, 9, 0, 6, "")),
    "Mouth": ((0, -45, 28, 9, 0, 0, ""),),
    "MouthSmile": ((26, -45, 16, 7, 9, -4, ""),),
    "MouthFrown": ((26, -45, 16, 2, -9, -2, ""),),
    "MouthDimple": ((26, -45, 12, 5, 1, -6, ""),),
    "MouthStretch": ((26, -47, 16, 9, -3, -3, ""),),
    "MouthRollLower": ((0, -50, 16, 0, 4, -6, "below"),),
    "MouthRollUpper": ((0, -40, 16, 0, -3, -6, "above"),),
    "MouthShrugLower": ((0, -60, 20, 0, 6, 4, "below"),),
    "MouthShrugUpper": ((0, -38, 16, 0, 5, 3, "above"),),
    "MouthPress": ((15, -40, 12, 0, -2, -2, "above"), (15, -50, 12, 0, 2, -2, "below")),
    "MouthLowerDown": ((13, -48, 13, 0, -7, 1, "below"),),
    "MouthUpperUp": ((13, -42, 13, 0, 7, 1, "above"),),
    "BrowDown": ((26, 48, 18, -3, -8, 2, "high"),),
    "BrowInnerUp": ((0, 50, 20, 0, 9, 1, "high"),),
    "BrowOuterUp": ((46, 50, 17, 0, 9, 0, "high"),),
    "CheekPuff": ((44, -28, 22, 6, 0, 11, ""), (-44, -28, 22, -6, 0, 11, "")),
    "CheekSquint": ((42, 6, 16, 0, 6, 5, ""),),
    "NoseSneer": ((10, -6, 12, 2, 6, 3, ""),),
    "TongueOut": ((0, -50, 12, 0, -5, 12, "below"),),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Vertices in metres with their triangles, which run anticlockwise, in parts of one colour each."""

    positions: Floats  # (V, 3)
    normals: Floats  # (V, 3), unit
    parts: tuple[Indices, ...]  # (T, 3) each
    targets: Floats  # (52 or 0, V, 3): where each shape at 1 takes the vertices from their positions


@cache
def face() -> Mesh:
    """The mask, with its targets in the order of SHAPES."""
    flat, marks, triangles = _grid()
    points = np.array([(x * _width(x, y), y, _depth(x, y)) for x, y in flat])
    rest = points + np.array([(0, OPEN.get(mark, 0.0), 0) for mark in marks])
    targets = [_target(name, points, marks) for name in SHAPES]
    return _mesh(rest - _PIVOT, (triangles,), np.array(targets))


@cache
def eye(rings: int = 8, sides: int = 12) -> Mesh:
    """An eyeball about its own middle that looks ahead; its second part is the iris."""
    polar = np.linspace(0, np.pi, rings + 1)[:, None]
    around = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ball = [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar) + 0 * around]
    points = EYE_RADIUS * np.stack(ball, axis=-1)[1:-1].reshape(-1, 3)
    points = np.concatenate([points, [[0, 0, EYE_RADIUS], [0, 0, -EYE_RADIUS]]])
    front, back = len(points) - 2, len(points) - 1
    circle = [(k, (k + 1) % sides) for k in range(sides)]
    iris = [(front, a, b) for a, b in circle]
    white = [(back, (rings - 2) * sides + b, (rings - 2) * sides + a) for a, b in circle]
    for ring in range(rings - 2):
        inner, outer = ring * sides, (ring + 1) * sides
        for a, b in circle:
            white += [(inner + a, outer + a, outer + b), (inner + a, outer + b, inner + b)]
    parts = (np.array(white, np.uint16), np.array(iris, np.uint16))
    return _mesh(points, parts, np.zeros((0, len(points), 3)))


def eye_place(side: str) -> tuple[float, float, float]:
    """Where an eyeball's middle stands from the point about which the head turns, in metres."""
    x = EYE[0] if side == "Left" else -EYE[0]
    place = np.array((x, EYE[1], _depth(x, EYE[1]) - EYE_DEPTH)) - _PIVOT
    return float(place[0]) / 1000, float(place[1]) / 1000, float(place[2]) / 1000


def _mesh(points: NDArray[np.float64], parts: tuple[Indices, ...], targets: NDArray[np.float64]) -> Mesh:
    corners = points[np.concatenate(parts).astype(np.intp)]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, np.concatenate(parts)[:, corner].astype(np.intp), areas)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(
        (points / 1000).astype(np.float32), normals.astype(np.float32), parts, (targets / 1000).astype(np.float32)
    )


def _grid() -> tuple[list[tuple[float, float]], list[str], Indices]:
    """The vertices' places in front view, what each is marked as, and the triangles between them."""
    flat: list[tuple[float, float]] = []
    marks: list[str] = []
    upper: dict[tuple[int, int], int] = {}  # the vertex that a quad above meets, and the one that a quad below meets
    lower: dict[tuple[int, int], int] = {}
    for y in ROWS:
        for x in COLUMNS:
            for mark, ends in _copies(x, y, upper, lower):
                for end in ends:
                    end[x, y] = len(flat)
                flat.append((x, y))
                marks.append(mark)
    triangles = []
    for top, bottom in itertools.pairwise(ROWS):
        for left, right in itertools.pairwise(COLUMNS):
            a, b, c, d = lower[left, top], lower[right, top], upper[left, bottom], upper[right, bottom]
            triangles += [(a, c, d), (a, d, b)]
    return flat, marks, np.array(triangles, np.uint16)


def _copies(
    x: int, y: int, upper: dict[tuple[int, int], int], lower: dict[tuple[int, int], int]
) -> Iterator[tuple[str, tuple[dict[tuple[int, int], int], ...]]]:
    """The vertices at a place of the grid: two where lids or lips part, each with the quads' ends that it serves."""
    if not any(y == row and first <= x <= last for row, first, last in _SLITS):
        side = "above" if y > MOUTH else "below" if y < MOUTH else ""
        yield ("high" if y > EYE[1] else side), (upper, lower)
        return
    names = ("upper", "lower") if y == EYE[1] else ("above", "below")
    yield names[0], (upper,)
    yield names[1], (lower,)


def _width(x: float, y: float) -> float:
    """How much nearer to the middle a place of the grid is drawn: a forehead and a chin, not a board."""
    outline = np.sqrt(max(0.0, 1 - ((y - 15) / 145) ** 2))
    return float(1 - (1 - outline) * abs(x) / COLUMNS[-1])


def _depth(x: float, y: float) -> float:
    """How far ahead the mask's surface is: an egg, with a nose, sockets and lips."""
    egg = 88 * np.sqrt(max(0.03, 1 - (x / 84) ** 2 * 0.9 - (y / 140) ** 2 * 0.75)) - 88
    nose = 24 * np.exp(-((x / 9) ** 2) - ((y + 6) / 14) ** 2) + 8 * np.exp(-((x / 8) ** 2) - ((y - 14) / 16) ** 2)
    sockets = -5 * np.exp(-(((abs(x) - EYE[0]) / 15) ** 2) - ((y - EYE[1]) / 12) ** 2)
    lips = 4 * np.exp(-((x / 20) ** 2) - ((y - MOUTH) / 10) ** 2)
    return float(egg + nose + sockets + lips)


def _target(name: str, points: NDArray[np.float64], marks: list[str]) -> NDArray[np.float64]:
    """Where a shape takes the points: bumps that fade with the distance from their places."""
    is_right = name.endswith("Right")
    stem = name.removesuffix("Right").removesuffix("Left")
    mirror = np.array([-1.0 if is_right else 1.0, 1.0, 1.0])
    moved = np.zeros_like(points)
    for x, y, radius, dx, dy, dz, part in _MOVES[stem]:
        far = ((points[:, 0] * mirror[0] - x) ** 2 + (points[:, 1] - y) ** 2) / radius**2
        weight = np.exp(-far) * [_takes_part(mark, part) for mark in marks]
        moved += weight[:, None] * (np.array([dx, dy, dz]) * mirror)
    return np.where(np.abs(moved) < 0.01, 0.0, moved)


def _takes_part(mark: str, part: str) -> bool:
    if part in ("", mark):
        return True
    return part == "above" and mark in ("upper", "lower", "high")
