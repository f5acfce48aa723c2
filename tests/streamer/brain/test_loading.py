import asyncio
import itertools
import shutil
from pathlib import Path

import pytest

from streamer.brain import loading
from tests.doubles import running

TINY = Path(__file__).parents[2] / "vectors" / "tiny.onnx"
LINE = {"type": "line", "character": "guard", "text": "Halt! Who goes there?", "when": "interrupt"}


def test_a_model_is_loaded_by_its_path() -> None:
    assert loading.load(str(TINY)).name != "rules"
    assert loading.load("rules").name == "rules"


@pytest.mark.parametrize("content", [b"", b"not a model", TINY.read_bytes()[:5000]])
def test_a_file_that_cannot_be_used_leaves_the_rules_with_one_line(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    assert loading.load(str(path)).name == "rules"
    assert len(caplog.records) == 1 and "the rules play" in caplog.text
    assert loading.refresh(path) is None


def test_a_missing_file_leaves_the_rules_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert loading.load("none.onnx").name == "rules"
    assert "none.onnx" in caplog.text and "the rules play" in caplog.text


def test_a_driver_plays_a_model_and_takes_up_a_refreshed_one_without_losing_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamer.watch._PERIOD", 0.05)
    path = tmp_path / "brain.onnx"
    shutil.copy(TINY, path)

    async def scene() -> None:
        async with running(model=str(path)) as host, host.client() as game:
            assert game.hello["model"] != "rules"
            await game.send(LINE)
            planned = await game.until("planned")
            assert 1 <= len(planned["keyframes"]) <= 8
            before = host.driver.planner._brain
            shutil.copy(TINY, path)
            for _ in range(100):
                await asyncio.sleep(0.05)
                if host.driver.planner._brain is not before:
                    break
            assert host.driver.planner._brain is not before
            path.write_bytes(b"broken")
            await asyncio.sleep(0.4)
            await game.send(LINE)
            assert (await game.until("planned"))["keyframes"]
            frames = [packet.frame for packet in host.engine.packets()]
            assert {b - a for a, b in itertools.pairwise(frames)} == {1}

    asyncio.run(scene())
