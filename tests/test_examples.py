"""Every example runs against a driver, in virtual time."""

import asyncio
import runpy
from pathlib import Path

import numpy as np
import pytest

from protocols.arkit import INDEX
from protocols.profiles import Profile
from streamer.config import Character
from tests.clock import run
from tests.doubles import Client, running

EXAMPLES = Path(__file__).parents[1] / "examples"
PYTHON = EXAMPLES / "python"
SHORT = sorted([*PYTHON.glob("*.py"), *(EXAMPLES / "bots").glob("*.py")])


def test_say_prints_the_way_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(PYTHON / "say.py"))

    async def scene() -> None:
        async with running() as host:
            await example["main"]("Halt! Who goes there?", f"ws://127.0.0.1:{host.port}")

    run(scene())
    kinds = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert kinds == ["connected:", "accepted", "planned", "started", "finished"]


def test_two_characters_take_turns_and_one_is_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(PYTHON / "two.py"))

    async def scene() -> None:
        async with running() as host:
            await example["main"](f"ws://127.0.0.1:{host.port}")
            assert set(host.driver.performance.characters) == {"guard", "thief"}

    run(scene())
    told = capsys.readouterr().out
    assert "thief was stopped" in told and "guard is done" in told


def test_listen_shows_what_the_face_does(capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(PYTHON / "listen.py"))

    async def scene() -> None:
        async with running(character=(Character("guard"),)) as host, host.client() as game:
            url = f"ws://127.0.0.1:{host.port}"
            async with asyncio.TaskGroup() as group:
                group.create_task(example["main"]("guard", 15, url))
                await asyncio.sleep(0.5)
                keyframes = [{"at": 0.5, "values": {"MouthSmileLeft": 0.9}}]
                await game.send(
                    {"type": "line", "character": "guard", "text": "", "keyframes": keyframes, "duration": 1}
                )

    run(scene())
    told = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in told if "MouthSmileLeft" in line]
    assert sum("guard at" in line for line in told) == 15
    assert any(line.startswith("-- ") for line in told)
    strongest = max(rows, key=lambda row: float(row[1]))
    assert 0.5 < float(strongest[1]) <= 0.9
    assert abs(len(strongest[2]) - 30 * float(strongest[1])) <= 1


def test_the_bot_reacts_before_it_has_a_voice_and_then_speaks_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    example = runpy.run_path(str(EXAMPLES / "bots" / "chat.py"))
    typed = iter(["Good morning.", ""])
    told: list[tuple[str, str]] = []  # when the service was asked, and what was answered to whoever watches

    async def service(text: str) -> bytes:
        told.append(("asked", text))
        await asyncio.sleep(0.8)
        told.append(("voice", text))
        return bytes(await speak(text))

    speak = example["speak"]
    monkeypatch.setitem(speak.__globals__, "speak", service)
    monkeypatch.setattr("builtins.input", lambda _: next(typed))

    async def watch(game: Client) -> None:
        while told[-1:] != [("finished", "line-2")]:
            answer = await game.answer()
            if answer["type"] in ("started", "finished"):
                told.append((answer["type"], answer["id"]))

    async def scene() -> None:
        async with running(character=(Character("bot"),), profile=Profile(still=0.0)) as host, host.client() as game:
            await game.send({"type": "subscribe", "characters": ["bot"], "format": "json", "rate": 1})
            async with asyncio.TaskGroup() as group:
                group.create_task(watch(game))
                await example["main"](f"ws://127.0.0.1:{host.port}")
            values = np.array([packet.values for packet in host.engine.packets()])
        assert values[:, INDEX["JawOpen"]].max() > 0.05

    run(scene())
    assert told.index(("started", "line-1")) < told.index(("voice", "So you say: Good morning."))
    assert told.index(("voice", "So you say: Good morning.")) < told.index(("started", "line-2"))
    assert told[-1] == ("finished", "line-2")


@pytest.mark.parametrize("path", SHORT, ids=lambda path: path.name)
def test_an_example_is_short_and_says_what_one_will_see(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60 and "You will see" in text
