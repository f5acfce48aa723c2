"""One measured figure, and how figures are taken: in rounds, by medians."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

ROUNDS: Final = 3
LINE: Final = "You came all this way through the snow to tell me that the bridge is gone and nobody is coming?"
_GOAL: Final = re.compile(r"([<>])= ([\d.]+) ?(x)?")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of the rounds and how far they lay apart, with the reference's where there is one."""

    name: str
    unit: str
    ours: float
    spread: float
    reference: float | None = None
    against: str = ""  # what the reference is
    goal: str = ""  # "<= 2x" of the reference, or "<= 5 ms" of ours

    @property
    def ratio(self) -> float | None:
        return self.ours / self.reference if self.reference else None

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is; None without one."""
        match = _GOAL.match(self.goal)
        value = self.ratio if match and match[3] else self.ours
        if match is None or value is None:
            return None
        return value <= float(match[2]) if match[1] == "<" else value >= float(match[2])


Measure = Callable[[], Iterator[Figure]]


def alone(name: str, unit: str, rounds: Sequence[float], goal: str = "") -> Figure:
    """A figure without a reference."""
    return Figure(name, unit, float(np.median(rounds)), float(np.ptp(rounds)), goal=goal)


def beside(
    name: str, unit: str, ours: Sequence[float], theirs: Sequence[float], against: str, goal: str = ""
) -> Figure:
    return Figure(name, unit, float(np.median(ours)), float(np.ptp(ours)), float(np.median(theirs)), against, goal)


def percentiles(name: str, unit: str, values: Sequence[float], goals: dict[int, str]) -> Iterator[Figure]:
    """A figure for each percentile that `goals` names."""
    for share, goal in goals.items():
        yield Figure(f"{name} p{share}", unit, float(np.percentile(values, share)), float(np.std(values)), goal=goal)


def timed(act: Callable[[], object], times: int) -> float:
    """Seconds a call."""
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times
