"""The beat of the frames: frame n is due at origin + n / fps; a late one is skipped, never made up for in a burst."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """One beat: the number of the frame that is due, seconds it is late, and how many were skipped just before it."""

    number: int
    lateness: float
    skipped: int


async def ticks(fps: int) -> AsyncIterator[Tick]:
    """Beats from the running loop's present time on, without drift, until the iteration is cancelled."""
    loop = asyncio.get_running_loop()
    origin = loop.time()
    number = 0
    while True:
        due = max(number + 1, int((loop.time() - origin) * fps))
        skipped, number = due - number - 1, due
        await _until(origin + number / fps, loop)
        yield Tick(number, loop.time() - origin - number / fps, skipped)


async def _until(time: float, loop: asyncio.AbstractEventLoop) -> None:
    reached = loop.create_future()
    timer = loop.call_at(time, reached.set_result, None)
    try:
        await reached
    finally:
        timer.cancel()
