"""A full house for minutes: what memory does with 2,000 faces, 500 clients and lines all the while."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from websockets.sync.client import connect

from streamer.measures.figures import LINE, Figure, alone
from streamer.measures.outside import clients, receiver, serving

_FACES: Final = 2000
_CLIENTS: Final = 500
_SEEN: Final = 10  # faces that a client sees
_LINES: Final = 5  # a second
_MEGABYTE: Final = 1e6


def soak(minutes: int) -> Iterator[Figure]:
    """The memory of a driver in every minute, and what it grew after the first."""
    names = [f"c{n:04}" for n in range(_FACES)]
    wanted = ",".join(f'"{name}"' for name in names[:_SEEN])
    told = []
    with receiver() as (address, _), serving(names, address) as driver, clients(driver.port, _CLIENTS, wanted):
        with connect(driver.url, compression=None) as game:
            lines = itertools.count()
            for minute in range(1, minutes + 1):
                until = time.monotonic() + 60
                while time.monotonic() < until:
                    n = next(lines)
                    message = {"type": "line", "character": names[n * 7 % _FACES], "text": f"{LINE} {n}", "ttl": 10}
                    game.send(json.dumps(message))
                    with suppress(TimeoutError):
                        while True:
                            game.recv(timeout=0)
                    time.sleep(1 / _LINES)
                told.append(_resident(driver.process.pid))
                yield alone(f"memory after minute {minute}", "MB", [told[-1]])
        yield alone("ticks skipped", "", [driver.metric("frames_skipped_total")])
    yield alone("growth after minute 1", "MB", [told[-1] - told[0]])


def _resident(process: int) -> float:
    """Megabytes of a process in memory; not a number where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return float("nan")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024 / _MEGABYTE
