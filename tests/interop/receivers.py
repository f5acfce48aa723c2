"""Programs that listen for datagrams and print what they understood, a line for each message."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import Floats
from protocols.frames import Frame
from streamer import config
from streamer.app import make_outputs
from streamer.commands.doctor import listener_at
from streamer.outputs.udp import Output
from streamer.stats import Stats
from tests.doubles import Engine

FRAMES: Final = 20
INSTALL: Final = 120.0  # seconds for npm
PATIENCE: Final = 30.0  # seconds for one line, on a loaded machine
_LOOK: Final = 0.02  # seconds between two looks at a port
MARK: Final = "/the/end"  # of a frame
NAME: Final = "guard"
NPM_OSC: Final = "osc@2.4.5"
_LISTEN: Final = """
const osc = require("osc");
const port = new osc.UDPPort({localAddress: "127.0.0.1", localPort: Number(process.argv[1]), metadata: true});
port.on("message", ({address, args}) => console.log(JSON.stringify([address, ...args.map((arg) => arg.value)])));
port.on("error", (error) => console.log(JSON.stringify(["error", error.message])));
port.open();
"""

Heard = list[tuple[str, list[object]]]  # messages: address and arguments
Read = Callable[[str], tuple[str, list[object]]]
Settings = Callable[[config.Address], config.Settings]


def faces() -> Floats:
    """A face a frame: weights and rotations of every size, the same on every run."""
    values = np.random.default_rng(7).uniform(-1, 1, (FRAMES, 61))
    values[:, :52] = np.abs(values[:, :52])
    values[0] = 0
    return values.astype(np.float32)


def frame(number: int) -> Frame:
    return Frame(number, number, number / 60, (NAME,), faces()[number][None])


def npm_osc(folder: Path) -> str | None:
    """Installs npm's osc into a folder; why it could not be."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node or npm is missing"
    quick = ["--omit=optional", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    command = ["npm", "install", "--prefix", str(folder), *quick, NPM_OSC]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not install {NPM_OSC} in {INSTALL:g} s"
    return None if done.returncode == 0 else f"npm could not install {NPM_OSC}: {done.stderr.strip()[-200:]}"


def by_node(folder: Path) -> Callable[[int], tuple[str, ...]]:
    """The command that listens with npm's osc."""
    return lambda port: ("env", f"NODE_PATH={folder / 'node_modules'}", "node", "-e", _LISTEN, str(port))


def by_oscdump(port: int) -> tuple[str, ...]:
    return ("oscdump", "-L", str(port))


def read_json(line: str) -> tuple[str, list[object]]:
    address, *values = json.loads(line)
    return address, values


def read_oscdump(line: str) -> tuple[str, list[object]]:
    """TIME ADDRESS TAGS ARGUMENTS..., text in quotes; none of ours holds a blank."""
    _, address, *rest = line.split()
    tags, *words = rest or [""]
    return address, [_read_word(tag, word) for tag, word in zip(tags, words, strict=True)]


def _read_word(tag: str, word: str) -> object:
    match tag:
        case "f":
            return float(word)
        case "i":
            return int(word)
        case "s":
            return word.strip('"')
    return tag == "T"


async def hear(command: Callable[[int], tuple[str, ...]], read: Read, settings: Settings) -> list[Heard]:
    """What a program hears of each frame that the outputs of the settings send it."""
    probe = Engine()
    address = probe.address
    probe.close()
    mark = config.Osc(address, prefix=MARK, layout="row", channels=("JawOpen",))
    async with _listening(command(address.port), address) as lines:
        with ExitStack() as stack:
            sent = settings(address), config.Settings(livelink=(), osc=(mark,))
            outputs = [output for each in sent for output in make_outputs(each, Stats())]
            for output in outputs:
                stack.enter_context(closing(output))
            return [await _hear_frame(lines, read, outputs, number) for number in range(FRAMES)]


async def _hear_frame(lines: AsyncIterator[str], read: Read, outputs: Sequence[Output], number: int) -> Heard:
    for output in outputs:
        output.send(frame(number))
    heard: Heard = []
    while not heard or heard[-1][0] != MARK:
        heard.append(read(await asyncio.wait_for(anext(lines), PATIENCE)))
    return heard[:-1]


@asynccontextmanager
async def _listening(command: tuple[str, ...], address: config.Address) -> AsyncIterator[AsyncIterator[str]]:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        await _until_bound(address)
        yield _lines(process)
    finally:
        process.kill()
        await process.communicate()


async def _until_bound(address: config.Address) -> None:
    for _ in range(round(PATIENCE / _LOOK)):
        if listener_at(address) == "something listens there":
            return
        await asyncio.sleep(_LOOK)
    raise TimeoutError(f"nothing listens at {address}")


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    assert process.stdout is not None
    async for line in process.stdout:
        yield line.decode()
