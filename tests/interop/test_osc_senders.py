"""Programs of others play a face by OSC: liblo's oscsend and python-osc."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing

import pytest

from streamer.config import Address, OscIn
from tests.clock import run
from tests.doubles import Running, running

Say = Callable[[int, str, str, list[str | float]], None]  # port, address, type tags, arguments
LONG = "Halt! Who goes there? " * 8


def oscsend(port: int, address: str, tags: str, arguments: list[str | float]) -> None:
    command = ["oscsend", "127.0.0.1", str(port), address, tags, *map(str, arguments)]
    subprocess.run(command, check=True, timeout=30)


def pythonosc(port: int, address: str, tags: str, arguments: list[str | float]) -> None:
    from pythonosc.udp_client import SimpleUDPClient

    client = SimpleUDPClient("127.0.0.1", port)
    with closing(client._sock):
        client.send_message(address, arguments)


@pytest.fixture(params=["oscsend", "python-osc"])
def say(request: pytest.FixtureRequest) -> Say:
    if request.param == "python-osc":
        pytest.importorskip("pythonosc", reason="python-osc, an independent OSC implementation, is missing")
        return pythonosc
    if shutil.which("oscsend") is None:
        pytest.skip("oscsend, of Debian's liblo-tools, is missing")
    return oscsend


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_line_a_gaze_a_mood_and_a_stop(say: Say) -> None:
    async def act(host: Running) -> None:
        say(host.osc_port, "/facecue/line", "ssss", ["guard", LONG, "furious", "Nacht am Tör."])
        say(host.osc_port, "/facecue/gaze", "sff", ["guard", 0.3, -0.1])
        say(host.osc_port, "/facecue/mood", "ssf", ["thief", "weary", 0.5])
        await asyncio.sleep(1)

    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("127.0.0.1", free_port())),)) as host, host.client() as page:
            await page.send({"type": "subscribe"})
            await page.connection.recv()
            await act(host)
            assert host.driver.performance.characters == ("guard", "thief")
            planned = await page.until("planned")
            assert max(planned["keyframes"][0]["values"].values()) > 0.2
            say(host.osc_port, "/facecue/stop", "sf", ["*", 0.1])
            assert (await page.until("finished"))["reason"] == "stopped"
            assert host.driver.stats.errors == 0 and host.driver.stats.lines == 1

    run(scene())
