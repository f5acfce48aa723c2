"""The end of a command that runs until it is told: Ctrl-C, a polite kill, or a time that is up."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def until_stopped(seconds: float | None = None) -> AsyncIterator[None]:
    """Leaves its block quietly on Ctrl-C or SIGTERM, or after so many seconds."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds) as deadline:
            heard = _hear(loop, deadline)
            try:
                yield
            finally:
                for number in heard:
                    loop.remove_signal_handler(number)
    except TimeoutError:
        if not deadline.expired():
            raise


def _hear(loop: asyncio.AbstractEventLoop, deadline: asyncio.Timeout) -> list[signal.Signals]:
    heard = []
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, lambda: deadline.reschedule(loop.time()))
        except (NotImplementedError, RuntimeError):  # Windows, or not the main thread: Ctrl-C raises as ever
            continue
        heard.append(number)
    return heard
