import asyncio
import json
import socket
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import connect

from protocols import frames, recording
from protocols.arkit import INDEX, Floats
from streamer import config
from streamer.cli import main
from streamer.inputs.websocket import listen
from streamer.player import Cinema, play
from streamer.stats import Stats
from tests import clock

VALUES: Floats = np.random.default_rng(1).uniform(0, 1, (20, 61)).astype(np.float32)


def test_who_connects_sees_every_frame_and_can_do_nothing_else() -> None:
    async def scene() -> None:
        cinema = Cinema("guard", Stats())
        take = recording.take(VALUES)
        async with listen(config.Settings(port=0), cinema) as port, connect(f"ws://127.0.0.1:{port}") as client:
            hello = json.loads(await client.recv())
            assert hello["characters"] == ["guard"] and hello["model"] == "a take"
            await client.send(json.dumps({"type": "line", "character": "guard", "text": "Hi.", "id": "a"}))
            refused = json.loads(await client.recv())
            assert (refused["type"], refused["code"], refused["id"]) == ("error", "replaying", "a")
            await client.send("{")
            assert json.loads(await client.recv())["code"] == "bad_json"
            await client.send(json.dumps({"type": "subscribe", "characters": ["*"], "format": "binary", "rate": 60}))
            await (await client.ping())  # it has been read
            await play(take, [cinema.audience], "guard", cinema.stats)
            seen = [frames.decode_binary(bytes(await client.recv())) for _ in range(len(VALUES))]
        assert [frame.number for frame in seen] == list(range(20)) and {frame.names for frame in seen} == {("guard",)}
        assert np.abs(np.concatenate([frame.values for frame in seen]) - VALUES).max() <= 1e-6
        assert cinema.health()["frames"] == 20 and "facecue_frames_total 20" in cinema.metrics()

    clock.run(scene())


def test_a_replay_with_a_port_needs_no_other_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    still = np.zeros((2, 61), np.float32)
    still[:, INDEX["JawOpen"]] = 0.5
    take, settings = tmp_path / "take.csv", tmp_path / "facecue.toml"
    take.write_text(recording.encode(recording.take(still)))
    settings.write_text("livelink = []")
    command = ["replay", str(take), "--config", str(settings)]
    assert main([*command, "--port", "0"]) == 0
    assert "take.csv on ws://127.0.0.1:" in capsys.readouterr().out
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main([*command, "--port", str(taken.getsockname()[1])]) == 1
    assert "the port is in use" in capsys.readouterr().err
    assert main([*command, "--port", "65536"]) == 2


def test_a_port_that_others_can_reach_needs_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facecue.toml").write_text('host = "0.0.0.0"')
    assert main(["replay", "none.csv", "--config", str(tmp_path / "facecue.toml"), "--port", "0"]) == 2
    assert "a token is required" in capsys.readouterr().err


@pytest.mark.parametrize("speed", [0.001, 1000.0])
def test_a_take_ends_at_any_speed(speed: float) -> None:
    async def scene() -> float:
        before = asyncio.get_running_loop().time()
        await play(recording.take(VALUES), [], "guard", Stats(), speed)
        return asyncio.get_running_loop().time() - before

    assert clock.run(scene()) == pytest.approx(20 / 60 / speed, abs=0.05)
