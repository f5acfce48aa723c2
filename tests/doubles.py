"""A running driver for tests, and the engines and clients that meet it: real ones, on loopback and in virtual time."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from protocols import livelink
from protocols.profiles import Profile
from streamer import app, config
from streamer.inputs.websocket import House

STATUE = Profile(still=0.0, articulation=0.0)  # a face that shows what it was told and nothing else


class Engine:
    """Listens where Unreal would."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)

    @property
    def address(self) -> config.Address:
        return config.Address("127.0.0.1", self._socket.getsockname()[1])

    def datagrams(self) -> list[bytes]:
        """What has come since the last call."""
        received = []
        while True:
            try:
                received.append(self._socket.recv(65536))
            except BlockingIOError:
                return received

    def packets(self) -> list[livelink.Packet]:
        return [livelink.decode(datagram) for datagram in self.datagrams()]

    def close(self) -> None:
        self._socket.close()


@dataclass
class Running:
    """A driver that runs, the engine it sends to, and its off switch."""

    port: int
    driver: app.Driver
    engine: Engine
    stopping: asyncio.Event
    task: "asyncio.Task[None]"
    settings: config.Settings

    @property
    def osc_port(self) -> int:
        """Of the first OSC input."""
        return self.settings.osc_in[0].address.port

    @asynccontextmanager
    async def client(self, path: str = "/", **options: Any) -> AsyncIterator["Client"]:
        async with connect(
            f"ws://127.0.0.1:{self.port}{path}", compression=None, max_size=None, **options
        ) as connection:
            hello = json.loads(await connection.recv())
            yield Client(connection, hello)


@dataclass
class Client:
    """A game's end of the wire."""

    connection: ClientConnection
    hello: dict[str, Any]

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    async def answer(self) -> dict[str, Any]:
        """The next answer that is no frame."""
        while True:
            data = await asyncio.wait_for(self.connection.recv(), 60)
            if isinstance(data, str) and (answer := json.loads(data))["type"] != "frame":
                return dict(answer)

    async def ask(self, message: object) -> dict[str, Any]:
        await self.send(message)
        return await self.answer()

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            answer = await self.answer()
            if answer["type"] == kind:
                return answer


@asynccontextmanager
async def running(
    house: Callable[[app.Driver], House] = lambda driver: driver, **fields: Any
) -> AsyncIterator[Running]:
    """A driver on a free port that sends Live Link to an engine of its own; `house` is what its front door leads to."""
    engine = Engine()
    settings = config.Settings(
        **{"port": 0, "model": "rules", "livelink": (config.LiveLink(engine.address),), "profile": STATUE} | fields
    )
    stopping = asyncio.Event()
    ready: asyncio.Future[tuple[int, app.Driver]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        app.run(settings, stopping, lambda *told: ready.set_result(told), house=house), name="driver"
    )

    def give_up(ended: "asyncio.Task[None]") -> None:
        if not ready.done():
            ready.set_exception(ended.exception() or ConnectionError("the driver stopped"))

    task.add_done_callback(give_up)
    try:
        port, driver = await ready
        yield Running(port, driver, engine, stopping, task, settings)
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)
        engine.close()
