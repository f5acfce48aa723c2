"""The JavaScript client in Node, and the three.js page in Chromium, against a running driver."""

import asyncio
import functools
import http.server
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols.arkit import CHANNELS, INDEX
from protocols.profiles import Profile
from streamer.config import Character
from tests.browser import browsing, program
from tests.doubles import running

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long

CLIENT = ROOT / "streamer" / "preview" / "facecue.js"
WEB = ROOT / "examples" / "web"
STUB = "/tests/interop/web/three.js"
CAST = (Character("guard"), Character("Dieb ü"))


def node() -> list[str]:
    """The command of a Node that has WebSocket: of itself since 22, by an option since 20.10."""
    for command in (["node"], ["node", "--no-warnings", "--experimental-websocket"]):
        check = [*command, "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
        if shutil.which("node") and subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return command
    return []


@pytest.fixture(scope="module")
def command() -> list[str]:
    found = node()
    if not found:
        pytest.skip("no node with WebSocket is installed (20.10 and later)")
    return found


class Clients:
    """The two clients in Node."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []

    async def until(self, who: str, kind: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        while True:
            line = await asyncio.wait_for(self._process.stdout.readline(), 60)
            assert line, "node ended"
            self.told.append(json.loads(line))
            if (self.told[-1]["who"], self.told[-1]["kind"]) == (who, kind):
                return self.told[-1]

    def what(self, who: str, kind: str) -> list[Any]:
        return [each["what"] for each in self.told if (each["who"], each["kind"]) == (who, kind)]


@asynccontextmanager
async def clients(command: list[str], folder: Path, port: int) -> AsyncIterator[Clients]:
    module = folder / "facecue.mjs"  # a name that makes it a module to every Node
    shutil.copyfile(CLIENT, module)
    process = await asyncio.create_subprocess_exec(
        *command, str(ROOT / "tests" / "interop" / "web" / "client.mjs"), str(module), f"ws://127.0.0.1:{port}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Clients(process)
    finally:
        process.terminate()
        await process.communicate()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_json_and_binary_frames_bring_the_values_that_were_sent(command: list[str], tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(character=CAST) as host, clients(command, tmp_path, host.port) as both:
            await both.until("json", "finished")
            sent = np.array([p.values for p in host.engine.packets() if p.subject == "guard"])
        (line_id,) = both.what("json", "id")
        for kind in ("open", "hello", "accepted", "planned", "started"):
            assert len(both.what("json", kind)) == 1
        assert both.what("json", "finished") == [{"type": "finished", "id": line_id, "reason": "done"}]
        assert both.what("binary", "hello")[0]["names"] == list(CHANNELS)
        assert both.what("json", "kinds")[0] == ["Array", "Array"]
        assert both.what("binary", "kinds")[0] == ["Float32Array", "Float32Array"]
        one, other = ({f["frame"]: f["values"] for f in both.what(who, "frame")} for who in ("json", "binary"))
        common = sorted(one.keys() & other.keys())
        as_json, as_binary = (np.array([frames[number] for number in common]) for frames in (one, other))
        assert len(common) > 20 and np.ptp(as_json, axis=0).max() > 0.2  # the face acted
        assert np.abs(as_json - as_binary).max() <= 1e-6
        assert max(np.abs(sent - row).max(axis=1).min() for row in as_binary) <= 1e-6

    asyncio.run(scene())


def test_the_client_connects_and_subscribes_again_when_the_driver_comes_back(
    command: list[str], tmp_path: Path
) -> None:
    async def scene() -> None:
        port = free_port()
        async with clients(command, tmp_path, port) as both:
            for _ in range(2):
                async with running(character=CAST, port=port):
                    await both.until("binary", "frame")
                await both.until("binary", "close")

    asyncio.run(scene())


class Pages(http.server.SimpleHTTPRequestHandler):
    """The repository, as python -m http.server shows it; the page's three.js needs no network here."""

    def __init__(self, driver: str, *arguments: Any) -> None:
        self._driver = driver
        super().__init__(*arguments, directory=str(ROOT))

    def do_GET(self) -> None:
        if self.path != "/examples/web/":
            super().do_GET()
            return
        page = (WEB / "index.html").read_text("utf-8").replace("ws://127.0.0.1:8765", self._driver)
        addresses = {"three": STUB, "three/addons/loaders/GLTFLoader.js": STUB}
        page = re.sub(r'\{"imports": .*?\}\}', json.dumps({"imports": addresses}), page, flags=re.DOTALL)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(driver: str) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, driver))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/examples/web/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.skipif(program() is None, reason="chromium is not installed")
def test_a_click_on_the_page_makes_its_morph_targets_act() -> None:
    async def scene() -> None:
        async with running(profile=Profile(still=0.0)) as host:
            with serving(f"ws://127.0.0.1:{host.port}") as url:
                async with browsing(url) as page:
                    await page.until("window.head && typeof onclick === 'function'")
                    weights = "window.head.map((mesh) => mesh.morphTargetInfluences)"
                    acting = "head[0].morphTargetInfluences[2] > 0.05 && head[1].morphTargetInfluences[0] > 0.01"
                    while not await page.run(acting):  # the first clicks may come before the connection
                        await page.run("document.body.click()")
                        await asyncio.sleep(0.5)
                    (jaw, other, brow), (teeth,) = await page.run(weights)
            sent = np.array([p.values for p in host.engine.packets() if p.values is not None])
        assert (other, teeth) == (0, jaw)
        shapes = sent[:, [INDEX["JawOpen"], INDEX["BrowDownLeft"]]]
        assert np.abs(shapes - np.array([jaw, brow])).max(axis=1).min() <= 1e-6

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_the_page_is_short() -> None:
    assert len((WEB / "index.html").read_text("utf-8").splitlines()) < 40


def test_every_method_of_the_client_is_typed() -> None:
    methods = set(re.findall(r"^  (?:constructor|[a-z]+)\(", CLIENT.read_text("utf-8"), re.MULTILINE))
    typed = set(
        re.findall(r"^  (?:constructor|[a-z]+)(?=[(<])", (WEB / "facecue.d.ts").read_text("utf-8"), re.MULTILINE)
    )
    inner = {"  connect(", "  receive(", "  tell("}
    assert methods - inner == {f"{name}(" for name in typed}
