import asyncio
import sys
import time

import pytest

from streamer.timers import FilePulse, FileTimer, LoopPulse, LoopTimer, PreciseTimer, Timer, best, pulse
from tests.clock import run


def late(timer: Timer, moments: int = 20) -> list[float]:
    """Seconds that a timer was late, moment after moment."""

    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        made = timer() if callable(timer) else timer
        begun, seen = loop.time(), []
        for n in range(1, moments + 1):
            await made.until(begun + n / 200)
            seen.append(loop.time() - begun - n / 200)
        made.close()
        return seen

    return asyncio.run(scene())


@pytest.mark.parametrize("timer", [LoopTimer, FileTimer, lambda: PreciseTimer(LoopTimer(), time.monotonic), best])
def test_a_timer_never_wakes_before_its_moment(timer: Timer) -> None:
    if timer is FileTimer and sys.platform != "linux":
        pytest.skip("timerfd is Linux's")
    assert min(late(timer)) >= -1e-6


def test_a_moment_that_has_passed_is_now() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        timer = best()
        for moment in (loop.time() - 5, 0.0, loop.time()):
            await asyncio.wait_for(timer.until(moment), 5)
        timer.close()

    asyncio.run(scene())


@pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")
def test_linux_has_a_timerfd_and_virtual_time_its_own_timer() -> None:
    async def name() -> str:
        timer = best()
        timer.close()
        return timer.name

    assert asyncio.run(name()) == "timerfd" and run(name()) == "call_at"


def test_a_wait_that_is_cancelled_leaves_the_timer_usable() -> None:
    async def scene() -> None:
        timer = best()
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(timer.until(loop.time() + 60))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(timer.until(loop.time() + 0.001), 5)
        timer.close()

    asyncio.run(scene())


@pytest.mark.parametrize("kind", [LoopPulse, FilePulse])
def test_a_pulse_rings_as_often_as_its_time_allows_until_it_is_stopped(kind: type[LoopPulse] | type[FilePulse]) -> None:
    if kind is FilePulse and sys.platform != "linux":
        pytest.skip("timerfd is Linux's")

    async def scene() -> tuple[int, int, float]:
        rings: list[int] = []
        enough = asyncio.Event()

        def ring(often: int) -> None:
            rings.append(often)
            if sum(rings) >= 10:
                enough.set()

        made = kind(ring)
        begun = time.monotonic()
        made.start(0.002)
        await enough.wait()
        passed = time.monotonic() - begun
        made.stop()
        before = sum(rings)
        await asyncio.sleep(0.01)
        made.close()
        return before, sum(rings), passed

    before, after, passed = asyncio.run(scene())
    assert before == after <= passed / 0.002 + 1


def test_virtual_time_has_a_pulse_of_its_own() -> None:
    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        begun, rings = loop.time(), []
        made = pulse(lambda often: rings.extend([loop.time() - begun] * often))
        made.start(0.25)
        await asyncio.sleep(1.1)
        made.close()
        return rings

    assert run(scene()) == pytest.approx([0.25, 0.5, 0.75, 1.0])
