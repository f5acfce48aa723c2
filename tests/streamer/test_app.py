import asyncio
import json
import socket

import numpy as np
import pytest

from protocols import frames, vmc
from streamer.brain import loading
from streamer.brain.rules import Rules
from streamer.config import Character, ConfigError, LiveLink, Vmc
from streamer.performance import FPS
from tests.clock import run
from tests.doubles import Engine, Running, running

LINE = {"type": "line", "character": "guard", "text": "Halt! Who goes there?", "emotion": "suspicious"}


def test_a_line_is_answered_step_by_step_and_its_face_goes_out_over_live_link() -> None:
    async def scene() -> None:
        async with running() as host, host.client() as game:
            assert game.hello["type"] == "hello" and len(game.hello["names"]) == 61
            assert game.hello["version"] == 1 and game.hello["fps"] == 60 and game.hello["model"] == "rules"
            await game.send(LINE | {"id": "q12-004", "duration": 1.0})
            kinds = [(await game.answer())["type"] for _ in range(4)]
            assert kinds == ["accepted", "planned", "started", "finished"]
            packets = host.engine.packets()
            assert {packet.subject for packet in packets} == {"guard"}
            assert max(float(np.abs(packet.values).max()) for packet in packets if packet.values is not None) > 0.1

    run(scene())


@pytest.mark.long
def test_a_minute_of_stream_has_sixty_packets_a_second_in_unbroken_order() -> None:
    async def scene() -> None:
        async with running(character=(Character("guard"), Character("thief", subject="Dieb ü"))) as host:
            packets = []
            for _ in range(60):
                await asyncio.sleep(1)
                packets += host.engine.packets()
        for subject in ("guard", "Dieb ü"):
            mine = [packet for packet in packets if packet.subject == subject]
            assert abs(len(mine) - 3600) <= 2
            numbers = np.array([packet.frame for packet in mine])
            assert (np.diff(numbers) == 1).all()
            assert len({packet.device_id for packet in mine}) == 1
            assert all(p.values is not None and len(p.values) == 61 and np.isfinite(p.values).all() for p in mine)

    run(scene())


def test_faces_live_before_the_brain_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    seen: list[int] = []

    def load(_: str, __: str) -> Rules:
        seen.append(len(engine.packets()))
        return Rules()

    monkeypatch.setattr(loading, "load", load)

    async def scene() -> None:
        async with running(livelink=(LiveLink(engine.address),), character=(Character("guard"),)):
            pass

    run(scene())
    engine.close()
    assert seen == [1]


def test_the_first_packet_after_a_line_shows_it() -> None:
    async def scene() -> None:
        async with running(character=(Character("guard"),)) as host, host.client() as game:
            await asyncio.sleep(1)
            host.engine.datagrams()
            assert (await game.ask(LINE))["type"] == "accepted"
            before = len(host.engine.datagrams())
            await asyncio.sleep(1.5 / FPS)
            (first, *_) = host.engine.packets()
            assert before <= 1 and first.values is not None and first.values.any()

    run(scene())


@pytest.mark.parametrize("form", ["json", "binary"])
def test_a_subscriber_gets_the_frames_it_asked_for(form: str) -> None:
    async def scene() -> None:
        cast = (Character("guard"), Character("thief"))
        async with running(character=cast) as host, host.client() as game:
            await game.send({"type": "subscribe", "characters": ["thief"], "format": form, "rate": 30})
            received = [await game.connection.recv() for _ in range(20)]
        decoded = [frames.decode_binary(r) if isinstance(r, bytes) else frames.decode_json(r) for r in received]
        assert {type(data) for data in received} == {bytes if form == "binary" else str}
        assert {frame.names for frame in decoded} == {("thief",)}
        assert (np.diff([frame.seq for frame in decoded]) == 1).all()
        assert (np.diff([frame.number for frame in decoded]) == 2).all()
        assert decoded[1].t - decoded[0].t == pytest.approx(1 / 30)

    run(scene())


@pytest.mark.parametrize("seen", ["guard", "*"])
def test_whoever_sees_a_character_hears_of_its_lines(seen: str) -> None:
    async def scene() -> None:
        async with running() as host, host.client() as game, host.client() as page, host.client() as stranger:
            await page.send({"type": "subscribe", "characters": [seen]})
            assert (await page.connection.recv()).startswith('{"type"')
            await game.send(LINE | {"id": "a", "duration": 0.5})
            assert (await game.until("finished"))["id"] == "a"
            assert (await page.until("finished"))["id"] == "a"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stranger.connection.recv(), 5)

    run(scene())


BAD = {
    "not JSON": ("{", "bad_json"),
    "not an object": ("[1, 2]", "bad_message"),
    "no type": ("{}", ""),
    "an unknown type": ({"type": "dance"}, "unknown_type"),
    "unknown fields": (LINE | {"colour": "red", "size": 3}, "unknown_field"),
    "a wrong type": (LINE | {"duration": "long"}, "wrong_type"),
    "NaN": ('{"type":"mood","character":"guard","emotion":"sad","intensity":NaN}', ""),
    "infinity": ('{"type":"gaze","character":"guard","yaw":1e999,"pitch":0}', ""),
    "no text": ({"type": "line", "character": "guard", "text": ""}, ""),
    "a huge text": (LINE | {"text": "a" * 100_000}, ""),
    "a long name": (LINE | {"character": "g" * 10_000}, ""),
    "deep nesting": ("[" * 100_000 + "]" * 100_000, ""),
    "binary": (b"\x00\x01\x02", "bad_message"),
    "ten megabytes": (json.dumps(LINE | {"text": "a" * 10_000_000}), ""),
    "a stop for nobody": ({"type": "stop", "character": "nobody"}, "unknown_character"),
    "an unknown id": ({"type": "audio_started", "id": "nothing"}, "unknown_id"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_message_gets_an_error_and_disturbs_nothing(bad: str) -> None:
    message, code = BAD[bad]

    async def scene() -> None:
        async with running() as host, host.client() as game, host.client() as vandal:
            await game.send(LINE | {"duration": 3.0})
            await game.until("started")
            error = await vandal.ask(message)
            assert error["type"] == "error" and error["message"] and len(error["message"]) < 300
            assert not code or error["code"] == code
            assert (await vandal.ask(LINE | {"character": "other"}))["type"] == "accepted"
            assert (await game.until("finished"))["reason"] == "done"
            assert host.driver.stats.errors == 1

    run(scene())


def test_a_client_that_never_reads_loses_frames_and_costs_the_others_nothing() -> None:
    async def scene() -> None:
        cast = tuple(Character(f"face {number}") for number in range(200))
        async with running(character=cast, livelink=()) as host, host.client() as reader:
            with await _silent_subscriber(host):
                await reader.send({"type": "subscribe", "format": "binary"})
                seqs = [frames.decode_binary(await reader.connection.recv()).seq for _ in range(300)]
                assert (np.diff(seqs) == 1).all()
                assert host.driver.stats.dropped["websocket"] > 0

    run(scene())


async def _silent_subscriber(host: Running) -> socket.socket:
    loop = asyncio.get_running_loop()
    silent = socket.socket()
    silent.setblocking(False)
    await loop.sock_connect(silent, ("127.0.0.1", host.port))
    handshake = (
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(silent, handshake.encode())
    assert b"101" in await loop.sock_recv(silent, 100)
    payload = b'{"type":"subscribe"}'
    await loop.sock_sendall(silent, bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    return silent


def test_ten_thousand_names_are_bounded_and_the_first_ones_play_on() -> None:
    async def scene() -> None:
        async with running(max_characters=5, livelink=()) as host, host.client() as game:
            codes = []
            for number in range(40):
                await game.send({"type": "mood", "character": f"n{number}", "emotion": "sad"})
            await game.send(LINE | {"character": "n0"})
            while (answer := await game.answer())["type"] == "error":
                codes.append(answer["code"])
            assert codes == ["too_many_characters"] * 35 and answer["type"] == "accepted"

    run(scene())


def test_stopping_brings_every_face_to_neutral_and_says_so() -> None:
    async def scene() -> None:
        async with running(character=(Character("guard", mood="weary"),)) as host, host.client() as game:
            await game.send(LINE | {"duration": 30.0, "emotion": "furious"})
            await asyncio.sleep(2)
            host.engine.datagrams()
            host.stopping.set()
            assert (await game.until("finished"))["reason"] == "stopped"
            await host.task
            packets = host.engine.packets()
            assert packets[0].values is not None and packets[0].values.any()
            assert packets[-1].values is not None and not packets[-1].values.any()
            assert len(packets) <= 0.3 * FPS

    run(scene())


def test_a_line_that_comes_while_the_driver_stops_is_refused() -> None:
    async def scene() -> None:
        async with running(character=(Character("guard"),)) as host, host.client() as game:
            host.stopping.set()
            await asyncio.sleep(0.1)
            error = await game.ask(LINE | {"id": "late", "emotion": "furious"})
            assert (error["type"], error["code"], error["id"]) == ("error", "stopping", "late")
            await host.task
            (*_, last) = host.engine.packets()
            assert last.values is not None and not last.values.any()

    run(scene())


def test_a_client_that_hangs_does_not_hold_up_the_end() -> None:
    async def scene() -> None:
        async with running(livelink=()) as host:
            with await _silent_subscriber(host):
                loop = asyncio.get_running_loop()
                began = loop.time()
                host.stopping.set()
                await host.task
                assert loop.time() - began < 2

    run(scene())


def test_health_and_metrics_are_plain_http() -> None:
    async def scene() -> None:
        async with running(character=(Character("guard"),)) as host, host.client():
            await asyncio.sleep(1)
            health = await _get(host.port, "/health")
            assert json.loads(health) | {"frames": 0} == {
                "status": "ok", "fps": 60, "characters": 1, "clients": 1, "model": "rules", "frames": 0,
            }  # fmt: skip
            metrics = await _get(host.port, "/metrics")
            assert "facecue_characters 1\n" in metrics and 'facecue_packets_total{output="livelink' in metrics

    run(scene())


async def _get(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    response = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = response.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200")
    return body


def test_a_token_is_asked_for_and_taken_from_the_address_or_the_header() -> None:
    async def scene() -> None:
        async with running(token="sesame") as host:
            for path, headers in (("/?token=sesame", {}), ("/", {"Authorization": "Bearer sesame"})):
                async with host.client(path, additional_headers=headers) as game:
                    assert game.hello["type"] == "hello"
            for path in (
                "/?token=guess",
                "/prefer",
                "/preview.css",
            ):  # a style sheet holds no secret, a conversation does
                with pytest.raises(Exception, match="401"):
                    async with host.client(path):
                        pass

    run(scene())


def test_pages_of_other_sites_are_refused() -> None:
    async def scene() -> None:
        async with running() as host:
            async with host.client(origin="http://localhost:3000") as page:
                assert page.hello
            with pytest.raises(Exception, match="403"):
                async with host.client(origin="https://example.org"):
                    pass

    run(scene())


def test_a_vmc_receiver_gets_one_whole_frame_a_tick() -> None:
    async def scene() -> None:
        avatar = Engine()
        try:
            async with (
                running(character=(Character("guard"),), vmc=(Vmc(avatar.address),)) as host,
                host.client() as game,
            ):
                await game.send(LINE | {"duration": 1.0})
                await game.until("finished")
            messages = [vmc.decode(datagram) for datagram in avatar.datagrams()]
        finally:
            avatar.close()
        applies = sum(isinstance(message, vmc.Apply) for datagram in messages for message in datagram)
        blends = sum(isinstance(message, vmc.Blend) for datagram in messages for message in datagram)
        assert applies > 60 and blends == 52 * applies

    run(scene())


def test_a_dead_destination_does_not_disturb_another() -> None:
    async def scene() -> None:
        gone = Engine()
        nowhere = Vmc(gone.address)
        gone.close()
        async with running(character=(Character("guard"),), vmc=(nowhere,)) as host:
            await asyncio.sleep(5)
            assert abs(len(host.engine.packets()) - 300) <= 2

    run(scene())


def test_an_unknown_host_and_a_port_in_use_are_said_in_one_line() -> None:
    async def scene() -> None:
        async with running() as host:
            with pytest.raises(ConfigError, match="the port is in use"):
                async with running(port=host.port):
                    pass

    run(scene())
