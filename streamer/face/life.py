"""The life of a face: blinks, the wandering of the eyes, the head that follows them, breath, and how one listens.

Every row draws from a source of chance of its own, seeded by the character's name: the same name lives the same life,
no two live in step. Chance decides only when something happens and how large it is; what is seen at a time is computed
from that for all rows at once. Figures of human timing are those of the literature on blinks and saccades: 17 blinks a
minute at rest and 26 in conversation, closing in 5 frames and opening in 8, saccades of 2.2 ms a degree and 21 ms.
"""

import math
import random
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

BLINKS: Final = {"resting": 17.0, "speaking": 25.0, "listening": 15.0}  # a minute
WAKE: Final = 0.5  # seconds in which a new face comes alive
_BLINK_SPREAD: Final = 0.8  # of the logarithm of the interval: blinks cluster
_BLINK_APART: Final = 0.35  # seconds at least from one to the next
_BLINK_AT_SHIFT: Final = 0.25  # how likely a large gaze shift takes a blink along
_BLINK_AT_START: Final = 0.35  # and the start of a line
_LARGE_SHIFT: Final = math.radians(7)
_DEGREE: Final = math.radians(1)
_SACCADE: Final = (0.021, 0.0022)  # seconds, and seconds a degree
_HEAD_SHARE: Final = 0.35  # of a large gaze shift that the head makes
_HEAD_TIME: Final = 0.45
_HEAD_DELAY: Final = 0.06  # seconds that the head starts after the eyes
_NOD: Final = 0.055  # radians
_NOD_TIME: Final = 0.75
_REACTION_TIME: Final = 1.6
_DRIFT: Final = 3  # slow waves of each angle of the head


@dataclass(frozen=True, slots=True)
class Living:
    """What life adds to the faces at a moment; arrays of one number a row, angles in radians."""

    lids: Doubles  # 0 open .. 1 shut
    gaze: Doubles  # (N, 2): yaw + to the own right, pitch + down
    head: Doubles  # (N, 3): yaw, pitch, roll of the head's own motion
    follow: Doubles  # (N, 2): yaw, pitch of the head that goes after the eyes; the eyes give way by as much
    brows: Doubles  # a listener's raised brows
    smile: Doubles  # and its small smile


class Life:
    """The life of a growing number of rows."""

    def __init__(self) -> None:
        self._chance: list[random.Random] = []
        self._allocate(8)

    def add(self, name: str, now: float) -> int:
        """A new row, by the character's name."""
        row = len(self._chance)
        if row == len(self.rate):
            old = {key: value for key, value in vars(self).items() if isinstance(value, np.ndarray)}
            self._allocate(2 * row)
            for key, value in old.items():
                getattr(self, key)[:row] = value
        chance = random.Random(zlib.crc32(name.encode()))
        self._chance.append(chance)
        self.rate[row] = 1.0
        self._levels[row] = now, WAKE, 0.0, 1.0
        self._next_blink[row] = now + chance.uniform(0.5, 4.0)
        self._next_shift[row] = now + chance.uniform(0.3, 1.5)
        self._next_nod[row] = math.inf
        self._waves[row] = np.transpose([[chance.uniform(0.05, 0.45) for _ in range(_DRIFT)] for _ in range(3)])
        self._phases[row] = np.transpose([[chance.random() for _ in range(_DRIFT)] for _ in range(3)])
        self._breath[row] = chance.uniform(0.2, 0.28) * 2 * math.pi, chance.uniform(0, 2 * math.pi)
        return row

    def calm(self, row: int, now: float, level: float, seconds: float) -> None:
        """Lets a row become a statue (0), fully alive (1) or something between."""
        self._levels[row] = now, seconds, _level(self._levels[row : row + 1], now)[0], level

    def pace(self, row: int, now: float, rate: float) -> None:
        """Blinks so many times as often as others; 0 not at all."""
        self.rate[row] = rate
        self._next_blink[row] = now + self._chance[row].uniform(0.5, 4.0) if rate else math.inf

    def start_line(self, row: int, now: float) -> None:
        """A line begins: often a blink goes with it."""
        if self._chance[row].random() < _BLINK_AT_START * self.rate[row]:
            self._blink_soon(row, now)

    def listen(self, row: int, now: float, toward: tuple[float, float] | None) -> None:
        """Attends to somebody in a direction (yaw, pitch) or, with None, to nobody."""
        self.is_listening[row] = toward is not None
        self._home[row] = toward or (0.0, 0.0)
        self._next_shift[row] = now
        self._next_nod[row] = now + self._chance[row].uniform(1.0, 3.5) if toward is not None else math.inf

    def look_home(self, row: int, now: float) -> None:
        """The next look goes out now, to where the row's attention is."""
        self._next_shift[row] = now + self._chance[row].uniform(0.12, 0.35)

    def at(self, now: float, speaking: Doubles) -> Living:
        """What life does at `now`, which never goes backwards; `speaking` is 0..1 for every row."""
        n = len(self._chance)
        for row in np.flatnonzero(self._next_blink[:n] <= now):
            self._blink(int(row), now, speaking[row] > 0.3)
        for row in np.flatnonzero(self._next_shift[:n] <= now):
            self._shift(int(row), now, speaking[row] > 0.3)
        for row in np.flatnonzero(self._next_nod[:n] <= now):
            self._nod(int(row), now)
        still = _level(self._levels[:n], now)
        drift = _swing(self._waves[:n], self._phases[:n], now) * (1 + 0.8 * speaking)[:, None]
        breath = np.sin(now * self._breath[:n, 0] + self._breath[:n, 1])
        drift[:, 1] += 0.006 * breath + self._nodding(now, n)
        bump = _bump((now - self._reacts[:n, 0]) / _REACTION_TIME) * self._reacts[:n, 1]
        return Living(
            lids=self._lids(now, n) * np.minimum(still * 4, 1),
            gaze=_between(self._shifts[:n], now) * still[:, None],
            head=drift * still[:, None],
            follow=_between(self._heads[:n], now) * still[:, None],
            brows=np.where(self._reacts[:n, 2] < 0.6, bump, 0.0) * still,
            smile=np.where(self._reacts[:n, 2] >= 0.6, bump, 0.0) * still,
        )

    def _allocate(self, rows: int) -> None:
        self._levels = np.tile([0.0, 1.0, 1.0, 1.0], (rows, 1))  # of liveliness: begin, duration, from, to
        self.rate = np.ones(rows)  # of blinks, as a factor
        self.is_listening = np.zeros(rows, np.bool_)
        self._home = np.zeros((rows, 2))
        self._next_blink = np.full(rows, math.inf)
        self._blinks = np.tile([-math.inf, 0.083, 0.133, 0.0], (rows, 1))  # begin, closing, opening, how far
        self._next_shift = np.full(rows, math.inf)
        self._shifts = np.tile([-math.inf, 0.03, 0, 0, 0, 0], (rows, 1))  # begin, duration, from and to
        self._heads = np.tile([-math.inf, 0.5, 0, 0, 0, 0], (rows, 1))
        self._next_nod = np.full(rows, math.inf)
        self._nods = np.tile([-math.inf, 0.0, 1.0], (rows, 1))  # begin, how far, times
        self._reacts = np.tile([-math.inf, 0.0, 0.0], (rows, 1))  # begin, how much, which
        self._waves = np.zeros((rows, _DRIFT, 3))  # turns a second, of the head's three angles
        self._phases = np.zeros((rows, _DRIFT, 3))  # in turns
        self._breath = np.zeros((rows, 2))

    def _blink_soon(self, row: int, now: float) -> None:
        if self.rate[row] and now - self._blinks[row, 0] > _BLINK_APART:
            self._next_blink[row] = now

    def _blink(self, row: int, now: float, is_speaking: bool) -> None:
        chance = self._chance[row]
        closing = min(max(chance.lognormvariate(math.log(0.083), 0.2), 0.05), 0.14)
        opening = closing * min(max(chance.lognormvariate(math.log(1.6), 0.15), 1.25), 2.4)
        full = chance.random() < 0.2
        self._blinks[row] = now, closing, opening, 1.0 if full else chance.uniform(0.6, 0.92)
        kind = "speaking" if is_speaking else "listening" if self.is_listening[row] else "resting"
        mean = 1.15 * 60 / (BLINKS[kind] * self.rate[row])  # gaze and lines bring some more
        interval = chance.lognormvariate(math.log(mean) - _BLINK_SPREAD**2 / 2, _BLINK_SPREAD)
        self._next_blink[row] = now + max(interval, closing + opening + 0.1)

    def _lids(self, now: float, n: int) -> Doubles:
        begin, closing, opening, far = self._blinks[:n].T
        since = now - begin
        down = _ease(since / closing)
        up = _ease((since - closing) / opening)
        return np.asarray(far * np.where(since < closing, down, 1 - up))

    def _shift(self, row: int, now: float, is_speaking: bool) -> None:
        """Looks somewhere else: mostly back home or near it, now and then aside."""
        chance = self._chance[row]
        here = _place(self._shifts[row], now)
        aside = 0.12 if self.is_listening[row] else 0.3 if is_speaking else 0.35
        if chance.random() < aside:
            way = chance.lognormvariate(math.log(7.0), 0.45) * _DEGREE
            angle = chance.uniform(-0.6, 0.6) + (math.pi if chance.random() < 0.5 else 0.0)
            goal = (self._home[row, 0] + way * math.cos(angle), self._home[row, 1] + 0.8 * way * math.sin(angle))
        else:
            goal = (
                self._home[row, 0] + chance.gauss(0, 1.3) * _DEGREE,
                self._home[row, 1] + chance.gauss(0, 0.9) * _DEGREE,
            )
        goal = (min(max(goal[0], -0.55), 0.55), min(max(goal[1], -0.45), 0.45))
        way = math.hypot(goal[0] - here[0], goal[1] - here[1])
        self._shifts[row] = now, _SACCADE[0] + _SACCADE[1] * way / _DEGREE, *here, *goal
        if way > _LARGE_SHIFT:
            turned = _place(self._heads[row], now)
            share = _HEAD_SHARE * chance.uniform(0.6, 1.2)
            self._heads[row] = (
                now + _HEAD_DELAY,
                _HEAD_TIME * chance.uniform(0.8, 1.3),
                *turned,
                share * goal[0],
                share * goal[1],
            )
            if chance.random() < _BLINK_AT_SHIFT * self.rate[row]:
                self._blink_soon(row, now)
        typical = 1.4 if self.is_listening[row] else 0.7 if is_speaking else 0.9
        self._next_shift[row] = now + min(max(chance.lognormvariate(math.log(typical), 0.6), 0.2), 6.0)

    def _nod(self, row: int, now: float) -> None:
        """A listener's nod, or a small change of its face."""
        chance = self._chance[row]
        if chance.random() < 0.7:
            self._nods[row] = now, _NOD * chance.uniform(0.5, 1.1), chance.choice((1.0, 1.0, 2.0))
        else:
            self._reacts[row] = now, chance.uniform(0.08, 0.2), chance.random()
        self._next_nod[row] = now + max(chance.lognormvariate(math.log(3.2), 0.5), 2 * _NOD_TIME)

    def _nodding(self, now: float, n: int) -> Doubles:
        begin, far, times = self._nods[:n].T
        u = (now - begin) / (_NOD_TIME * np.maximum(times, 1))
        fading = np.where((u > 0) & (u < 1), 1 - u, 0.0)
        return np.asarray(-far * fading * np.sin(np.pi * times * np.clip(u, 0, 1)) ** 2)


def _swing(waves: Doubles, phases: Doubles, now: float) -> Doubles:
    """The sum of slow waves (N, waves, 3), in radians; within a turn single precision is fine enough, and quick."""
    turns = now * waves + phases
    turns -= np.floor(turns)
    swings = np.sin(turns.astype(np.float32) * np.float32(2 * np.pi))
    return np.asarray(sum(swings[:, wave] for wave in range(_DRIFT)) * (_DEGREE * 0.42))  # .sum(1) is slow


def _between(shifts: Doubles, now: float) -> Doubles:
    """Where the moves (begin, duration, from, to) are: (N, 2)."""
    s = _ease((now - shifts[:, 0]) / shifts[:, 1])[:, None]
    return np.asarray((1 - s) * shifts[:, 2:4] + s * shifts[:, 4:6])


def _place(shift: Doubles, now: float) -> tuple[float, float]:
    """Where one move is: `_between` in plain numbers, which are much quicker for one."""
    begin, duration, *way = shift.tolist()
    u = min(max((now - begin) / duration, 0.0), 1.0)
    s = u * u * u * (10 - u * (15 - 6 * u))
    return (1 - s) * way[0] + s * way[2], (1 - s) * way[1] + s * way[3]


def _level(levels: Doubles, now: float) -> Doubles:
    s = _ease((now - levels[:, 0]) / levels[:, 1])
    return np.asarray((1 - s) * levels[:, 2] + s * levels[:, 3])


def _ease(u: Doubles) -> Doubles:
    """From 0 to 1 without a jolt: the minimum-jerk curve."""
    u = np.clip(u, 0.0, 1.0)
    return np.asarray(u * u * u * (10 - u * (15 - 6 * u)))


def _bump(u: Doubles) -> Doubles:
    """From 0 up and back to 0 while u goes from 0 to 1."""
    u = np.clip(u, 0.0, 1.0)
    return np.asarray(np.sin(np.pi * u) ** 2)
