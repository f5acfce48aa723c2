"""How cost grows with faces, clients and lines, and where it bends."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from protocols.messages import Line
from streamer import config
from streamer.app import Driver
from streamer.brain import loading
from streamer.clock import ticks
from streamer.cues import Prompt
from streamer.measures.crowd import TICK, crowd, drain
from streamer.measures.fanout import cost
from streamer.measures.figures import LINE
from streamer.performance import FPS

FACES: Final = (1, 10, 100, 1000, 2000, 5000, 10000)
CLIENTS: Final = (1, 10, 100, 500, 1000)
LINES: Final = (1, 10, 30, 100, 300, 1000)  # a second
_SPEAKERS: Final = 500
_SECONDS: Final = 4
_DEAR: Final = 1.5  # a curve bends where one more costs so many times what it costs at best
_LATE: Final = 2.0  # and where answers take so many times what the first takes


@dataclass(frozen=True, slots=True)
class Point:
    """What so many cost: the share of a core, and what an answer takes where there is one."""

    what: str
    many: int
    core: float  # percent
    answer_ms: float | None = None


def growth() -> Iterator[Point]:
    with drain() as address:
        for many in FACES:
            yield Point("faces", many, 100 * crowd(many, address, 12) / TICK)
    for many in CLIENTS:
        yield Point("clients", many, 100 * FPS * many * asyncio.run(cost(many))[0])
    for many in LINES:
        core, answer = asyncio.run(_talked(many))
        yield Point("lines a second", many, core, answer)


def bends(points: list[Point]) -> dict[str, str]:
    """For every curve, from where on it is dearer than its cheapest by half a unit."""
    found = {}
    for what in dict.fromkeys(point.what for point in points):
        curve = [point for point in points if point.what == what]
        each = [point.core / point.many for point in curve]
        cheapest = int(np.argmin(each))
        dear = [
            p.many for p, core in zip(curve[cheapest:], each[cheapest:], strict=True) if core > _DEAR * each[cheapest]
        ]
        full = [point.many for point in curve if point.core >= 100]
        late = [
            point.many for point in curve if point.answer_ms and point.answer_ms > _LATE * (curve[0].answer_ms or 0.0)
        ]
        found[what] = f"cheapest at {curve[cheapest].many}"
        found[what] += f", half as dear again from {dear[0]}" if dear else ""
        found[what] += f", answers come late from {late[0]}" if late else ""
        found[what] += f", a core is full by {full[0]}" if full else ""
    return found


async def _talked(many: int) -> tuple[float, float]:
    """Percent of a core that so many new lines a second take in a driver without outputs, and their median answer."""
    driver = Driver(config.Settings())
    driver.planner.use(await asyncio.to_thread(loading.load))
    answers: list[float] = []
    asked, owed, origin = 0, 0.0, time.monotonic()
    began = time.process_time()
    async for tick in ticks(FPS):
        owed += many / FPS
        while owed >= 1:
            owed -= 1
            asked += 1
            _ask(driver, asked, answers)
        driver.tick(tick)
        if time.monotonic() - origin >= _SECONDS:
            break
    share = 100 * (time.process_time() - began) / (time.monotonic() - origin)
    driver.planner.close()
    driver.ear.close()
    return share, float(np.median(answers)) * 1e3 if answers else float("nan")


def _ask(driver: Driver, number: int, answers: list[float]) -> None:
    """A line that the brain has not seen; how long its keyframes take is noted."""
    text = f"{LINE} {number}"
    asked = time.monotonic()
    driver.planner.ask(Prompt(text), lambda _: answers.append(time.monotonic() - asked))
    driver.receive(Line(f"c{number % _SPEAKERS}", text, when="interrupt"), None)
