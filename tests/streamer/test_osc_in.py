import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from protocols import osc
from protocols.osc import Argument, Bundle, Message
from streamer.config import Address, Character, ConfigError, OscIn, Settings, check
from tests.clock import run
from tests.doubles import Running, running

WARNINGS = "streamer.inputs.osc"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sender(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect(("127.0.0.1", port))
        yield made


def packet(kind: str, *arguments: Argument) -> bytes:
    return osc.encode(Message(f"/facecue/{kind}", arguments))


async def send(host: Running, *datagrams: bytes) -> None:
    """Sends to the only OSC input of a driver, and lets it act."""
    with sender(host.osc_port) as made:
        for datagram in datagrams:
            made.send(datagram)
    await asyncio.sleep(0.2)


def test_a_line_moves_the_face_and_its_end_is_counted() -> None:
    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("127.0.0.1", free_port())),)) as host:
            await send(host, packet("line", "guard", "Halt!", "furious", "Night."))
            assert max(abs(p.values).max() for p in host.engine.packets() if p.values is not None) > 0.1
            await asyncio.sleep(5)
            assert host.driver.stats.finished == {"done": 1} and host.driver.stats.errors == 0

    run(scene())


def test_a_stop_a_gaze_and_a_mood_act_too() -> None:
    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("127.0.0.1", free_port())),)) as host, host.client() as page:
            await page.send({"type": "subscribe"})
            await page.connection.recv()
            mood = Message("/facecue/mood", ("guard", "sad", 0.5))
            gaze = Message("/facecue/gaze", ("thief", 0.3, 0.1))
            await send(host, osc.encode(Bundle(osc.IMMEDIATE, (mood, Bundle(1, (gaze,))))))
            assert set(host.driver.performance.characters) == {"guard", "thief"}
            await send(host, packet("line", "guard", "Halt! " * 20), packet("stop", "*"))
            assert (await page.until("finished"))["reason"] == "stopped"
            assert host.driver.stats.errors == 0

    run(scene())


NESTED = b"#bundle\0" + bytes(8)
BAD = {
    "nothing": b"",
    "truncated": packet("line", "guard", "Halt!")[:-4],
    "odd": packet("line", "guard", "Halt!")[:-1],
    "a wrong tag": b"/facecue/stop\0\0\0,q\0\0guard\0\0\0",
    "no comma": b"/facecue/stop\0\0\0s\0\0\0guard\0\0\0",
    "a huge blob": packet("stop", b"x" * 60_000),
    "a blob beyond its packet": b"/facecue/stop\0\0\0,b\0\0\x7f\xff\xff\xff",
    "bundles in bundles": osc.encode(Bundle(1, (Bundle(1, (Bundle(1, (Bundle(1, (Bundle(1, ()),)),)),)),))),
    "an endless nest": NESTED * 12,
    "a thousand messages": osc.encode(Bundle(1, (Message("/facecue/stop", ("*",)),) * 500)),
    "bad UTF-8": b"/facecue/stop\0\0\0,s\0\0\xff\xfe\0\0",
    "NaN": b"/facecue/stop\0\0\0,sf\0guard\0\0\0\x7f\xc0\0\0",
    "an unknown address": osc.encode(Message("/dance")),
    "a stop for nobody": packet("stop", "nobody"),
    "a text for a number": packet("gaze", "guard", "left", "up"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_packet_is_counted_named_and_disturbs_nothing(bad: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        place = OscIn(Address("127.0.0.1", free_port()))
        async with running(osc_in=(place,), character=(Character("guard"),)) as host, host.client() as game:
            await game.send({"type": "line", "character": "guard", "text": "Halt!", "duration": 2.0})
            await game.until("started")
            await send(host, BAD[bad])
            expected = 0 if bad == "bundles in bundles" else 1  # which are empty, and well-formed
            assert host.driver.stats.errors == expected
            assert len([r for r in caplog.records if r.name == WARNINGS]) == expected
            await send(host, packet("mood", "thief", "sad"))
            assert "thief" in host.driver.performance.characters
            assert (await game.until("finished"))["reason"] == "done"

    with caplog.at_level(logging.WARNING):
        run(scene())


def test_a_flood_of_bad_packets_is_one_line_a_second_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("127.0.0.1", free_port())),)) as host:
            for _ in range(4):
                await send(host, *[b"\0garbage"] * 100)
                await asyncio.sleep(0.3)
            assert host.driver.stats.errors == 400

    with caplog.at_level(logging.WARNING):
        run(scene())
    told = [record.getMessage() for record in caplog.records if record.name == WARNINGS]
    assert len(told) == 2 and "others since the last one" in told[1]


def test_a_line_that_is_refused_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("127.0.0.1", free_port())),)) as host:
            await send(host, *[packet("line", "guard", "Halt! " * 20)] * 80)
            assert host.driver.stats.finished["refused"] > 0

    with caplog.at_level(logging.WARNING):
        run(scene())
    assert "osc: line refused: queue of guard is full" in caplog.text


def test_any_address_but_this_machines_own_wants_a_token() -> None:
    everywhere = (OscIn(Address("0.0.0.0", 8766)),)
    with pytest.raises(ConfigError, match=r"osc_in.address is 0.0.0.0:8766: a token is required"):
        check(Settings(osc_in=everywhere))
    check(Settings(osc_in=everywhere, token="sesame"))


def test_on_an_open_address_only_who_knows_the_token_is_heard() -> None:
    async def scene() -> None:
        async with running(osc_in=(OscIn(Address("0.0.0.0", free_port())),), token="sesame") as host:
            await send(host, packet("mood", "guard", "sad"))
            assert not host.driver.performance.characters and host.driver.stats.errors == 1
            await send(host, osc.encode(Message("/sesame/facecue/mood", ("guard", "sad"))))
            assert host.driver.performance.characters == ("guard",)

    run(scene())


def test_a_port_that_is_taken_is_said() -> None:
    async def scene() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            with pytest.raises(ConfigError, match=rf"cannot listen for OSC on 127.0.0.1:{port}: the port is in use"):
                async with running(osc_in=(OscIn(Address("127.0.0.1", port)),)):
                    pass

    run(scene())
