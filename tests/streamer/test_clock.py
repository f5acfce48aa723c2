import asyncio

import pytest

from streamer.clock import Tick, ticks
from tests.clock import VirtualLoop, run


def test_beats_come_at_sixty_a_second_without_drift() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        origin = loop.time()
        beats = ticks(60)
        async for tick in beats:
            assert loop.time() - origin == pytest.approx((tick.number - 1) / 60, abs=1e-6)
            assert tick.skipped == 0 and tick.lateness == pytest.approx(0, abs=1e-6)
            if tick.number == 6000:
                break
        await beats.aclose()  # type: ignore[attr-defined]

    run(scene())


def test_beats_that_were_missed_are_skipped_and_counted_not_made_up_for() -> None:
    async def scene() -> list[Tick]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        seen = []
        beats = ticks(60)
        async for tick in beats:
            seen.append(tick)
            if tick.number == 3:
                loop.elapsed += 10.4 / 60  # the process was held up
            if len(seen) == 6:
                break
        await beats.aclose()  # type: ignore[attr-defined]
        return seen

    seen = run(scene())
    assert [tick.number for tick in seen] == [1, 2, 3, 13, 14, 15]
    assert [tick.skipped for tick in seen] == [0, 0, 0, 9, 0, 0]
    assert seen[3].lateness == pytest.approx(0.4 / 60, abs=1e-6)
