"""The beat of the frames: frame n is due at origin + n / fps; a late one is skipped, never made up for in a burst."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from streamer.timers import best

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """One beat: the number of the frame that is due, seconds it is late, and how many were skipped just before it."""

    number: int
    lateness: float
    skipped: int


async def ticks(fps: int, is_precise: bool = False) -> AsyncGenerator[Tick, None]:
    """Beats without drift, the first of them, number 1, at once, until the iteration is cancelled."""
    loop = asyncio.get_running_loop()
    timer = best(is_precise)
    _log.info("clock: %d a second by %s", fps, timer.name)
    origin = loop.time() - 1 / fps
    number = 0
    try:
        while True:
            due = max(number + 1, int((loop.time() - origin) * fps))
            skipped, number = due - number - 1, due
            await timer.until(origin + number / fps)
            yield Tick(number, loop.time() - origin - number / fps, skipped)
    finally:
        timer.close()
