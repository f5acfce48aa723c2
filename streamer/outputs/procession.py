"""A crowd's packets, step by step over the most of a tick: a receiver's buffer holds some of them, not all."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from streamer.outputs.batches import CHUNK, Packets
from streamer.performance import FPS
from streamer.timers import Pulse, pulse

_STEP: Final = 96  # packets at once; a default buffer of Linux holds about two hundred faces
_CAUGHT_UP: Final = 2  # steps' worth at once after a delay: what is later stays late rather than overrun the buffer
_SPREAD: Final = 0.7  # of a tick over which they leave; the rest is for the next frame's mathematics


class Procession:
    """Packets that leave in steps: `send` is called with at most a chunk of rows of one length."""

    def __init__(self, send: Callable[[Packets], None]) -> None:
        self._send = send
        self._steps: deque[list[Packets]] = deque()
        self._pulse: Pulse | None = None
        self._abreast = 1  # steps a ring

    def keep(self) -> None:
        """Copies what has not left, as its matrices are about to be filled anew."""
        self._steps = deque([rows.copy() for rows in step] for step in self._steps)

    def start(self, matrices: Sequence[Packets]) -> None:
        """Sends the rows of matrices (n, length), after those of the tick before that still wait."""
        steps = _steps(matrices)
        while len(self._steps) > len(steps):  # more than a tick behind: better in a clump than not at all
            self._step()
        is_behind = bool(self._steps)
        self._steps.extend(steps)
        if not is_behind:
            self._step()
        if self._steps:
            self._spread()

    def close(self) -> None:
        """Sends what still waits, and no more: the faces' last frame is the one that stays."""
        if self._pulse is not None:
            self._pulse.close()
        self._empty()

    def _spread(self) -> None:
        try:
            self._pulse = self._pulse or pulse(self._ring)
        except RuntimeError:  # no loop runs: nobody to wait for
            self._empty()
            return
        share = _SPREAD / FPS / (len(self._steps) + 1)
        self._abreast = max(math.ceil(self._pulse.shortest / share), 1)
        self._pulse.start(self._abreast * share)

    def _ring(self, often: int) -> None:
        for _ in range(min(self._abreast * min(often, _CAUGHT_UP), len(self._steps))):
            self._step()
        if not self._steps and self._pulse is not None:
            self._pulse.stop()

    def _empty(self) -> None:
        while self._steps:
            self._step()

    def _step(self) -> None:
        for rows in self._steps.popleft():
            self._send(rows)


def _steps(matrices: Sequence[Packets]) -> list[list[Packets]]:
    """The rows in steps, whatever their lengths; no part is longer than a batch takes."""
    steps: list[list[Packets]] = []
    room = 0
    for rows in matrices:
        at = 0
        while at < len(rows):
            if not room:
                steps.append([])
                room = _STEP
            taken = rows[at : at + min(room, CHUNK)]
            steps[-1].append(taken)
            at, room = at + len(taken), room - len(taken)
    return steps
