"""Frames of one character as a take, written as they come."""

import math
from typing import BinaryIO, Final, Protocol

import numpy as np

from protocols import gltf, recording, timecodes
from protocols.arkit import Floats
from protocols.timecodes import Count

_SAME: Final = 1e-6  # of a frame: two times that rounding alone tells apart


class Recorder(Protocol):
    """A take on its way into a file, with its rows so far and the frames from its first to its last."""

    @property
    def rows(self) -> int: ...

    @property
    def span(self) -> int: ...

    def write(self, values: Floats, number: int) -> None:
        """Appends one face (61) with its frame number; numbers may leave gaps where frames were lost."""

    def close(self) -> None:
        """Writes what has to wait for the end."""


class CsvRecorder:
    """A Live Link Face CSV; its timecode starts at zero."""

    def __init__(self, file: BinaryIO, count: Count) -> None:
        self._file = file
        self._count = count
        self.rows = 0
        self.span = 0
        file.write(recording.header().encode())

    def write(self, values: Floats, number: int) -> None:
        self._file.write(recording.row(timecodes.text(number, 0.0, self._count), values).encode())
        self.rows += 1
        self.span = number + 1

    def close(self) -> None:
        """Nothing is left to write."""


class GltfRecorder:
    """A glTF animation, which is written at the end: its lengths come before its values."""

    def __init__(self, file: BinaryIO, fps: float, is_binary: bool) -> None:
        self._file = file
        self._fps = fps
        self._encode = gltf.encode_binary if is_binary else gltf.encode_json
        self._values: list[Floats] = []
        self._numbers: list[int] = []

    @property
    def rows(self) -> int:
        return len(self._values)

    @property
    def span(self) -> int:
        return self._numbers[-1] + 1 if self._numbers else 0

    def write(self, values: Floats, number: int) -> None:
        self._values.append(values.copy())
        self._numbers.append(number)

    def close(self) -> None:
        if self._values:
            self._file.write(self._encode(np.array(self._numbers) / self._fps, np.array(self._values)))


class Retimer:
    """Frames of one rate as rows of another: linear between two that follow each other, none where one was lost."""

    def __init__(self, recorder: Recorder, source: float, fps: float) -> None:
        self._recorder = recorder
        self._rows_a_frame = fps / source
        self._last: tuple[int, Floats] | None = None

    @property
    def rows(self) -> int:
        return self._recorder.rows

    def write(self, values: Floats, number: int) -> None:
        """Takes one face (61) with its frame number at the source's rate."""
        last, before = self._last or (number, values)
        follows = number - last == 1
        begin = last * self._rows_a_frame + _SAME if follows else number * self._rows_a_frame - _SAME
        end = number * self._rows_a_frame + _SAME
        for row in range(math.ceil(begin), math.floor(end) + 1):
            share = row / self._rows_a_frame - last if follows else 1.0
            self._recorder.write(before + np.float32(share) * (values - before), row)
        self._last = number, values.copy()
