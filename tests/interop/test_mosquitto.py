"""Lines through Debian's mosquitto, which is killed and started again; in real time, as the broker knows no other."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols import frames
from streamer.config import Mqtt
from tests.doubles import running

aiomqtt = pytest.importorskip("aiomqtt", reason="aiomqtt, of facecue[mqtt], is missing")
if shutil.which("mosquitto") is None:
    pytest.skip("Debian's mosquitto is missing", allow_module_level=True)

from paho.mqtt.packettypes import PacketTypes  # noqa: E402
from paho.mqtt.properties import Properties  # noqa: E402

pytestmark = pytest.mark.long

LINE = {"character": "guard", "text": "Halt!", "duration": 0.3}
PATIENCE = 60.0  # seconds, for the slowest machine


class Mosquitto:
    """A broker of our own, in a folder of its own."""

    def __init__(self, folder: Path, *settings: str, tls: bool = False) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"mqtt{'s' if tls else ''}://localhost:{self.port}"
        self._file = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", *settings]
        lines += ["persistence true", f"persistence_location {folder}/", "autosave_on_changes true"]
        lines += ["autosave_interval 1"] + (["user root"] if os.getuid() == 0 else [])
        self._file.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(["mosquitto", "-c", str(self._file)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise ConnectionError("mosquitto does not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path, "allow_anonymous true")
    broker.start()
    yield broker
    broker.kill()


class Game:
    """A client that holds on to its session, publishes until the broker has it, and keeps what it hears."""

    def __init__(self, broker: Mosquitto, **options: Any) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._broker, self._options = broker, options
        self._client: Any = None
        self._session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        self._session.SessionExpiryInterval = 600

    async def stay(self) -> None:
        while True:
            client = aiomqtt.Client(
                "localhost", self._broker.port, identifier="game", protocol=aiomqtt.ProtocolVersion.V5,
                clean_start=False, properties=self._session, timeout=5, **self._options,
            )  # fmt: skip
            with suppress(aiomqtt.MqttError):
                async with client:
                    await client.subscribe("facecue/#", qos=1)
                    await client.subscribe("mine/#", qos=1)
                    self._client = client
                    async for message in client.messages:
                        self.heard.append((message.topic.value, message))
            self._client = None
            await asyncio.sleep(0.2)

    async def publish(self, topic: str, payload: object, **options: Any) -> None:
        data = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        while True:
            try:
                if self._client is not None:
                    await self._client.publish(topic, data, qos=1, timeout=2, **options)
                    return
            except aiomqtt.MqttError:
                pass
            await asyncio.sleep(0.05)

    def answers(self, kind: str, prefix: str = "facecue/out") -> list[dict[str, Any]]:
        return [json.loads(message.payload) for topic, message in self.heard if topic == f"{prefix}/{kind}"]

    def status(self) -> list[bytes]:
        return [message.payload for topic, message in self.heard if topic.startswith("facecue/status/")]


@asynccontextmanager
async def game_at(broker: Mosquitto, **options: Any) -> AsyncIterator[Game]:
    game = Game(broker, **options)
    task = asyncio.create_task(game.stay(), name="game")
    try:
        yield game
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settled(growing: set[str]) -> set[str]:
    """A set that has not grown for some seconds."""
    size = -1
    while size < len(growing):
        size = len(growing)
        await asyncio.sleep(5)
    return growing


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not claim():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


@asynccontextmanager
async def scene(broker: Mosquitto, **fields: Any) -> AsyncIterator[tuple[Any, Game]]:
    """A driver and a game at one broker."""
    async with game_at(broker) as game, running(mqtt=(Mqtt(broker.url, **fields),)) as host:
        await until(lambda: game.status()[-1:] == [b"online"])
        yield host, game


def test_a_line_from_a_topic_is_answered_step_by_step(mosquitto: Mosquitto) -> None:
    async def play() -> None:
        async with scene(mosquitto) as (host, game):
            await until(lambda: game.answers("hello"))
            assert len(game.answers("hello")[0]["names"]) == 61
            await game.publish("facecue/in", {"type": "line", "id": "a"} | LINE)
            await game.publish("facecue/in/line", LINE | {"id": "b", "character": "thief"})
            await until(lambda: len(game.answers("finished")) == 2)
            assert {answer["id"] for answer in game.answers("accepted")} == {"a", "b"}
            assert len(game.answers("planned")) == len(game.answers("started")) == 2
            assert host.driver.stats.finished == {"done": 2}
        assert game.status() == [b"online", b"offline"]

    asyncio.run(play())


def test_a_response_topic_gets_the_answers_with_the_correlation(mosquitto: Mosquitto) -> None:
    async def play() -> None:
        async with scene(mosquitto) as (_, game):
            wanted = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            wanted.ResponseTopic, wanted.CorrelationData = "mine/answers", b"\x00\x01"
            await game.publish("facecue/in/line", LINE, properties=wanted)
            await until(lambda: len(game.answers("answers", "mine")) == 4)
            mine = [message for topic, message in game.heard if topic == "mine/answers"]
            assert [json.loads(m.payload)["type"] for m in mine] == ["accepted", "planned", "started", "finished"]
            assert {m.properties.CorrelationData for m in mine} == {b"\x00\x01"}
            assert game.answers("accepted") == []

    asyncio.run(play())


def test_a_broker_killed_and_started_again_loses_no_accepted_line(mosquitto: Mosquitto) -> None:
    ids = [f"line {number}" for number in range(40)]

    async def play() -> None:
        async with scene(mosquitto) as (host, game), host.client() as page:
            await page.send({"type": "subscribe", "rate": 1})
            accepted: set[str] = set()

            async def watch() -> None:
                while True:
                    accepted.add((await page.until("accepted"))["id"])

            def has_accepted(count: int) -> bool:
                return len(accepted) >= count

            async def say() -> None:
                for number, line_id in enumerate(ids):
                    line = LINE | {"id": line_id, "character": f"face {number % 4}"}
                    await game.publish("facecue/in/line", line)
                    await asyncio.sleep(0.02)

            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(watch())
                saying = tasks.create_task(say())
                for enough in (8, 16):
                    await until(partial(has_accepted, enough))
                    mosquitto.kill()
                    await asyncio.sleep(1.0)  # lines end meanwhile
                    mosquitto.start()
                await saying
                for line_id in sorted(set(ids) - await settled(accepted)):  # what a dying broker had not passed on
                    await game.publish("facecue/in/line", LINE | {"id": line_id})
                await until(lambda: accepted == set(ids))
                await until(lambda: {answer["id"] for answer in game.answers("finished")} == set(ids))
                watching.cancel()
            assert {answer["id"] for answer in game.answers("accepted")} == set(ids)
            assert {answer["reason"] for answer in game.answers("finished")} == {"done"}

    asyncio.run(play())


def test_lines_that_come_while_the_driver_is_away_are_played_when_it_is_back(mosquitto: Mosquitto) -> None:
    async def play() -> None:
        async with game_at(mosquitto) as game:
            settings = (Mqtt(mosquitto.url, client_id="the-driver"),)
            async with running(mqtt=settings):
                await until(lambda: game.status() == [b"online"])
            await game.publish("facecue/in/line", LINE | {"id": "meanwhile"})
            async with running(mqtt=settings):
                await until(lambda: [answer["id"] for answer in game.answers("finished")] == ["meanwhile"])

    asyncio.run(play())


def test_a_group_shares_its_lines(mosquitto: Mosquitto) -> None:
    async def play() -> None:
        at = Mqtt(mosquitto.url, group="cast", client_id="second")
        async with scene(mosquitto, group="cast", client_id="first") as (first, game), running(mqtt=(at,)) as second:
            await until(lambda: game.status() == [b"online"] * 2)
            for number in range(20):
                await game.publish("facecue/in/line", LINE | {"character": f"face {number}"})
            await until(lambda: len(game.answers("finished")) == 20)
            counts = [host.driver.stats.lines for host in (first, second)]
            assert sum(counts) == 20 and min(counts) > 0

    asyncio.run(play())


def test_huge_and_retained_and_broken_payloads_get_named_errors(mosquitto: Mosquitto) -> None:
    async def play() -> None:
        async with game_at(mosquitto) as game:
            await game.publish("facecue/in/line", b"\xff\x00garbage", retain=True)
            async with running(mqtt=(Mqtt(mosquitto.url),)) as host:
                await until(lambda: game.answers("error"))
                for payload in (b"x" * 1_000_000, json.dumps(LINE | {"text": "x" * 1_000_000}), b"", b"\xff\xfe"):
                    await game.publish("facecue/in/line", payload)
                await game.publish("facecue/in/dance", LINE)
                await game.publish("facecue/in/line", LINE)
                await until(lambda: game.answers("finished"))
            codes = [answer["code"] for answer in game.answers("error")]
            assert codes == ["retained", "too_long", "too_long", "bad_json", "bad_json", "missing_field"]
            assert all(len(answer["message"]) < 300 for answer in game.answers("error"))
            assert host.driver.stats.finished == {"done": 1}

    asyncio.run(play())


@pytest.mark.parametrize("form", ["json", "binary"])
def test_frames_go_to_a_topic_at_their_rate(mosquitto: Mosquitto, form: str) -> None:
    async def play() -> None:
        async with scene(mosquitto, frames=form, rate=20) as (_, game):
            await game.publish("facecue/in/line", LINE)
            await until(lambda: game.answers("finished") and len(received(game)) > 20)
            found = received(game)
        decode = frames.decode_binary if form == "binary" else lambda data: frames.decode_json(data.decode())
        decoded = [decode(data) for data in found]
        played = [frame for frame in decoded if frame.names == ("guard",)]
        assert max(float(np.abs(frame.values).max()) for frame in played) > 0.1
        periods = np.diff([frame.number * 20 // 60 for frame in decoded])
        assert (periods >= 1).all() and np.diff([frame.seq for frame in decoded]).min() == 1

    def received(game: Game) -> list[bytes]:
        return [message.payload for topic, message in game.heard if topic == "facecue/frames"]

    asyncio.run(play())


def test_a_driver_that_dies_is_offline(mosquitto: Mosquitto) -> None:
    code = "import sys; from streamer.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--livelink", "off", "--mqtt", mosquitto.url]

    async def play() -> None:
        async with game_at(mosquitto) as game:
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
            await until(lambda: game.status() == [b"online"])
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await until(lambda: game.status() == [b"online", b"offline"])

    asyncio.run(play())


def test_a_wrong_password_is_one_clear_line_and_the_right_one_gets_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "actor", "pa:ss@w/rd"], check=True, capture_output=True)
    broker = Mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}")
    broker.start()

    async def play() -> None:
        address = f"localhost:{broker.port}"
        async with running(mqtt=(Mqtt(f"mqtt://actor:wrong@{address}"),)):
            await until(lambda: "trying again" in caplog.text)
            await asyncio.sleep(2.5)  # for at least another attempt
        wrong = [record.getMessage() for record in caplog.records if record.name == "streamer.inputs.mqtt"]
        assert wrong == [f"mqtt: {address}: Not authorized; trying again"]
        mine = game_at(broker, username="actor", password="pa:ss@w/rd")
        async with mine as game, running(mqtt=(Mqtt(f"mqtt://actor:pa%3Ass%40w%2Frd@{address}"),)):
            await until(lambda: game.status()[-1:] == [b"online"])

    try:
        asyncio.run(play())
    finally:
        broker.kill()
    assert "wrong@" not in caplog.text


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves a refused socket to the collector
def test_tls_is_spoken_with_the_authority_that_the_settings_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    command += [
        "-out",
        str(certificate),
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    subprocess.run(command, check=True, capture_output=True)
    broker = Mosquitto(tmp_path, "allow_anonymous true", f"certfile {certificate}", f"keyfile {key}", tls=True)
    broker.start()

    async def play() -> None:
        async with running(mqtt=(Mqtt(broker.url),)):
            await until(lambda: "certificate verify failed" in caplog.text)
        async with running(mqtt=(Mqtt(broker.url, ca=str(certificate)),)):
            trusted = aiomqtt.TLSParameters(ca_certs=str(certificate))
            async with game_at(broker, tls_params=trusted) as game:
                await until(lambda: game.status()[-1:] == [b"online"])
                await game.publish("facecue/in/line", LINE)
                await until(lambda: game.answers("finished"))

    try:
        asyncio.run(play())
    finally:
        broker.kill()
