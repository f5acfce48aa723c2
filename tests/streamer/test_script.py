import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols.arkit import CHANNELS
from protocols.messages import KeyframeCue, Line, Phone
from streamer.config import ConfigError
from streamer.cues import CueSheet, Keyframe, Prompt
from streamer.script import Script, read
from tests.clock import run
from tests.doubles import running

HALT = Line("sheet", "Halt!", "suspicious", "Night.", "q12", 2.4)
SMILE = KeyframeCue("a smile", 0.2, "ease", tuple(0.5 if name.startswith("MouthSmile") else 0.0 for name in CHANNELS))


def line(text: str = "Halt!", **fields: Any) -> Line:
    return Line("guard", text, **({"id": "q12"} | fields))


def test_a_line_of_the_sheet_takes_from_it_what_it_leaves_out() -> None:
    script = Script([HALT])
    assert script.complete(line()) == line(emotion="suspicious", background="Night.", duration=2.4)
    assert script.complete(line(duration=1.0)).duration == 1.0
    assert script.complete(line(phones=(Phone("HH", 0, 1),))).duration is None
    assert script.complete(line(emotion="suspicious", priority=3)).background == "Night."


@pytest.mark.parametrize("other", [{"text": "Go."}, {"id": "q13"}, {"id": None}, {"emotion": "glad"}])
def test_a_line_that_says_something_else_is_left_as_it_is(other: dict[str, Any]) -> None:
    assert Script([HALT]).complete(line(**other)) == line(**other)


def test_keyframes_that_were_baked_go_with_any_words() -> None:
    script = Script([Line("sheet", "", id="q12", keyframes=(SMILE,))])
    assert script.complete(line("Whatever.")).keyframes == (SMILE,)
    assert Script([Line("sheet", "", "sad", id="q12")]).complete(line()) == line()


def test_what_needs_no_brain_is_not_asked_of_it() -> None:
    script = Script([HALT, Line("sheet", "Go.", id="b", keyframes=(SMILE,))])
    assert script.prompts() == [Prompt("Halt!", "suspicious", "Night.")] and len(script) == 2


def test_ids_that_stand_twice_are_named_and_the_first_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jsonl"
    path.write_text(
        '{"id": "a", "line": "One."}\n{"line": 3}\n{"id": "a", "line": "Two."}\n{"id": "b", "line": "Three."}\n'
    )
    lines, mistakes = read(path)
    assert [each.text for each in lines] == ["One.", "Three."]
    assert [str(mistake) for mistake in mistakes] == [
        "line 2: line is 3, expected a string",
        "line 3: id 'a' stands on line 1 already",
    ]


class Counting:
    """A brain that counts what it is asked."""

    name = "counting"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
        self.prompts += prompts
        return [CueSheet((Keyframe(0.1, "ease", p.line, np.full(61, 0.3, np.float32)),)) for p in prompts]


async def until(claim: Any) -> None:
    for _ in range(5000):
        if claim():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_line_of_the_sheet_is_played_without_asking_the_brain_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sheet.{suffix}"
    rows = [{"id": "a", "line": "Halt!", "emotion": "suspicious"}, {"id": "b", "line": "Go.", "emotion": "glad"}]
    if suffix == "csv":
        path.write_text("id,line,emotion\na,Halt!,suspicious\nb,Go.,glad\n")
    else:
        path.write_text("\n".join(map(json.dumps, rows)))
    brain = Counting()

    async def scene() -> None:
        async with running(sheet=str(path)) as host, host.client() as game:
            host.driver.planner.use(brain)
            await until(lambda: len(brain.prompts) == 2)
            await asyncio.sleep(0.1)
            for row in rows:
                await game.send({"type": "line", "character": "guard", "text": row["line"], "id": row["id"]})
                assert (await game.until("planned"))["keyframes"][0]["text"] == row["line"]
                assert (await game.until("finished"))["reason"] == "done"
            assert len(brain.prompts) == 2
            await game.send({"type": "line", "character": "guard", "text": "Else.", "id": "a"})
            await game.until("planned")
            assert len(brain.prompts) == 3

    run(scene())
    assert brain.prompts[:2] == [Prompt("Halt!", "suspicious"), Prompt("Go.", "glad")]


def test_a_sheet_that_changes_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("id,line\na,One.\n")

    async def scene() -> None:
        async with running(sheet=str(path)) as host:
            assert len(host.driver.script) == 1
            path.write_text("id,line\na,One.\nb,Two.\nb,Three.\n")
            await until(lambda: len(host.driver.script) == 2)
            path.unlink()
            await asyncio.sleep(5)
            assert len(host.driver.script) == 2
            path.write_text("id,line\na,One.\nb,Two.\nc,Three.\n")
            os.utime(path, (1, 1))
            await until(lambda: len(host.driver.script) == 3)

    with caplog.at_level(logging.WARNING):
        run(scene())
    told = [record.getMessage() for record in caplog.records if record.name == "streamer.script"]
    assert told == [
        f"sheet: {path}: line 4: id 'b' stands on line 3 already",
        f"sheet: {path}: No such file or directory; the lines that were read stay",
    ]


def test_a_sheet_that_is_not_there_is_said(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(sheet=str(tmp_path / "none.csv")):
            pass

    with pytest.raises(ConfigError, match=r"sheet: cannot read .*none.csv: No such file"):
        run(scene())


def test_a_sheet_full_of_mistakes_does_not_fill_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "sheet.jsonl"
    path.write_text("nonsense\n" * 500 + '{"id": "a", "line": "One."}\n')

    async def scene() -> None:
        async with running(sheet=str(path)) as host:
            assert len(host.driver.script) == 1

    run(scene())
    told = [record.getMessage() for record in caplog.records if record.name == "streamer.script"]
    assert len(told) == 21 and told[-1] == f"sheet: {path}: 480 more mistakes"
