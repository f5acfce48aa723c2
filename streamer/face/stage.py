"""All characters on stage as one matrix, layer upon layer: expression, speech, idle life, the game's gaze, blinks."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, GAZE_RADIANS, HIGHEST, LOWEST, Floats, clamp
from protocols.profiles import Profile
from streamer.face import acts, layers, mouth
from streamer.face.clips import Clips
from streamer.face.curves import RISE_TIME, Segment, release
from streamer.face.layers import EYES as _EYES
from streamer.face.life import BLINKS, WAKE, Life
from streamer.face.rig import Rig
from streamer.face.track import Track

_ANGLES: Final = [name for name in CHANNELS if name.startswith(("LeftEye", "RightEye"))]  # the last of _EYES
_MOOD_TIME: Final = RISE_TIME["slow"]
_GAZE_RELEASE: Final = 0.25
_SACCADE_BASE: Final = 0.024  # seconds; a saccade takes about this and 2.4 ms for each degree
_SACCADE_PER_RADIAN: Final = 0.0024 * 180 / math.pi
_SACCADE_FLOOR: Final = 0.14 / GAZE_RADIANS  # seconds per radian: no eye shape moves faster than a snap
_FITTING: Final = 0.25  # seconds in which a face goes over to another profile
_HUSH: Final = 0.12  # seconds in which a mouth turns to other speech, or to none


@dataclass(frozen=True, slots=True)
class Explanation:
    """One face at one moment, as each layer in turn left it."""

    steps: Mapping[str, Floats]  # (61,) by the name of the layer

    def channels(self, least: float = 0.005) -> dict[str, dict[str, float]]:
        """Per channel that shows or that a layer moved: its value, and what each layer changed."""
        rows = np.array([np.zeros(len(CHANNELS), np.float32), *self.steps.values()])
        changes = np.diff(rows, axis=0)
        moved = np.flatnonzero((np.abs(changes) >= least).any(0))
        return {
            CHANNELS[i]: {"value": round(float(rows[-1, i]), 4)}
            | {name: round(float(c[i]), 4) for name, c in zip(self.steps, changes, strict=True) if abs(c[i]) >= least}
            for i in moved
        }


class Stage:
    """The faces of all characters; time never goes backwards."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._rows: dict[str, int] = {}
        self._expression = Track(LOWEST, HIGHEST)
        self._speech = Clips(len(mouth.COLUMNS), mouth.RATE)
        self._life = Life()
        self._rig = Rig()
        self._expressiveness = np.ones((8, 1), np.float32)
        self._articulation = np.ones((8, 1), np.float32)
        self._fitting: dict[int, tuple[float, Floats]] = {}  # rows with a new profile: since when, and their face then
        self._last: Floats = np.zeros((0, len(CHANNELS)), np.float32)  # the latest frame
        self._watched: int | None = None
        self._steps: dict[str, Floats] = {}
        # The first channel of the gaze track says how far the game has taken the eyes over.
        self._gaze = Track(np.concatenate([[0], LOWEST[_EYES]], dtype=np.float32),
                           np.concatenate([[1], HIGHEST[_EYES]], dtype=np.float32))  # fmt: skip

    def __contains__(self, character: str) -> bool:
        return character in self._rows

    def add(self, character: str, now: float = 0.0, seed: int = 0, profile: Profile | None = None) -> None:
        """A new face, at rest."""
        row = self._rows[character] = self._expression.add()
        self._gaze.add()
        self._speech.add()
        self._life.add(f"{character}\0{seed}" if seed else character, now)
        self.names = (*self.names, character)
        if row == len(self._expressiveness):
            self._expressiveness, self._articulation = (
                np.concatenate([array, np.ones_like(array)]) for array in (self._expressiveness, self._articulation)
            )
        if profile is not None and profile != Profile():
            self.fit(character, profile, now)

    def fit(self, character: str, profile: Profile, now: float) -> None:
        """Shows a face as its profile says from now on."""
        row = self._rows[character]
        self._expressiveness[row], self._articulation[row] = profile.expressiveness, profile.articulation
        self._life.pace(row, now, profile.blinks / BLINKS["resting"])
        self._life.calm(row, now, profile.still, WAKE)
        self._rig.fit(row, profile)
        if row < len(self._last):
            self._fitting[row] = now, self._last[row].copy()

    def say(self, character: str, curves: Floats, voice: float, now: float) -> None:
        """Speaks these curves, whose voice starts at `voice`, instead of whatever was being said."""
        row = self._rows[character]
        self._speech.play(row, curves, voice - mouth.LEAD, now, _HUSH)
        self._life.start_line(row, now)

    def hush(self, character: str, now: float, fade: float = _HUSH) -> None:
        """Falls silent in `fade` seconds."""
        self._speech.stop(self._rows[character], now, fade)

    def calm(self, character: str, now: float, seconds: float) -> None:
        """Lets a face become a statue."""
        self._life.calm(self._rows[character], now, 0.0, seconds)

    def listen(self, character: str, now: float, toward: tuple[float, float] | None) -> None:
        """Attends to somebody in that direction, or to nobody."""
        self._life.listen(self._rows[character], now, toward)

    def play(self, character: str, segments: Iterable[Segment]) -> None:
        """Plays these segments instead of whatever the face was going to do."""
        self._expression.follow(self._rows[character], segments)

    def rest(self, character: str, now: float, fade: float) -> None:
        """Falls silent and lets the face return to its mood in `fade` seconds."""
        self.play(character, [release(now, fade)])
        self.hush(character, now, fade)

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
        n = len(values)
        values *= self._expressiveness[:n]
        clamp(values)
        self._note("expression", values)
        rows, said = self._speech.sample(now)
        speaking = np.zeros(n)
        if len(rows):
            said *= self._articulation[rows]
            speaking[rows] = np.clip(said[:, mouth.COLUMN["activity"]], 0.0, 1.0)
            layers.speak(values, rows, said)
        self._note("speech", values)
        living = self._life.at(now, speaking)
        layers.attend(values, _floats(living.brows), _floats(living.smile))
        layers.wander(values, _floats(living.gaze), _floats(living.follow), _floats(living.head))
        self._note("idle", values)
        self._take_over(values, now)
        self._note("gaze", values)
        layers.blink(values, _floats(living.lids))
        layers.seal(values)
        self._note("blinks", values)
        clamp(values)
        self._rig.apply(values, now)
        self._blend_fits(values, now)
        self._note("profile", values)
        self._last = values
        return values

    def _blend_fits(self, values: Floats, now: float) -> None:
        """A face whose profile was changed goes over to it."""
        for row, (begun, before) in list(self._fitting.items()):
            u = min((now - begun) / _FITTING, 1.0)
            share = np.float32(u * u * (3 - 2 * u))
            values[row] = (1 - share) * before + share * values[row]
            if u >= 1.0:
                del self._fitting[row]

    def explain(self, character: str, now: float) -> Explanation:
        """How a face comes about at `now`, which is not before the latest frame."""
        self._watched, self._steps = self._rows[character], {}
        self.frame(now)
        self._watched = None
        return Explanation(self._steps)

    def turn_to_home(self, character: str, now: float) -> None:
        """Looks back at whomever it listens to, now."""
        self._life.look_home(self._rows[character], now)

    def _note(self, layer: str, values: Floats) -> None:
        if self._watched is not None:
            self._steps[layer] = values[self._watched].copy()

    def _take_over(self, values: Floats, now: float) -> None:
        """The game's own gaze over whatever the eyes were doing."""
        gaze = self._gaze.sample(now)
        rows = np.flatnonzero(gaze[:, 0])
        if len(rows):
            share = gaze[rows, :1]
            eyes = np.ix_(rows, _EYES)
            values[eyes] = (1 - share) * values[eyes] + share * gaze[rows, 1:]


def _floats(array: NDArray[np.float64]) -> Floats:
    return array.astype(np.float32)


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
