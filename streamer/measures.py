"""What `facecue bench` measures: each figure beside a reference that is measured in the same run."""

import asyncio
import ctypes
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from protocols.frames import Frame
from protocols.messages import Line
from streamer import config
from streamer.brain import loading
from streamer.cues import Prompt
from streamer.face.speech import speech_of, warm
from streamer.face.stage import Stage
from streamer.outputs.udp import LiveLinkOutput
from streamer.performance import FPS
from streamer.stats import Stats
from streamer.timers import best

ROUNDS: Final = 3
_PACKET: Final = bytes(302)  # as long as ours
_TICKS: Final = 90  # of a round of the clock
_LINE: Final = "You came all this way through the snow to tell me that the bridge is gone and nobody is coming?"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of the rounds and how far they lay apart, with the reference's where there is one."""

    name: str
    unit: str
    ours: float
    spread: float
    reference: float | None = None
    against: str = ""  # what the reference is
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.reference if self.reference else None


Measure = Callable[[], Iterator[Figure]]


def clock() -> Iterator[Figure]:
    """How late frames are, beside a C sleep to absolute times."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(asyncio.run(_beats()))
        theirs.append(_slept())
    for name, share, goal in (("frame lateness p50", 50, "<= 1.5x"), ("frame lateness p95", 95, "<= 2x")):
        a, b = ([float(np.percentile(x, share)) * 1e6 for x in rounds] for rounds in (ours, theirs))
        yield _figure(name, "us", a, b, "clock_nanosleep", goal)


def model() -> Iterator[Figure]:
    """From text to keyframes, one line after the other."""
    brain = loading.load("")
    spent = []
    for n in range(150):
        prompt = Prompt(f"{_LINE} {n}", "grief turning to anger", "A border post in winter.")
        began = time.perf_counter()
        brain.plan([prompt])
        spent.append((time.perf_counter() - began) * 1e3)
    spent = spent[10:]
    for share, goal in ((50, "<= 5 ms"), (95, ""), (99, "<= 2x p50")):
        yield Figure(f"text to keyframes p{share}", "ms", float(np.percentile(spent, share)), float(np.std(spent)),
                     goal=goal)  # fmt: skip


def speech() -> Iterator[Figure]:
    """From text to the sounds and curves of a mouth."""
    warm()
    spent = []
    for n in range(60):
        began = time.perf_counter()
        speech_of(Line("guard", f"{_LINE} {n}")).curves()
        spent.append((time.perf_counter() - began) * 1e3)
    yield Figure("text to mouth, 20 words p50", "ms", float(np.median(spent)), float(np.std(spent)), goal="<= 2 ms")


def faces() -> Iterator[Figure]:
    """The full face of a crowd, and sending it, beside a sender with one object a face."""
    with _receiver() as address:
        for many in (1, 100, 1000, 2000):
            shares = [100 * FPS * _crowd(many, address) for _ in range(ROUNDS)]
            goal = "<= 25 % of a core" if many == 2000 else ""
            yield Figure(f"{many} faces, of a core", "%", float(np.median(shares)), float(np.ptp(shares)), goal=goal)
        ours = [_crowd(1000, address) * 1e3 for _ in range(ROUNDS)]
        theirs = [_objects(1000, address) * 1e3 for _ in range(ROUNDS)]
    yield _figure("a face of 1000", "us", ours, theirs, "an object a face", "<= 0.1x")


def datagrams() -> Iterator[Figure]:
    """Packets out of a socket, beside one call a packet."""
    with _receiver() as address:
        output = LiveLinkOutput(config.LiveLink(address), {}, Stats())
        names = tuple(f"c{n:04}" for n in range(1000))
        frame = Frame(0, 0, 0.0, names, np.zeros((1000, 61), np.float32))
        ours = [_timed(lambda: output.send(frame), 10) * 1e3 for _ in range(ROUNDS)]
        theirs = [_timed(lambda: _sent_one_by_one(1000, address), 10) * 1e3 for _ in range(ROUNDS)]
        output.close()
    yield _figure("a packet", "us", ours, theirs, "a sendto loop", "<= 0.25x")


def start() -> Iterator[Figure]:
    """From nothing to a driver with its model, beside importing numpy."""
    code = ("import asyncio; from streamer import app, config\n"
            "async def main():\n"
            "    stop = asyncio.Event()\n"
            "    await app.run(config.Settings(port=0), stop, lambda *_: stop.set())\n"
            "asyncio.run(main())")  # fmt: skip
    ours = [_process(code) - _CLOSING for _ in range(ROUNDS)]
    theirs = [_process("import numpy") for _ in range(ROUNDS)]
    yield _figure("start to first packet", "ms", ours, theirs, "import numpy", "<= 5x")


_CLOSING: Final = 280.0  # ms that a stopped driver takes to let its faces rest

MEASURES: Final[dict[str, Measure]] = {
    "clock": clock, "datagrams": datagrams, "faces": faces, "model": model, "speech": speech, "start": start,
}  # fmt: skip


async def _beats() -> list[float]:
    loop = asyncio.get_running_loop()
    timer = best()
    origin, late = loop.time(), []
    for n in range(1, _TICKS + 1):
        await timer.until(origin + n / FPS)
        late.append(loop.time() - origin - n / FPS)
    timer.close()
    return late


def _slept() -> list[float]:
    """Lateness of clock_nanosleep, or of time.sleep where there is none."""
    libc: Any = ctypes.CDLL(None) if sys.platform != "win32" else None  # Any: functions by name
    origin, late = time.monotonic(), []
    for n in range(1, _TICKS + 1):
        due = origin + n / FPS
        if hasattr(libc, "clock_nanosleep"):
            libc.clock_nanosleep(1, 1, (ctypes.c_long * 2)(int(due), int(due % 1 * 1e9)), None)
        else:
            time.sleep(max(due - time.monotonic(), 0.0))
        late.append(time.monotonic() - due)
    return late


def _crowd(many: int, address: config.Address, ticks: int = 40) -> float:
    """Seconds a tick for so many speaking, living faces and their packets."""
    stage, output = Stage(), LiveLinkOutput(config.LiveLink(address), {}, Stats())
    curves = speech_of(Line("guard", _LINE)).curves()
    for n in range(many):
        stage.add(f"c{n:05}")
        stage.say(f"c{n:05}", curves, n % 60 / 60, 0.0)
    spent = []
    for n in range(1, ticks + 1):
        began = time.perf_counter()
        output.send(Frame(n, n, n / FPS, stage.names, stage.frame(n / FPS)))
        spent.append(time.perf_counter() - began)
    output.close()
    return float(np.median(spent))


def _sent_one_by_one(many: int, address: config.Address) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        for _ in range(many):
            plain.sendto(_PACKET, (address.host, address.port))


def _objects(many: int, address: config.Address, ticks: int = 5) -> float:
    """Seconds a tick for a sender that keeps an object a face, mixes, packs and sends each by itself."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    rows = [[0.0] * 61 for _ in range(many)]
    heads = [bytes(54) for _ in range(many)]
    began = time.perf_counter()
    for n in range(ticks):
        for row, head in zip(rows, heads, strict=True):
            for i in range(61):
                row[i] += (n * 0.01 - row[i]) * 0.3
            plain.sendto(head + struct.pack(">61f", *row), (address.host, address.port))
    plain.close()
    return (time.perf_counter() - began) / ticks


class _receiver:  # noqa: N801 - used as a context
    """A socket that takes what is sent, on this machine."""

    def __enter__(self) -> config.Address:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        return config.Address("127.0.0.1", self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _timed(act: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times


def _process(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


def _figure(name: str, unit: str, ours: Sequence[float], theirs: Sequence[float], against: str, goal: str) -> Figure:
    return Figure(name, unit, float(np.median(ours)), float(np.ptp(ours)), float(np.median(theirs)), against, goal)
