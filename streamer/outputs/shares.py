"""What a destination gets of the stage: whose face, and how often."""

from protocols.arkit import Floats
from protocols.frames import Frame
from streamer.performance import FPS


class Turns:
    """The frames that a rate takes, by their numbers: as even as can be, however many were skipped; 60 takes all."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._period: int | None = None  # of the latest frame taken

    def is_next(self, number: int) -> bool:
        """Goes on to a frame; whether it is the first of a period at this rate."""
        if self._rate == FPS:
            return True
        period = number * self._rate // FPS
        latest = (number - 1) * self._rate // FPS if self._period is None else self._period
        self._period = period
        return period != latest


def face_of(frame: Frame, character: str) -> Floats | None:
    """The face (61,) of a character, or of the first on stage when the name is empty; None when nobody is there."""
    name = character or (frame.names[0] if frame.names else "")
    return frame.values[frame.names.index(name)] if name in frame.names else None
