"""Debian's headless Godot 3 plays the example's scene and prints what it received from a running driver."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols import vmc
from protocols.arkit import CHANNELS, SHAPES, Floats
from streamer.config import Address, Character, Vmc
from tests.doubles import Running, running

PROGRAM = shutil.which("godot3-server")
pytestmark = [pytest.mark.long, pytest.mark.skipif(PROGRAM is None, reason="godot3-server is not installed")]

PROJECT = Path(__file__).parents[2] / "examples" / "godot"
GAME = Path(__file__).parent / "godot" / "game.gd"
LINE = {"type": "line", "character": "guard", "text": "Who goes there?", "emotion": "suspicious", "duration": 2.0}
CAST = (Character("guard"), Character("thief", mood="joy"))


@dataclass
class Godot:
    """The engine, as it runs."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.wait_for(self.process.stdout.readline(), 60)).decode().strip()

    async def until(self, said: str) -> None:
        while said != await self.line():
            pass

    async def frames(self, enough: int) -> list[dict[str, Any]]:
        """The next frames that differ from the one before."""
        received: list[dict[str, Any]] = []
        while len(received) < enough:
            line = await self.line()
            assert not line.startswith("SCRIPT ERROR"), line
            received += [json.loads(line)] if line.startswith("{") else []
        return received


@asynccontextmanager
async def godot(home: Path, **fields: str) -> AsyncIterator[Godot]:
    environment = {f"FACECUE_{name.upper()}": value for name, value in fields.items()}
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM), "--path", str(PROJECT), "--script", str(GAME),
        env=os.environ | {"HOME": str(home), "FACECUE_SHAPES": ",".join(SHAPES)} | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Godot(process)
    finally:
        process.terminate()
        await process.communicate()


def matrix(received: list[dict[str, Any]], field: str, names: tuple[str, ...]) -> Floats:
    assert all(set(frame[field]) == set(names) for frame in received)
    return np.array([[float(frame[field][name]) for name in names] for frame in received], np.float32)


def sent(host: Running) -> Floats:
    """Every frame of the guard since the last call: what went over Live Link at the same time."""
    rows = [packet.values for packet in host.engine.packets() if packet.subject == "guard"]
    return np.array([row for row in rows if row is not None])


def distances(received: Floats, sent: Floats) -> Floats:
    """For every frame received, how far it is from the nearest that was sent, at its farthest channel."""
    return np.array([np.abs(sent - row).max(axis=1).min() for row in received], np.float32)


@pytest.mark.parametrize("binary", ["0", "1"], ids=["json", "binary"])
def test_frames_over_websocket_move_the_mesh(tmp_path: Path, binary: str) -> None:
    async def scene() -> None:
        async with running(character=CAST) as host, host.client() as game:
            url = f"ws://127.0.0.1:{host.port}"
            async with godot(tmp_path, url=url, binary=binary, character="guard") as engine:
                received = await engine.frames(1)  # it is subscribed
                await game.send(LINE)
                received += await engine.frames(40)
            faces = sent(host)
        values = matrix(received, "values", CHANNELS)
        assert {frame["character"] for frame in received} == {"guard"}
        assert np.ptp(values, axis=0).max() > 0.1  # the face acted
        assert distances(values, faces).max() <= 1e-6
        assert np.abs(matrix(received, "mesh", SHAPES) - values[:, :52]).max() <= 1e-6

    asyncio.run(scene())


def test_it_connects_again_when_the_driver_comes_back(tmp_path: Path) -> None:
    async def scene() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        async with godot(tmp_path, url=f"ws://127.0.0.1:{port}", binary="1") as engine:
            await engine.until("ready")
            for character in ("guard", "thief"):
                async with running(character=(Character(character),), port=port):
                    assert (await engine.frames(1))[0]["character"] == character

    asyncio.run(scene())


def test_vmc_over_udp_moves_the_mesh(tmp_path: Path) -> None:
    rows = np.random.default_rng(3).random((5, 61)).astype(np.float32)

    async def scene() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            port = sender.getsockname()[1]
        async with godot(tmp_path, udp=str(port)) as engine:
            await engine.until("ready")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for row in rows:
                    for datagram in (b"#bundle\0", b"/VMC", *vmc.encode(row, 1.0)):
                        sender.sendto(datagram, ("127.0.0.1", port))
                received = await engine.frames(len(rows))
            vmc_output = (Vmc(Address("127.0.0.1", port), "guard"),)
            async with running(character=CAST, vmc=vmc_output) as host, host.client() as game:
                await game.send(LINE)
                streamed = await engine.frames(40)
                faces = sent(host)
        assert np.abs(matrix(received, "values", SHAPES) - rows[:, :52]).max() <= 1e-6
        assert np.abs(matrix(received, "mesh", SHAPES) - rows[:, :52]).max() <= 1e-6
        assert distances(matrix(streamed, "mesh", SHAPES), faces[:, :52]).max() <= 1e-6

    asyncio.run(scene())
