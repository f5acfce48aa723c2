"""A line: to keyframes, to a mouth, to the first packet; and how long a driver takes to start."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import numpy as np
from websockets.sync.client import ClientConnection, connect

from protocols import livelink
from protocols.messages import Line
from streamer import config
from streamer.brain import loading
from streamer.cues import Prompt
from streamer.face.speech import speech_of, warm
from streamer.measures.figures import LINE, ROUNDS, Figure, alone, beside, percentiles
from streamer.measures.outside import serving

_PATIENCE: Final = 20.0  # seconds that a driver has to send something
_SPOKEN: Final = 40  # lines
_MOVED: Final = 1e-6  # of a value: a face that was still has moved
# A 14-billion-parameter model in 16 bits reads its weights once a token: 28 GB at 3.35 TB/s are 8.4 ms a token on one
# H100, and a keyframe of the published format is about 500 tokens.
_PUBLISHED_MS: Final = 500 * 28e9 / 3.35e12 * 1e3


def model() -> Iterator[Figure]:
    """From text to keyframes, one line after the other."""
    brain = loading.load("")
    spent = []
    for n in range(150):
        prompt = Prompt(f"{LINE} {n}", "grief turning to anger", "A border post in winter.")
        began = time.perf_counter()
        brain.plan([prompt])
        spent.append((time.perf_counter() - began) * 1e3)
    spent = spent[10:]
    p50 = float(np.median(spent))
    yield from percentiles("text to keyframes", "ms", spent, {50: "<= 5 ms", 95: "", 99: f"<= {2 * p50:.2f} ms"})
    yield beside("first keyframe", "ms", [p50], [_PUBLISHED_MS], "a 14-billion model (estimate)", "<= 0.001x")


def speech() -> Iterator[Figure]:
    """From text to the sounds and curves of a mouth."""
    warm()
    spent = []
    for n in range(60):
        began = time.perf_counter()
        speech_of(Line("guard", f"{LINE} {n}")).curves()
        spent.append((time.perf_counter() - began) * 1e3)
    yield from percentiles("text to mouth, 20 words", "ms", spent, {50: "<= 2 ms"})


def answer() -> Iterator[Figure]:
    """From a line on the wire to the first packet that shows it, seen from outside."""
    planned, moved = [], []
    names = [f"c{n:03}" for n in range(_SPOKEN)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as engine:
        engine.bind(("127.0.0.1", 0))
        address = config.Address("127.0.0.1", engine.getsockname()[1])
        with serving(names, address, still=True) as driver, connect(driver.url, compression=None) as game:
            game.recv()
            for name in names:
                sent, plan, move = _spoken(game, engine, name)
                planned.append((plan - sent) * 1e3)
                moved.append((move - sent) * 1e3)
    waits = np.subtract(moved, planned)
    yield from percentiles("line to keyframes on the wire", "ms", planned, {50: "", 99: ""})
    yield from percentiles("line to first packet", "ms", moved, {50: "", 99: ""})
    yield from percentiles("first packet after the plan", "ms", [float(w) for w in waits], {99: "<= 25 ms"})


def start() -> Iterator[Figure]:
    """From nothing to the first packet of a driver with a character, beside importing numpy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as engine:
        engine.bind(("127.0.0.1", 0))
        ours = [_started(engine) for _ in range(ROUNDS)]
    theirs = [_process("import numpy") for _ in range(ROUNDS)]
    yield beside("start to first packet", "ms", [first for first, _ in ours], theirs, "import numpy", "<= 5x")
    yield alone("start to ready, the brain loaded", "ms", [ready for _, ready in ours])


def _spoken(game: ClientConnection, engine: socket.socket, name: str) -> tuple[float, float, float]:
    """When a line was sent, its plan answered, and the character first moved."""
    message = {"type": "line", "character": name, "text": f"{LINE} {name}", "emotion": "fury", "delay": "signal"}
    _empty(engine)
    sent = time.perf_counter()
    game.send(json.dumps(message))
    while json.loads(game.recv())["type"] != "planned":
        pass
    planned = time.perf_counter()
    while True:
        packet = livelink.decode(engine.recv(2048))
        if packet.subject == name and packet.values is not None and np.abs(packet.values).max() > _MOVED:
            return sent, planned, time.perf_counter()


def _started(engine: socket.socket) -> tuple[float, float]:
    """Milliseconds from the start of a driver to its first packet and to its word that it is ready."""
    _empty(engine)
    began = time.perf_counter()
    address = config.Address("127.0.0.1", engine.getsockname()[1])
    with serving(["guard"], address, first=lambda: engine.recv(2048)) as driver:
        return (driver.first - began) * 1e3, (time.perf_counter() - began) * 1e3


def _process(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


def _empty(engine: socket.socket) -> None:
    engine.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            engine.recv(2048)
    engine.settimeout(_PATIENCE)
