"""An OpenAI-compatible endpoint on loopback that answers in the published format, and misbehaves when told to."""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.vectors.keyframeface import FIRST, SECOND, WORDS, answer

MODEL = "facial-animator"
SCENE = {"background": "A gate.", "emotion": "suspicion", "keyframes": ["Brows down.", "Eyes wide."]}
Trick = Callable[["Pupil"], None]


class School:
    """What was asked, and what is to go wrong: one trick a request, in order, then honest answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.tricks: deque[Trick] = deque()
        self.scene: dict[str, Any] = SCENE
        self.most_at_once = self._now = 0
        self.think = self.sight = ""
        self.model = MODEL
        self.pause = 0.0  # seconds that every answer takes
        self.url = ""
        self._lock = threading.Lock()

    def enter(self, body: dict[str, Any], raw: bytes, headers: dict[str, str]) -> Trick | None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.asked.append(body)
            self.raw.append(raw)
            self.headers.append(headers)
            return self.tricks.popleft() if self.tricks else None

    def leave(self) -> None:
        with self._lock:
            self._now -= 1

    def say(self, body: dict[str, Any]) -> str:
        if isinstance(body["messages"][1]["content"], list):  # about a picture
            return self.think + self.sight
        task = body["messages"][1]["content"].rpartition("parameters for Keyframe ")[2]
        if task.rstrip(".").lower() not in WORDS:
            return self.think + json.dumps(self.scene)
        index = WORDS.index(task.rstrip(".").lower())
        return self.think + answer(SECOND if index else FIRST, index)


class Pupil(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    school: School
    body: dict[str, Any]

    def do_GET(self) -> None:
        self.give(200, {"object": "list", "data": [{"id": self.school.model}]})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.body = json.loads(raw)
        trick = self.school.enter(self.body, raw, dict(self.headers))
        time.sleep(self.school.pause)
        self.school.leave()  # before the answer: the next request may follow on its heels
        with contextlib.suppress(OSError):  # whoever asked has gone
            (trick or honest)(self)

    def completion(self, **changes: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.school.say(self.body)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 700, "completion_tokens": 300, "total_tokens": 1000}
        return {
            "id": "x",
            "object": "chat.completion",
            "model": self.body["model"],
            "choices": [choice],
            "usage": usage,
        } | changes

    def give(self, status: int, answer: object, headers: dict[str, str] | None = None) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


def honest(pupil: Pupil) -> None:
    pupil.give(200, pupil.completion())


def saying(text: object, **choice: object) -> Trick:
    return lambda pupil: pupil.give(
        200, pupil.completion(choices=[{"message": {"role": "assistant", "content": text}, **choice}])
    )


def failing(status: int, **headers: str) -> Trick:
    return lambda pupil: pupil.give(
        status, {"error": {"message": "not now"}}, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def lying(pupil: Pupil) -> None:
    pupil.give(200, pupil.completion(model="something-cheap-3b"))


def cut(pupil: Pupil) -> None:
    """Announces more than it gives."""
    data = json.dumps(pupil.completion()).encode()
    pupil.give(200, data[: len(data) // 2], {"Content-Length": str(len(data))})


def cut_stream(pupil: Pupil) -> None:
    """A chunked answer whose end never comes."""
    data = json.dumps(pupil.completion()).encode()[:500]
    pupil.send_response(200)
    pupil.send_header("Transfer-Encoding", "chunked")
    pupil.end_headers()
    pupil.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
    pupil.close_connection = True


def reset(pupil: Pupil) -> None:
    pupil.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    pupil.close_connection = True


def dripping(pupil: Pupil) -> None:
    """An answer that is ten seconds coming, a byte now and then: no single wait is long."""
    data = b" " * 200 + json.dumps(pupil.completion()).encode()
    pupil.send_response(200)
    pupil.send_header("Content-Length", str(len(data)))
    pupil.end_headers()
    for i in range(200):
        pupil.wfile.write(data[i : i + 1])
        pupil.wfile.flush()
        time.sleep(0.05)
    pupil.wfile.write(data[200:])


def endless(pupil: Pupil) -> None:
    """A chunked answer that goes on and on."""
    pupil.send_response(200)
    pupil.send_header("Transfer-Encoding", "chunked")
    pupil.end_headers()
    while True:
        pupil.wfile.write(b"400\r\n" + b" " * 1024 + b"\r\n")
        time.sleep(0.01)


def refusing_json_mode(pupil: Pupil) -> None:
    (failing(400) if "response_format" in pupil.body else honest)(pupil)


@contextmanager
def school(tls: ssl.SSLContext | None = None) -> Iterator[School]:
    taught = School()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Pupil,), {"school": taught}))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.block_on_close = False
    taught.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="school", daemon=True)
    thread.start()
    try:
        yield taught
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
