"""Two performances of the same lines side by side: how far apart the faces are, and which acts make the difference."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, get_args

import numpy as np

from protocols.arkit import Floats, face
from protocols.messages import Line, Planned
from streamer.brain.units import UNITS
from streamer.face import acts, likeness
from streamer.face.describe import JOINED, SEEN, joined, phrase

Kind = Literal["came", "went", "grew", "shrank"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SHIFTED: Final = 0.1  # of a weight: an act that changed by less is as it was
_FAINT: Final = 0.2  # energy of a face that says nothing: beside it every difference would look large
_SAME: Final = 0.01  # a change below this is rounding
_LATER: Final = 0.02  # of the line: a keyframe that moved by less stands where it did
_PLAIN: Final = 0.4  # a strength that the describer has no word for
_DESCRIBED: Final = "described faces"
_UNNAMED: Final = "no feeling named"


@dataclass(frozen=True, slots=True)
class Shift:
    """An act that is not what it was, in the describer's words, with its strongest weight of the line."""

    kind: Kind
    words: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What became of one line.

    `size` is the distance of the two faces over the line, as a share of the stronger of the two: 0 is no difference,
    1 is as far as a face is from none at all. `similarity` is their correlation, as train/metrics.py has it.
    """

    line: Line
    before: Planned
    after: Planned
    size: float
    similarity: float
    energy: tuple[float, float]  # length of the face over the line, rms
    shifts: tuple[Shift, ...]  # largest first

    @property
    def is_none(self) -> bool:
        return self.size < _SAME and not self.is_retimed

    @property
    def is_retimed(self) -> bool:
        """Whether the keyframes are others in number, time or onset."""
        old, new = self.before.keyframes, self.after.keyframes
        return len(old) != len(new) or any(
            abs(a.at - b.at) >= _LATER or a.onset != b.onset for a, b in zip(old, new, strict=True)
        )

    @property
    def feeling(self) -> str:
        if self.line.keyframes and not self.line.text:
            return _DESCRIBED
        return " ".join(self.line.emotion.casefold().split()) or _UNNAMED


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one feeling."""

    feeling: str
    lines: int
    size: float  # median
    similarity: float  # mean
    energy: tuple[float, float]  # mean


@dataclass(frozen=True, slots=True)
class Use:
    """How often an act is seen, and how strong it is where it is seen."""

    words: str
    lines: tuple[int, int]
    strength: tuple[float, float]

    @property
    def difference(self) -> float:
        return abs(self.lines[1] * self.strength[1] - self.lines[0] * self.strength[0])


Pair = tuple[Line, Planned, Planned]


def means(pairs: Sequence[Pair]) -> dict[bool, Floats]:
    """The mean face (55,) that a brain makes of lines and, under True, of described faces."""
    kinds: dict[bool, list[Floats]] = defaultdict(list)
    for line, before, _ in pairs:
        kinds[bool(line.keyframes)].append(_curve(before).mean(0))
    return {kind: np.mean(faces, 0) for kind, faces in kinds.items()}


def compare(pairs: Sequence[Pair], mean: Mapping[bool, Floats]) -> list[Change]:
    """Line by line what changed, most changed first; `mean` is what every face has in common."""
    nothing = np.zeros(likeness.JUDGED, np.float32)
    changes = [_change(*pair, mean.get(bool(pair[0].keyframes), nothing)) for pair in pairs]
    return sorted(changes, key=lambda change: -change.size)


def groups(changes: Sequence[Change]) -> list[Group]:
    """The feelings, most changed first."""
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        kinds[change.feeling].append(change)
    found = [
        Group(
            feeling,
            len(own),
            median(change.size for change in own),
            float(np.mean([change.similarity for change in own])),
            _both(np.mean([change.energy for change in own], 0)),
        )
        for feeling, own in kinds.items()
    ]
    return sorted(found, key=lambda group: (-group.size, group.feeling))


def uses(changes: Sequence[Change]) -> list[Use]:
    """Every act that is seen, both sides as one, most changed first."""
    shown = [(_paired(_peaks(change.before)), _paired(_peaks(change.after))) for change in changes]
    found = [_use(act, [(before[act], after[act]) for before, after in shown]) for act in acts.ACTS]
    return sorted((use for use in found if any(use.lines)), key=lambda use: (-use.difference, use.words))


def _change(line: Line, before: Planned, after: Planned, mean: Floats) -> Change:
    old, new = _curve(before), _curve(after)
    energy = _energy(old), _energy(new)
    size = _energy(new - old) / max(*energy, _FAINT)
    one, other = likeness.directions([old - mean, new - mean])
    similarity = 1.0 if size < _SAME else float(one @ other)
    return Change(line, before, after, size, similarity, energy, _shifts(_peaks(before), _peaks(after)))


def _curve(planned: Planned) -> Floats:
    """Judged channels over the line (21, 55)."""
    values = np.stack([face(keyframe.values) for keyframe in planned.keyframes])
    return likeness.interpolated([keyframe.at for keyframe in planned.keyframes], values[:, : likeness.JUDGED])


def _energy(curve: Floats) -> float:
    return float(np.sqrt((curve**2).sum(1).mean()))


def _peaks(planned: Planned) -> dict[str, float]:
    """The strongest weight of every unit in a line, left and right apart."""
    peaks = dict.fromkeys(UNITS, 0.0)
    for keyframe in planned.keyframes:
        for act, weight in acts.from_values(face(keyframe.values)).items():
            for unit in (act + "Left", act + "Right") if act in acts.PAIRED else (act,):
                peaks[unit] = max(peaks[unit], weight)
    return peaks


def _paired(peaks: Mapping[str, float]) -> dict[str, float]:
    """The stronger side of every act."""
    return {
        act: max(peaks[act + "Left"], peaks[act + "Right"]) if act in acts.PAIRED else peaks[act] for act in acts.ACTS
    }


def _shifts(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Shift, ...]:
    kinds: dict[Kind, list[str]] = defaultdict(list)
    for unit in UNITS:
        if kind := _kind(before[unit], after[unit]):
            kinds[kind].append(unit)
    found = [shift for kind in KINDS for shift in _told(kind, kinds[kind], before, after)]
    return tuple(sorted(found, key=lambda shift: -abs(shift.after - shift.before)))


def _kind(before: float, after: float) -> Kind | None:
    if abs(after - before) < SHIFTED:
        return None
    if before < SEEN:
        return "came"
    if after < SEEN:
        return "went"
    return "grew" if after > before else "shrank"


def _told(kind: Kind, units: Sequence[str], before: Mapping[str, float], after: Mapping[str, float]) -> list[Shift]:
    """Shifts of one kind, sides and acts that belong together as one; in the words of what is or was there."""
    shown = before if kind == "went" else after
    told = joined({unit: shown[unit] for unit in units})
    return [
        Shift(
            kind,
            phrase(act, weight),
            *(float(np.mean([side[part] for part in _parts(act)])) for side in (before, after)),
        )
        for act, weight in told.items()
    ]


def _parts(act: str) -> list[str]:
    """The units behind an act that describe.joined made of several."""
    if act in acts.PAIRED:
        return [act + "Left", act + "Right"]
    return [unit for part in JOINED[act] for unit in _parts(part)] if act in JOINED else [act]


def _use(act: str, weights: Sequence[tuple[float, float]]) -> Use:
    seen = [[weight for weight in side if weight >= SEEN] for side in zip(*weights, strict=True)]
    before, after = seen
    return Use(
        phrase(act, _PLAIN),
        (len(before), len(after)),
        _both([float(np.mean(side)) if side else 0.0 for side in seen]),
    )


def _both(pair: "Sequence[float] | Floats") -> tuple[float, float]:
    before, after = pair
    return float(before), float(after)
