"""facecue demo: the whole driver in one process, acting three lines and timing how soon the face moves."""

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from websockets.asyncio.client import ClientConnection

from protocols import livelink, messages
from protocols.arkit import CHANNELS, Floats
from streamer import app, bars, config
from streamer.cli import FAILED, FINE, UserError
from streamer.client import visit
from streamer.commands.say import describe

CHARACTER: Final = "Mira"
LINES: Final = (
    messages.Line(CHARACTER, "You came back! I knew you would, I told everyone!", emotion="overjoyed"),
    messages.Line(CHARACTER, "Put it down. I will not ask you a second time.", emotion="cold anger"),
    messages.Line(CHARACTER, "Did you hear that? No... no, it can't be. Run!", emotion="fear turning to panic"),
)
_PAUSE: Final = 1.0  # between two lines, for the face to come back
_REDRAW: Final = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8765, help="WebSocket port (8765, or a free one if that is taken)")


def run(options: argparse.Namespace) -> int:
    try:
        return asyncio.run(_demo(options.port))
    except config.ConfigError as error:
        raise UserError(str(error), FAILED) from error


# The channels that idle life leaves alone: what moves there is the line's doing.
_ACTED: Final = np.array([n.startswith(("Brow", "Cheek", "Nose", "Mouth", "Jaw")) for n in CHANNELS])


@dataclass(slots=True)
class Engine(asyncio.DatagramProtocol):
    """Stands where Unreal would: receives Live Link packets and remembers when the face first changed."""

    values: Floats = field(default_factory=lambda: np.zeros(len(CHANNELS), np.float32))
    packets: int = 0
    changed: float | None = None
    peak: Floats = field(default_factory=lambda: np.zeros(len(CHANNELS), np.float32))

    def datagram_received(self, data: bytes, addr: object) -> None:
        values = livelink.decode(data).values
        self.packets += 1
        if values is None:
            return
        if self.changed is None and not np.array_equal(values[_ACTED], self.values[_ACTED]):
            self.changed = time.perf_counter()
        self.values = values
        if np.abs(values).sum() > np.abs(self.peak).sum():
            self.peak = values

    def watch(self) -> None:
        """Looks out for the next change."""
        self.changed, self.peak = None, np.zeros_like(self.peak)


async def _demo(port: int) -> int:
    loop = asyncio.get_running_loop()
    transport, engine = await loop.create_datagram_endpoint(Engine, local_addr=("127.0.0.1", 0))
    listener = config.LiveLink(config.Address("127.0.0.1", transport.get_extra_info("sockname")[1]))
    settings = config.Settings(
        port=port, livelink=(config.LiveLink(), listener), character=(config.Character(CHARACTER),)
    )
    if not _is_free(port):
        settings = replace(settings, port=0)
    try:
        async with _running(settings) as port, visit(f"ws://127.0.0.1:{port}") as (client, hello):
            print(f"driver on ws://127.0.0.1:{port}, brain: {hello.model}; watch it on http://127.0.0.1:{port}/")
            print(f'Live Link to {settings.livelink[0].address}, subject "{CHARACTER}": Unreal shows it if it runs\n')
            await asyncio.sleep(0.2)
            delays = [await _act(client, engine, line) for line in LINES]
    finally:
        transport.close()
    print("line -> first changed packet: " + ", ".join(f"{delay * 1000:.1f} ms" for delay in delays)
          + f"   ({engine.packets} packets received)")  # fmt: skip
    print('next: facecue serve, then: facecue say "Halt! Who goes there?" --emotion suspicious')
    return FINE


async def _act(client: ClientConnection, engine: Engine, line: messages.Line) -> float:
    print(f'{line.character}, {line.emotion}: "{line.text}"')
    engine.watch()
    sent = time.perf_counter()
    await client.send(messages.encode(line))
    drawing = asyncio.create_task(_draw(engine), name="bars")
    try:
        async for text in client:
            answer = messages.decode(text)
            if isinstance(answer, messages.Planned):
                _write(describe(answer))
            if isinstance(answer, (messages.Finished, messages.Error)):
                break
        await asyncio.sleep(_PAUSE)
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
    if engine.changed is None:
        raise UserError("the face did not move: no changed packet came back")
    if not sys.stdout.isatty():
        print(bars.draw(engine.peak))
    delay = engine.changed - sent
    print(f"first changed packet {delay * 1000:.1f} ms after the line was sent\n", flush=True)
    return delay


async def _draw(engine: Engine) -> None:
    """Draws the face again and again in place, on a terminal only."""
    if not sys.stdout.isatty():
        return
    print("\n" * (bars.HEIGHT - 1))
    while True:
        print(f"\x1b[{bars.HEIGHT}A{bars.draw(engine.values)}", flush=True)
        await asyncio.sleep(_REDRAW)


def _write(text: str) -> None:
    """Prints above the bars, where they are drawn."""
    above = f"\x1b[{bars.HEIGHT}A\x1b[J" if sys.stdout.isatty() else ""
    below = "\n" * bars.HEIGHT if above else ""
    print(f"{above}{text}{below}", flush=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@asynccontextmanager
async def _running(settings: config.Settings) -> AsyncIterator[int]:
    stopping = asyncio.Event()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def tell(port: int, driver: app.Driver) -> None:
        ready.set_result(port)

    task = asyncio.create_task(app.run(settings, stopping, tell), name="driver")

    def give_up(ended: "asyncio.Task[None]") -> None:
        if not ready.done():
            ready.set_exception(ended.exception() or ConnectionError("the driver stopped"))

    task.add_done_callback(give_up)
    port = await ready
    try:
        yield port
    finally:
        stopping.set()
        await task
