import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from streamer.outputs.batches import CHUNK, Packets
from streamer.outputs.procession import Procession
from tests.clock import VirtualLoop, run

TICK = 1 / 60


class Street:
    """Sees what leaves, and when."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, list[int]]] = []

    def pass_by(self, packets: Packets) -> None:
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            now = 0.0
        self.seen.append((now, packets[:, 0].tolist()))

    @property
    def numbers(self) -> list[int]:
        return [number for _, numbers in self.seen for number in numbers]

    @property
    def clumps(self) -> list[int]:
        """How many left at each time."""
        at = dict.fromkeys(time for time, _ in self.seen)
        return [sum(len(numbers) for time, numbers in self.seen if time == then) for then in at]


@pytest.fixture
def street() -> Iterator[Street]:
    yield Street()


def crowd(many: int, first: int = 0, length: int = 8) -> Packets:
    rows = np.zeros((many, length), np.uint8)
    rows[:, 0] = (first + np.arange(many)) % 256
    return rows


def test_a_crowd_leaves_step_by_step_before_the_next_tick_begins(street: Street) -> None:
    async def scene() -> None:
        procession = Procession(street.pass_by)
        procession.start([crowd(1000)])
        assert len(street.numbers) == 96
        await asyncio.sleep(0.8 * TICK)
        procession.close()

    run(scene())
    assert street.numbers == [n % 256 for n in range(1000)]
    assert max(street.clumps) <= 192 and max(len(numbers) for _, numbers in street.seen) <= CHUNK


def test_a_few_faces_with_names_of_many_lengths_leave_together_and_at_once(street: Street) -> None:
    async def scene() -> None:
        procession = Procession(street.pass_by)
        procession.start([crowd(2, 2 * n, 8 + n) for n in range(40)])
        assert street.numbers == list(range(80))
        procession.close()

    run(scene())


def test_what_has_not_left_when_the_next_tick_comes_goes_first_and_unchanged(street: Street) -> None:
    matrix = crowd(300)

    async def scene() -> None:
        procession = Procession(street.pass_by)
        procession.start([matrix])
        procession.keep()
        matrix[:, 0] = 7
        procession.start([matrix])
        await asyncio.sleep(TICK)
        procession.close()

    run(scene())
    assert street.numbers == [n % 256 for n in range(300)] + [7] * 300


def test_after_a_delay_a_crowd_catches_up_by_degrees(street: Street) -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        procession = Procession(street.pass_by)
        procession.start([crowd(2000)])
        loop.elapsed += 0.5 * TICK
        await asyncio.sleep(1e-4)
        assert len(street.numbers) <= 96 + 2 * 2 * 96  # a loop's own timer takes two steps abreast
        await asyncio.sleep(TICK)
        procession.close()

    run(scene())
    assert len(street.numbers) == 2000


def test_a_driver_that_is_more_than_a_tick_behind_loses_nothing_and_collects_nothing(street: Street) -> None:
    async def scene() -> None:
        procession = Procession(street.pass_by)
        for _ in range(5):
            procession.keep()
            procession.start([crowd(500)])
        assert len(street.numbers) >= 3 * 500
        procession.close()

    run(scene())
    assert street.numbers == [n % 256 for n in range(500)] * 5


@pytest.mark.parametrize("has_loop", [True, False])
def test_the_last_frame_leaves_whole(street: Street, has_loop: bool) -> None:
    async def scene() -> None:
        procession = Procession(street.pass_by)
        procession.start([crowd(400)])
        procession.close()

    if has_loop:
        asyncio.run(scene())
    else:
        procession = Procession(street.pass_by)
        procession.start([crowd(400)])
    assert len(street.numbers) == 400
