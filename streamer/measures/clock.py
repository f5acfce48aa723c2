"""The frame clock of a driver at work, from its own counters and from outside."""

import ctypes
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import numpy as np
from websockets.sync.client import connect

from streamer.measures.figures import LINE, ROUNDS, Figure, alone, beside
from streamer.measures.outside import child, clients, said, serving
from streamer.performance import FPS

_CLIENTS: Final = 100
_WINDOW: Final = 10.5  # seconds: the driver tells of its last ten
_PAUSE: Final = 0.05  # seconds between two lines for the brain


def clock() -> Iterator[Figure]:
    """How late frames are with a hundred clients and a brain at work, beside a C sleep to absolute times."""
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with serving(["guard"], None) as driver, clients(driver.port, _CLIENTS):
        stopping = threading.Event()
        talker = threading.Thread(target=_talk, args=(driver.url, stopping), daemon=True)
        talker.start()
        skipped = driver.metric("frames_skipped_total")
        for _ in range(ROUNDS):
            with child(["-m", "streamer.measures.clock", str(_WINDOW)]) as sleeper:
                late = json.loads(said(sleeper))
                sleeper.wait()
            theirs.append((late[0], late[1]))
            ours.append(
                (driver.metric('frame_lateness_seconds{quantile="0.5"}') * 1e6,
                 driver.metric('frame_lateness_seconds{quantile="0.95"}') * 1e6)
            )  # fmt: skip
        skipped = driver.metric("frames_skipped_total") - skipped
        stopping.set()
        talker.join()
    for i, (share, goal) in enumerate(((50, "<= 1.5x"), (95, "<= 2x"))):
        yield beside(f"frame lateness p{share}", "us", [x[i] for x in ours], [x[i] for x in theirs],
                     "clock_nanosleep", goal)  # fmt: skip
    yield alone(f"frames skipped in {ROUNDS * _WINDOW:.0f} s", "", [skipped], "<= 0")


def _talk(url: str, stopping: threading.Event) -> None:
    """Keeps the brain at work: lines that it has not seen, one after the other."""
    with connect(url, compression=None) as game:
        count = 0
        while not stopping.wait(_PAUSE):
            count += 1
            game.send(
                json.dumps({"type": "line", "character": "guard", "text": f"{LINE} {count}", "when": "interrupt"})
            )
            with suppress(TimeoutError):
                while True:
                    game.recv(timeout=0)


def _sleep(seconds: float) -> list[float]:
    """Lateness of clock_nanosleep at our rate, p50 and p95 in microseconds, or of time.sleep where there is none."""
    libc: Any = ctypes.CDLL(None) if sys.platform != "win32" else None  # Any: functions by name
    origin, late = time.monotonic(), []
    for n in range(1, round(seconds * FPS)):
        due = origin + n / FPS
        if hasattr(libc, "clock_nanosleep"):
            libc.clock_nanosleep(1, 1, (ctypes.c_long * 2)(int(due), int(due % 1 * 1e9)), None)
        else:
            time.sleep(max(due - time.monotonic(), 0.0))
        late.append((time.monotonic() - due) * 1e6)
    return [float(x) for x in np.percentile(late, [50, 95])]


if __name__ == "__main__":
    print(json.dumps(_sleep(float(sys.argv[1]))), flush=True)
