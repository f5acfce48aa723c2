"""Frames of one character as a Live Link Face CSV, written as they come."""

from typing import BinaryIO

from protocols import recording
from protocols.arkit import Floats


class Recorder:
    """A take on its way into a file; its timecode starts at zero."""

    def __init__(self, file: BinaryIO, fps: float) -> None:
        self._file = file
        self._counted = round(fps)  # 59.94 is counted as 60, with no number dropped
        self.rows = 0
        self.span = 0  # frames from the first to the last, the lost ones among them
        file.write(recording.header().encode())

    def write(self, values: Floats, number: int) -> None:
        """Appends one face (61) with its frame number; numbers may leave gaps where frames were lost."""
        self._file.write(recording.row(number, 0.0, self._counted, values).encode())
        self.rows += 1
        self.span = number + 1
