"""A comparison as figures: what `facecue diff --json` prints, and what its page is drawn from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from protocols.messages import Planned
from streamer.diff.compare import Change, Group, Use, groups, uses


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything that is told about two brains."""

    names: tuple[str, str]  # what was compared, before and after
    lines: str  # which lines
    changes: tuple[Change, ...]
    feelings: tuple[Group, ...]
    acts: tuple[Use, ...]
    median: float  # of the changes' sizes
    similarity: float  # mean
    energy: float  # median ratio, after to before
    unchanged: float  # share of the lines


def report(names: tuple[str, str], lines: str, changes: Sequence[Change]) -> Report:
    """The figures of some changes, of which there is at least one."""
    return Report(
        names,
        lines,
        tuple(changes),
        tuple(groups(changes)),
        tuple(uses(changes)),
        median(change.size for change in changes),
        mean(change.similarity for change in changes),
        median(change.energy[1] / max(change.energy[0], 1e-6) for change in changes if any(change.energy)),
        sum(change.is_none for change in changes) / len(changes),
    )


def as_json(told: Report) -> dict[str, Any]:
    """A report as plain JSON; figures to three places, and of a face only what is not at rest."""
    return {
        "before": told.names[0],
        "after": told.names[1],
        "lines": told.lines,
        "median_change": round(told.median, 3),
        "mean_similarity": round(told.similarity, 3),
        "energy_ratio": round(told.energy, 3),
        "unchanged": round(told.unchanged, 3),
        "feelings": [_rounded(asdict(group)) for group in told.feelings],
        "acts": [_rounded(asdict(use)) for use in told.acts],
        "changes": [_change(change) for change in told.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    line = change.line
    return {
        "id": line.id,
        "line": line.text,
        "emotion": line.emotion,
        "background": line.background,
        "change": round(change.size, 3),
        "similarity": round(change.similarity, 3),
        "energy": [round(energy, 3) for energy in change.energy],
        "acts": [_rounded(asdict(shift)) for shift in change.shifts],
        "before": _keyframes(change.before),
        "after": _keyframes(change.after),
    }


def _keyframes(planned: Planned) -> list[dict[str, Any]]:
    return [
        asdict(keyframe) | {"values": {name: round(value, 3) for name, value in keyframe.values.items() if value}}
        for keyframe in planned.keyframes
    ]


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: _round(value) for name, value in figures.items()}


def _round(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_round(part) for part in value]
    return round(value, 3) if isinstance(value, float) else value
