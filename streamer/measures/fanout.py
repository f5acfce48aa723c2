"""Frames to many WebSocket clients, beside writing the same bytes to their bare sockets."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from protocols.frames import Frame
from streamer import config
from streamer.app import Driver
from streamer.brain.rules import Rules
from streamer.inputs.websocket import listen
from streamer.measures.figures import ROUNDS, Figure, alone, beside
from streamer.measures.outside import clients
from streamer.performance import FPS

_CLIENTS: Final = 500
_STALLED: Final = 5
_TICKS: Final = 60  # of a round
_PATIENCE: Final = 2000  # looks, a hundredth of a second apart, until all clients have come
_BYTES: Final = 284  # of a frame of one face on the wire


def fanout() -> Iterator[Figure]:
    """One face to a crowd of clients, a few of which never read."""
    ours, skipped = [], 0
    theirs = []
    for _ in range(ROUNDS):
        spent, bare, late = asyncio.run(cost(_CLIENTS, _STALLED))
        ours.append(spent * 1e6)
        theirs.append(bare * 1e6)
        skipped += late
    yield beside(f"a frame to one of {_CLIENTS} clients", "us", ours, theirs, "a bare write", "<= 2x")
    yield alone(f"ticks lost to {_CLIENTS} clients", "", [skipped], "<= 0")


async def cost(many: int, stalled: int = 0) -> tuple[float, float, int]:
    """Seconds of processor time a client and frame, the same for bare writes, and how many ticks came too late."""
    settings = config.Settings(port=0)
    driver = Driver(settings)
    driver.planner.use(Rules())
    frame = Frame(0, 1, 0.0, ("guard",), np.random.default_rng(0).uniform(0, 1, (1, 61)).astype(np.float32))
    async with listen(settings, driver) as port:
        block = clients(port, many, '"*"', stalled)
        await asyncio.to_thread(block.__enter__)
        try:
            for _ in range(_PATIENCE):
                if len(driver.audience.listeners("guard")) == many:
                    break
                await asyncio.sleep(0.01)
            spent, late = await _beat(lambda n: driver.audience.send(Frame(n, n, n / FPS, frame.names, frame.values)))
            files = [
                client.connection.transport.get_extra_info("socket").fileno()
                for client in driver.audience.listeners("guard")
                if not client.connection.transport.get_write_buffer_size()
            ]
            bare, _ = await _beat(lambda _: _write(files))
        finally:
            await asyncio.to_thread(block.__exit__, None, None, None)
            driver.ear.close()
    return spent / (many - stalled), bare / len(files), late


async def _beat(act: Callable[[int], None]) -> tuple[float, int]:
    """Processor seconds of `act` a tick, and how many ticks began a whole tick late."""
    origin, spent, late = time.monotonic(), 0.0, 0
    for n in range(1, _TICKS + 1):
        await asyncio.sleep(max(origin + n / FPS - time.monotonic(), 0.0))
        late += time.monotonic() - origin - n / FPS > 1 / FPS
        began = time.process_time()
        act(n)
        spent += time.process_time() - began
    return spent / _TICKS, late


def _write(files: Sequence[int]) -> None:
    message = bytes([0x82, 126, *(_BYTES - 4).to_bytes(2, "big")]) + bytes(_BYTES - 4)
    for file in files:
        with suppress(BlockingIOError):
            os.write(file, message)
