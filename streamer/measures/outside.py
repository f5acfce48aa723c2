"""A driver in a process of its own, and programs of this machine around it that measure what arrives."""

import contextlib
import json
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from protocols import livelink
from streamer import config
from streamer.performance import FPS

_STARTED: Final = 30.0  # seconds that a process has to say that it is ready
_UPGRADE: Final = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_PING, _PONG = 0x89, 0x8A
_DEFAULT_BUFFER: Final = 212_992  # bytes, Linux' net.core.rmem_default


@dataclass(frozen=True, slots=True)
class Served:
    """A running driver."""

    process: "subprocess.Popen[str]"
    port: int
    first: float  # when the awaited sign of life came, by perf_counter

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    def metric(self, name: str) -> float:
        """One value of its /metrics page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as page:
            lines = page.read().decode().splitlines()
        return float(next(line.rsplit(" ", 1)[1] for line in lines if line.startswith(f"facecue_{name}")))


@contextmanager
def serving(
    characters: Sequence[str],
    livelink_to: config.Address | None,
    still: bool = False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[Served]:
    """`facecue serve` with these characters on stage, until the block is left; `first` waits for a sign of life."""
    table = ["port = 0", f"max_characters = {max(len(characters), 1)}"]
    table += ["[profile]", "still = 0.0"] * still
    table += [f'[[livelink]]\naddress = "{livelink_to}"'] if livelink_to else []
    table += [f'[[character]]\nname = "{name}"' for name in characters]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "facecue.toml"
        path.write_text("\n".join(table if livelink_to else ["livelink = []", *table]) + "\n", "utf-8")
        with child(["-c", _COMMAND, "serve", "--config", str(path)]) as process:
            first()
            lived = time.perf_counter()
            yield Served(process, int(said(process).split("ws://127.0.0.1:")[1].split(",")[0]), lived)


_COMMAND: Final = "import sys; from streamer.cli import main; sys.exit(main())"


@contextmanager
def child(arguments: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """A Python process that is told to stop when the block is left."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def said(process: "subprocess.Popen[str]") -> str:
    """The next line that a process prints; raises RuntimeError when it ends without one."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("a process of the measurement ended before it was ready")
    return line


@contextmanager
def clients(port: int, many: int, wanted: str = '"*"', stalled: int = 0) -> Iterator[None]:
    """So many WebSocket clients in a process of their own that read what comes; some of them never read."""
    with child(["-m", "streamer.measures.outside", "clients", str(port), str(many), wanted, str(stalled)]) as process:
        said(process)
        yield


@contextmanager
def receiver() -> Iterator[tuple[config.Address, "subprocess.Popen[str]"]]:
    """A process that counts Live Link packets in a socket with the default buffer; see `counted`."""
    with child(["-m", "streamer.measures.outside", "receiver"]) as process:
        yield config.Address("127.0.0.1", int(said(process))), process


def counted(process: "subprocess.Popen[str]") -> dict[str, float]:
    """What a receiver counted in its last second."""
    found: dict[str, float] = json.loads(said(process))
    return found


def _clients(port: int, many: int, wanted: str, stalled: int) -> None:
    subscribe = f'{{"type":"subscribe","characters":[{wanted}],"format":"binary","rate":60}}'.encode()
    readers = selectors.DefaultSelector()
    kept = []
    for n in range(many):
        connected = socket.create_connection(("127.0.0.1", port))
        connected.sendall(_UPGRADE.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connected.recv(65536)
        connected.sendall(bytes([0x81, 0x80 | 126, *len(subscribe).to_bytes(2, "big"), 0, 0, 0, 0]) + subscribe)
        connected.setblocking(False)
        kept.append(connected)
        if n >= stalled:
            readers.register(connected, selectors.EVENT_READ, _Client(connected, answer.partition(b"\r\n\r\n")[2]))
    print("ready", flush=True)
    while True:
        for key, _ in readers.select():
            client: _Client = key.data
            if not client.read():
                return
        time.sleep(0.01)  # a client reads a tick or two at once


class _Client:
    """The other end of a WebSocket, just enough of one: it drops what comes and answers pings."""

    def __init__(self, connected: socket.socket, rest: bytes) -> None:
        self._socket = connected
        self._rest = rest

    def read(self) -> bool:
        """Takes what has come; whether the connection still stands."""
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return True
        unread = self._rest + data
        at = 0
        while (end := _end(unread, at)) <= len(unread):
            if unread[at] == _PING:
                self._socket.send(bytes([_PONG, 0x80 | (end - at - 2), 0, 0, 0, 0]) + unread[at + 2 : end])
            at = end
        self._rest = unread[at:]
        return bool(data)


def _end(data: bytes, at: int) -> int:
    """Where the server's frame that begins at `at` ends; beyond the data where that cannot be told yet."""
    size, wide = (data[at + 1], 0) if len(data) >= at + 2 else (len(data), 0)
    if size == 126:
        size, wide = int.from_bytes(data[at + 2 : at + 4], "big"), 2
    elif size == 127:
        size, wide = int.from_bytes(data[at + 2 : at + 10], "big"), 8
    is_known = len(data) >= at + 2 + wide
    return at + 2 + wide + size if is_known else len(data) + 1


def _receiver() -> None:
    inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _DEFAULT_BUFFER // 2)  # Linux doubles it
    inbox.bind(("127.0.0.1", 0))
    print(inbox.getsockname()[1], flush=True)
    packet = bytearray(2048)
    counts: Counter[bytes] = Counter()  # by frame; a pause to add up would lose packets
    until = time.monotonic() + 1.0
    while True:
        size = inbox.recv_into(packet)
        counts[bytes(packet[size - livelink.FACE_BYTES : size - livelink.FACE_BYTES + 4])] += 1
        if len(counts) > FPS and time.monotonic() >= until:
            frames = sorted(counts)[1:-1]  # these are whole
            span = int.from_bytes(frames[-1], "big") - int.from_bytes(frames[0], "big") + 1
            print(json.dumps({"packets": sum(counts[frame] for frame in frames), "frames": span}), flush=True)
            counts.clear()
            until = time.monotonic() + 1.0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, ConnectionError):
        if sys.argv[1] == "clients":
            _clients(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
        else:
            _receiver()
