"""Live Link Face recordings: the CSV files that the iPhone app writes and that MetaHuman's importers read.

Columns are mapped by NAME: the app writes JawRight before JawLeft and MouthRight before MouthLeft, unlike
the wire. The rate of the timecodes is not stated; rows can be fewer than their frames.
"""

import csv
import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols import timecodes
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, SHAPES, Floats
from protocols.errors import DecodeError
from protocols.timecodes import DEFAULT_FPS, Count, Seconds

MAX_ROWS: Final = 216_000  # an hour at 60 frames a second; a longer performance is several takes
MAX_BYTES: Final = 256 * 1024 * 1024  # such an hour is 180 MB
MAX_COLUMNS: Final = 256  # the app writes 63; other tools add a few of their own
COLUMNS: Final = (
    *CHANNELS[: INDEX["JawLeft"]], "JawRight", "JawLeft",
    *CHANNELS[INDEX["JawOpen"] : INDEX["MouthLeft"]], "MouthRight", "MouthLeft",
    *CHANNELS[INDEX["MouthSmileLeft"] :],
)  # fmt: skip
ORDER: Final = [INDEX[name] for name in COLUMNS]
EVERY_FRAME: Final = Count()
ROW: Final = f"%s,{len(COLUMNS)}," + ",".join(["%.10f"] * len(COLUMNS)) + "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A take: R faces with their times in seconds from the first row, never falling."""

    times: Seconds  # (R,)
    values: Floats  # (R, 61), wire order, within LOWEST..HIGHEST
    timecodes: tuple[str, ...]  # as written, R of them
    count: Count = EVERY_FRAME  # of the timecodes; rows may be fewer

    @property
    def fps(self) -> float:
        """Frames that the timecode counts in a second."""
        return self.count.fps

    @property
    def length(self) -> float:
        """Seconds, the last row's among them: it stands as long as rows usually do."""
        steps = np.diff(self.times)
        return float(self.times[-1]) + (float(np.median(steps[steps > 0])) if steps.any() else 1 / self.fps)


def take(values: Floats, fps: float = DEFAULT_FPS, first: int = 0, is_drop: bool = False) -> Recording:
    """The recording of faces (R, 61) that follow each other at `fps`, the first at that frame of the day."""
    count = Count(fps, is_drop)
    texts = tuple(timecodes.text(first + i, 0.0, count) for i in range(len(values)))
    return Recording(np.arange(len(values)) / fps, values, texts, count)


def encode(recording: Recording) -> str:
    """The CSV text of a recording, with the timecodes it has."""
    return header() + "".join(map(row, recording.timecodes, recording.values))


def header() -> str:
    """The first line of a file, in the app's column order."""
    return "Timecode,BlendshapeCount," + ",".join(COLUMNS) + "\n"


def row(timecode: str, values: Floats) -> str:
    """The line of one face (61,)."""
    return ROW % (timecode, *(values[ORDER] + np.float32(0)).tolist())  # adding 0 writes -0 as 0


def decode(data: bytes | str, fps: float | None = None) -> Recording:
    """The recording in a CSV file; raises DecodeError that names the row (lines, from 1) and the column.

    Values are clamped (the app goes past 1), missing rotations are 0, other columns are ignored. What the timecode
    counts is told by `fps`, or else by its rhythm, in which 59.94 without drop-frame looks like 60.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise DecodeError(f"file is {len(raw)} bytes, expected at most {MAX_BYTES}")
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline=None))
    try:
        return _read(((reader.line_num, cells) for cells in reader if cells), fps)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError(f"file is not CSV in UTF-8: {error}") from error


def sample(recording: Recording, times: Seconds) -> Floats:
    """Faces (F, 61) at some seconds of a take, linear between its rows; of rows at one time the last counts."""
    after = np.searchsorted(recording.times, times, side="right")
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(recording.times) - 1)
    gaps = recording.times[after] - recording.times[before]
    shares = np.clip((times - recording.times[before]) / np.where(gaps > 0, gaps, 1.0), 0.0, 1.0)
    begin, end = recording.values[before], recording.values[after]
    return np.asarray(begin + shares.astype(np.float32)[:, None] * (end - begin), np.float32)


def resample(recording: Recording, fps: float, is_drop: bool = False) -> Recording:
    """The same take in rows at a steady `fps` from timecode zero; raises DecodeError for a take too long."""
    span = float(recording.times[-1]) * fps
    if not (fps > 0 and span < MAX_ROWS):
        raise DecodeError(f"take is {span:.0f} frames at {fps:g} fps, expected a rate above 0 and at most {MAX_ROWS}")
    frames = int(span + 1e-6) + 1  # a last row that rounding puts just before its frame still counts
    return take(sample(recording, np.arange(frames) / fps), fps, is_drop=is_drop)


def _read(lines: Iterator[tuple[int, list[str]]], fps: float | None) -> Recording:
    _, names = next(lines, (1, []))
    columns = _columns([name.strip() for name in names])
    numbers, texts, cells = _cells(lines, columns, len(names))
    if not texts:
        raise DecodeError("file has no rows, expected at least 1")
    present = [name for name in columns if name in INDEX]
    table = np.frombuffer(cells, np.float64).reshape(len(texts), len(present))
    _check_finite(table, numbers, present)
    values = np.zeros((len(texts), len(CHANNELS)), np.float32)
    indices = [INDEX[name] for name in present]
    values[:, indices] = np.clip(table, LOWEST[indices], HIGHEST[indices])
    times, count = timecodes.read(texts, numbers, fps)
    return Recording(times, values, texts, count)


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Where the timecode and each channel stand."""
    if not names:
        raise DecodeError("file is empty, expected a header row")
    if len(names) > MAX_COLUMNS:
        raise DecodeError(f"row 1 has {len(names)} columns, expected at most {MAX_COLUMNS}")
    spelled = [name.lower() for name in names]  # other tools write jawOpen
    for name in ("Timecode", *SHAPES):
        if name.lower() not in spelled:
            raise DecodeError(f"row 1 has no column {name}, expected Timecode and all {len(SHAPES)} shapes")
    wanted = [name for name in ("Timecode", *CHANNELS) if name.lower() in spelled]
    for name in wanted:
        if spelled.count(name.lower()) > 1:
            raise DecodeError(f"row 1 has column {name} {spelled.count(name.lower())} times, expected once")
    return {name: spelled.index(name.lower()) for name in wanted}


def _cells(
    lines: Iterable[tuple[int, list[str]]], columns: dict[str, int], width: int
) -> tuple[list[int], tuple[str, ...], "array[float]"]:
    """The line number and timecode of each row, and its numbers one after the other."""
    pick = itemgetter(*(at for name, at in columns.items() if name in INDEX))
    numbers: list[int] = []
    texts: list[str] = []
    cells = array("d")
    for number, line in lines:
        if len(line) != width:
            raise DecodeError(f"row {number} has {len(line)} cells, expected {width}")
        if len(numbers) == MAX_ROWS:
            raise DecodeError(f"file has more than {MAX_ROWS} rows")
        numbers.append(number)
        texts.append(line[columns["Timecode"]].strip())
        try:
            cells.extend(map(float, pick(line)))
        except ValueError:
            raise _not_a_number(number, line, columns) from None
    return numbers, tuple(texts), cells


def _not_a_number(number: int, line: Sequence[str], columns: dict[str, int]) -> DecodeError:
    for name, at in columns.items():
        try:
            float(line[at] if name in INDEX else 0)
        except ValueError:
            return DecodeError(f"row {number}, column {name} is {line[at][:40]!r}, expected a number")
    raise AssertionError("a row was refused, yet all its cells are numbers")


def _check_finite(table: NDArray[np.float64], numbers: Sequence[int], names: Sequence[str]) -> None:
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        at, column = bad[0]
        raise DecodeError(f"row {numbers[at]}, column {names[column]} is {table[at, column]}, expected a finite number")
