"""All characters on stage as one matrix: expression and mood on one track, the game's own gaze over it."""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from protocols.arkit import CHANNELS, GAZE_RADIANS, HIGHEST, LOWEST, Floats
from streamer.face import acts
from streamer.face.curves import RISE_TIME, Segment, release
from streamer.face.track import Track

_EYES: Final = np.array([i for i, name in enumerate(CHANNELS) if name.startswith(("EyeLook", "LeftEye", "RightEye"))])
_ANGLES: Final = [name for name in CHANNELS if name.startswith(("LeftEye", "RightEye"))]  # the last of _EYES
_MOOD_TIME: Final = RISE_TIME["slow"]
_GAZE_RELEASE: Final = 0.25
_SACCADE_BASE: Final = 0.024  # seconds; a saccade takes about this and 2.4 ms for each degree
_SACCADE_PER_RADIAN: Final = 0.0024 * 180 / math.pi
_SACCADE_FLOOR: Final = 0.14 / GAZE_RADIANS  # seconds per radian: no eye shape moves faster than a snap


class Stage:
    """The faces of all characters; time never goes backwards."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._rows: dict[str, int] = {}
        self._expression = Track(LOWEST, HIGHEST)
        # The first channel of the gaze track says how far the game has taken the eyes over.
        self._gaze = Track(np.concatenate([[0], LOWEST[_EYES]], dtype=np.float32),
                           np.concatenate([[1], HIGHEST[_EYES]], dtype=np.float32))  # fmt: skip

    def __contains__(self, character: str) -> bool:
        return character in self._rows

    def add(self, character: str) -> None:
        """A new face, at rest."""
        self._rows[character] = self._expression.add()
        self._gaze.add()
        self.names = (*self.names, character)

    def play(self, character: str, segments: Iterable[Segment]) -> None:
        """Plays these segments instead of whatever the face was going to do."""
        self._expression.follow(self._rows[character], segments)

    def rest(self, character: str, now: float, fade: float) -> None:
        """Lets the face return to its mood in `fade` seconds."""
        self.play(character, [release(now, fade)])

    def set_mood(self, character: str, values: Floats, now: float, fade: float = _MOOD_TIME) -> None:
        """What the face rests in from now on; a line that plays is not disturbed."""
        row = self._rows[character]
        self._expression.rest[row] = values
        if self._expression.is_resting(row) and self._expression.is_free(row):
            self._expression.follow(row, [Segment(now, fade, "rise")])

    def look(self, character: str, yaw: float, pitch: float, now: float) -> None:
        """Takes the eyes over: radians, yaw + to the character's own right, pitch + down."""
        row = self._rows[character]
        yaw, pitch = (max(-GAZE_RADIANS, min(GAZE_RADIANS, angle)) for angle in (yaw, pitch))
        held = self._gaze.sample(now)[row].copy()
        target = np.concatenate([[1], _eyes(yaw, pitch)], dtype=np.float32)
        way = GAZE_RADIANS * float(1 - held[0])  # taking over is a movement, too
        if held[0]:
            way += float(np.abs(target - held)[-len(_ANGLES) :].max())
        else:  # the eyes are free: only the takeover moves
            self._gaze.place(row, np.concatenate([[0], target[1:]], dtype=np.float32))
        saccade = max(_SACCADE_BASE + _SACCADE_PER_RADIAN * way, _SACCADE_FLOOR * way)
        self._gaze.follow(row, [Segment(now, saccade, "rise", target)])

    def free_gaze(self, character: str, now: float) -> None:
        """Gives the eyes back to the expression."""
        row = self._rows[character]
        held = self._gaze.sample(now)[row].copy()
        held[0] = 0.0
        self._gaze.follow(row, [Segment(now, _GAZE_RELEASE, "release", held)])

    def frame(self, now: float) -> Floats:
        """Every face at `now`: (N, 61), valid until the next call."""
        values = self._expression.sample(now)
        gaze = self._gaze.sample(now)
        rows = np.flatnonzero(gaze[:, 0])
        if len(rows):
            share = gaze[rows, :1]
            eyes = np.ix_(rows, _EYES)
            values[eyes] = (1 - share) * values[eyes] + share * gaze[rows, 1:]
        return values


def _eyes(yaw: float, pitch: float) -> Floats:
    """The eye channels of a gaze in radians."""
    weights = {
        "LookRight": yaw / GAZE_RADIANS,
        "LookLeft": -yaw / GAZE_RADIANS,
        "LookDown": pitch / GAZE_RADIANS,
        "LookUp": -pitch / GAZE_RADIANS,
    }
    eyes: Floats = acts.to_values({act: weight for act, weight in weights.items() if weight > 0})[_EYES]
    return eyes
