"""Every example runs against a driver, in virtual time."""

import runpy
from pathlib import Path

import pytest

from tests.clock import run
from tests.doubles import running

PYTHON = Path(__file__).parents[1] / "examples" / "python"


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


@pytest.mark.parametrize("path", sorted(PYTHON.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short_and_says_what_one_will_see(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60 and "You will see" in text
