"""Live Link Face recordings: the CSV files that the iPhone app writes and that MetaHuman's importers read.

Columns are mapped by NAME: the app writes JawRight before JawLeft and MouthRight before MouthLeft, unlike
the wire. A timecode is HH:MM:SS:FF.mmm: frames and thousandths of a frame at a rate the file does not state.
"""

import csv
import io
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, SHAPES, Floats
from protocols.errors import DecodeError

Seconds = NDArray[np.float64]

MAX_ROWS: Final = 216_000  # an hour at 60 frames a second; a longer performance is several takes
MAX_BYTES: Final = 256 * 1024 * 1024  # such an hour is 180 MB
MAX_COLUMNS: Final = 256  # the app writes 63; other tools add a few of their own
DAY: Final = 24 * 60 * 60.0
ROLLOVER: Final = DAY / 2  # a timecode that falls back by more has passed midnight
DEFAULT_FPS: Final = 60  # what the app's timecode counts, even when the camera runs at 30
RATES: Final = (24, 25, 30, 48, 50, 60, 100, 120)  # nominal timecode rates in use
RATE_EVIDENCE: Final = 12  # steps within a second before their rhythm is trusted to tell the rate
TIMECODE: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,5}):([0-9]{1,3}(?:\.[0-9]{1,9})?)")

COLUMNS: Final = (
    *CHANNELS[: INDEX["JawLeft"]], "JawRight", "JawLeft",
    *CHANNELS[INDEX["JawOpen"] : INDEX["MouthLeft"]], "MouthRight", "MouthLeft",
    *CHANNELS[INDEX["MouthSmileLeft"] :],
)  # fmt: skip
ORDER: Final = [INDEX[name] for name in COLUMNS]
ROW: Final = f"%s,{len(COLUMNS)}," + ",".join(["%.10f"] * len(COLUMNS)) + "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A take: R faces with their times in seconds from the first row, never falling."""

    times: Seconds  # (R,)
    values: Floats  # (R, 61), wire order, within LOWEST..HIGHEST
    timecodes: tuple[str, ...]  # as written, R of them
    fps: float  # frames that the timecode counts in a second; rows may be fewer


def take(values: Floats, fps: float = DEFAULT_FPS, first: int = 0) -> Recording:
    """The recording of faces (R, 61) that follow each other at `fps`, the first at that frame of the day."""
    timecodes = tuple(timecode(first + i, 0.0, fps) for i in range(len(values)))
    return Recording(np.arange(len(values)) / fps, values, timecodes, fps)


def encode(recording: Recording) -> str:
    """The CSV text of a recording, with the timecodes it has."""
    rows = zip(recording.timecodes, recording.values, strict=True)
    return header() + "".join(_row(text, values) for text, values in rows)


def header() -> str:
    """The first line of a file, in the app's column order."""
    return "Timecode,BlendshapeCount," + ",".join(COLUMNS) + "\n"


def row(frame_of_day: int, subframe: float, fps: float, values: Floats) -> str:
    """The line of one face (61,)."""
    return _row(timecode(frame_of_day, subframe, fps), values)


def timecode(frame_of_day: int, subframe: float, fps: float) -> str:
    """HH:MM:SS:FF.mmm without dropped frames, rolling over at midnight; 59.94 counts 60 to a second."""
    rate = round(fps)
    seconds, frames = divmod(frame_of_day, rate)
    hours, minutes = divmod(seconds // 60, 60)
    thousandths = min(round(subframe * 1000), 999)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds % 60:02d}:{frames:02d}.{thousandths:03d}"


def decode(data: bytes | str) -> Recording:
    """The recording in a CSV file; raises DecodeError that names the row (lines, from 1) and the column.

    Values are clamped (the app goes past 1), missing rotations are 0, other columns are ignored. A timecode
    that falls back, other than at midnight, is a clock that was set: its row follows by the usual step.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise DecodeError(f"file is {len(raw)} bytes, expected at most {MAX_BYTES}")
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline=None))
    try:
        return _read((reader.line_num, cells) for cells in reader if cells)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError(f"file is not CSV in UTF-8: {error}") from error


def resample(recording: Recording, fps: float) -> Floats:
    """Faces (F, 61) at a steady `fps`, linear between rows; raises DecodeError for a take too long."""
    span = float(recording.times[-1]) * fps
    if not (fps > 0 and span < MAX_ROWS):
        raise DecodeError(f"take is {span:.0f} frames at {fps:g} fps, expected a rate above 0 and at most {MAX_ROWS}")
    count = int(span + 1e-6) + 1  # a last row that rounding puts just before its frame still counts
    at = np.arange(count) / fps
    columns = [np.interp(at, recording.times, column) for column in recording.values.T]
    return np.stack(columns, axis=1).astype(np.float32)


def _row(text: str, values: Floats) -> str:
    return ROW % (text, *(values[ORDER] + np.float32(0)).tolist())  # adding 0 writes -0 as 0


def _read(lines: Iterator[tuple[int, list[str]]]) -> Recording:
    _, names = next(lines, (1, []))
    columns = _columns([name.strip() for name in names])
    numbers, timecodes, cells = _cells(lines, columns, len(names))
    if not timecodes:
        raise DecodeError("file has no rows, expected at least 1")
    present = [name for name in columns if name in INDEX]
    table = np.frombuffer(cells, np.float64).reshape(len(timecodes), len(present))
    _check_finite(table, numbers, present)
    values = np.zeros((len(timecodes), len(CHANNELS)), np.float32)
    indices = [INDEX[name] for name in present]
    values[:, indices] = np.clip(table, LOWEST[indices], HIGHEST[indices])
    times, fps = _times(timecodes, numbers)
    return Recording(times, values, timecodes, fps)


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Where the timecode and each channel stand."""
    if not names:
        raise DecodeError("file is empty, expected a header row")
    if len(names) > MAX_COLUMNS:
        raise DecodeError(f"row 1 has {len(names)} columns, expected at most {MAX_COLUMNS}")
    for name in ("Timecode", *SHAPES):
        if name not in names:
            raise DecodeError(f"row 1 has no column {name}, expected Timecode and all {len(SHAPES)} shapes")
    wanted = [name for name in ("Timecode", *CHANNELS) if name in names]
    for name in wanted:
        if names.count(name) > 1:
            raise DecodeError(f"row 1 has column {name} {names.count(name)} times, expected once")
    return {name: names.index(name) for name in wanted}


def _cells(
    lines: Iterable[tuple[int, list[str]]], columns: dict[str, int], width: int
) -> tuple[list[int], tuple[str, ...], "array[float]"]:
    """The line number and timecode of each row, and its numbers one after the other."""
    pick = itemgetter(*(at for name, at in columns.items() if name in INDEX))
    numbers: list[int] = []
    timecodes: list[str] = []
    cells = array("d")
    for number, line in lines:
        if len(line) != width:
            raise DecodeError(f"row {number} has {len(line)} cells, expected {width}")
        if len(numbers) == MAX_ROWS:
            raise DecodeError(f"file has more than {MAX_ROWS} rows")
        numbers.append(number)
        timecodes.append(line[columns["Timecode"]].strip())
        try:
            cells.extend(map(float, pick(line)))
        except ValueError:
            raise _not_a_number(number, line, columns) from None
    return numbers, tuple(timecodes), cells


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


def _times(timecodes: Sequence[str], numbers: Sequence[int]) -> tuple[Seconds, float]:
    """Seconds from the first row, and the frames that the timecode counts in a second."""
    parsed = np.array([_parse(text, number) for text, number in zip(timecodes, numbers, strict=True)])
    seconds, frames = parsed.T
    if frames.max() >= RATES[-1]:
        number = numbers[int(frames.argmax())]
        raise DecodeError(f"row {number}, frame of the timecode is {frames.max():g}, expected below {RATES[-1]}")
    fps = _infer_fps(seconds, frames)
    steps = np.diff(seconds + frames / fps)
    steps[steps < -ROLLOVER] += DAY
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1 / fps
    steps[steps < 0] = usual
    return np.concatenate(([0.0], np.cumsum(steps))), float(fps)


def _parse(text: str, number: int) -> tuple[int, float]:
    """Seconds and frames; seconds may pass 59, for KeyframeFace's exporter never carries into minutes."""
    match = TIMECODE.fullmatch(text)
    if match is None:
        raise DecodeError(f"row {number}, column Timecode is {text[:40]!r}, expected HH:MM:SS:FF.mmm")
    hours, minutes, seconds, frames = match.groups()
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds), float(frames)


def _infer_fps(seconds: NDArray[np.float64], frames: NDArray[np.float64]) -> int:
    """The rate at which the usual step also fits across the turn of a second; 60 when the rows do not tell.

    Rows 28, 29, 0 with the second turning are 30 a second; read as 60 they would rush through half of it.
    """
    possible = [rate for rate in RATES if rate > frames.max()]
    default = max(DEFAULT_FPS, possible[0])
    turns, steps = np.diff(seconds), np.diff(frames)
    if (turns == 0).sum() < RATE_EVIDENCE or not (turns == 1).any():
        return default
    counted = np.median(steps[turns == 0]) - np.median(steps[turns == 1])
    nearest = min(possible, key=lambda rate: abs(rate - counted))
    return nearest if abs(nearest - counted) < 0.5 else default
