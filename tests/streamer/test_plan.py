import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from protocols.arkit import CHANNELS
from streamer.brain.rules import Rules
from streamer.cli import main
from streamer.commands import plan as command
from streamer.cues import CueSheet, Prompt

LINES = [
    {"id": "a", "line": "Halt! Who goes there?", "emotion": "suspicious", "background": "Night watch."},
    {"id": "b", "keyframes": [{"text": "jaw dropped, eyes wide", "at": 0.25, "onset": "snap"}]},
    {"line": "Come in."},
]


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def read(text: str) -> list[Any]:
    return [json.loads(row) for row in text.splitlines()]


def test_a_line_in_is_a_cue_sheet_out_in_the_form_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", write(tmp_path / "in.jsonl", *LINES)]) == 0
    told = capsys.readouterr()
    rows = read(told.out)
    assert told.err == ""
    assert [row["id"] for row in rows] == ["a", "b", "line-3"]
    for row in rows:
        assert list(row) == ["id", "keyframes"] and 1 <= len(row["keyframes"]) <= 8
        for keyframe in row["keyframes"]:
            assert list(keyframe) == ["at", "onset", "text", "values"]
            assert tuple(keyframe["values"]) == CHANNELS
            assert all(round(value, 6) == value for value in keyframe["values"].values())
    assert any(value for value in rows[0]["keyframes"][0]["values"].values())


def test_words_get_values_and_keep_their_time_and_caption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", write(tmp_path / "in.jsonl", LINES[1])]) == 0
    ((row),) = read(capsys.readouterr().out)
    (keyframe,) = row["keyframes"]
    assert (keyframe["at"], keyframe["onset"], keyframe["text"]) == (0.25, "snap", "jaw dropped, eyes wide")
    assert keyframe["values"]["JawOpen"] > 0.2 and keyframe["values"]["EyeWideLeft"] > 0.2


def test_values_that_the_game_gives_pass_unchanged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"JawOpen": 0.123457, "HeadYaw": -0.25}
    mixed = {
        "keyframes": [{"text": "a smile", "at": 0.1}, {"at": 0.7, "onset": "slow", "text": "own", "values": given}]
    }
    assert main(["plan", write(tmp_path / "in.jsonl", mixed)]) == 0
    smile, own = read(capsys.readouterr().out)[0]["keyframes"]
    assert {name: value for name, value in own["values"].items() if value} == given
    assert (own["at"], own["onset"], own["text"]) == (0.7, "slow", "own")
    assert smile["values"]["MouthSmileLeft"] > 0.1


def test_what_comes_out_goes_in_again_and_stays_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert main(["plan", write(tmp_path / "in.jsonl", *LINES), "-o", str(first)]) == 0
    assert main(["plan", str(first), "-o", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(tmp_path / "in.jsonl", LINES[0], '{"line": 3}', "nonsense", LINES[2])
    assert main(["plan", name]) == 1
    told = capsys.readouterr()
    assert [row["id"] for row in read(told.out)] == ["a", "line-4"]
    first, second = told.err.splitlines()
    assert f"{name}: line 2: line is 3, expected a string" in first and "line 3: message is not JSON" in second


def test_more_lines_than_a_batch_keep_their_order_even_with_one_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 2 * command.BATCH + 3
    rows = [{"id": "same", "line": "Hm.", "keyframes": [{"at": n / count, "text": "a smile"}]} for n in range(count)]
    assert main(["plan", write(tmp_path / "in.jsonl", *rows)]) == 0
    ats = [row["keyframes"][0]["at"] for row in read(capsys.readouterr().out)]
    assert ats == [n / count for n in range(count)]


def test_the_brain_is_asked_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = []

    class Counting(Rules):
        def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
            sizes.append(len(prompts))
            return super().plan(prompts)

    monkeypatch.setattr(command, "load", lambda _: Counting())
    assert main(["plan", write(tmp_path / "in.jsonl", *[LINES[2]] * (command.BATCH + 1))]) == 0
    assert sizes == [command.BATCH, 1] and capsys.readouterr().out.count("\n") == command.BATCH + 1


def test_a_batch_is_out_before_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    seen = []

    class Input(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            seen.append(capsysbinary.readouterr().out.count(b"\n"))
            return super().readline(size)

    sheet = io.TextIOWrapper(Input(b'{"line": "Hm."}\n' * (command.BATCH + 1)))
    monkeypatch.setattr(sys, "stdin", sheet)
    assert main(["plan", "-"]) == 0
    assert seen.index(command.BATCH) == command.BATCH


def test_a_failure_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Rules):
        def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
            if len(prompts) < command.BATCH:
                raise KeyboardInterrupt
            return super().plan(prompts)

    monkeypatch.setattr(command, "load", lambda _: Broken())
    name = write(tmp_path / "in.jsonl", *[LINES[2]] * (command.BATCH + 1))
    assert main(["plan", name, "-o", str(tmp_path / "out.jsonl")]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    name = write(tmp_path / "in.jsonl", *LINES)
    for out in ("one", "two"):
        assert main(["plan", name, "-o", str(tmp_path / out)]) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_files_that_cannot_be_used_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "in.jsonl", LINES[0])
    empty = write(tmp_path / "empty.jsonl")
    for arguments, said in (
        ([str(tmp_path / "none.jsonl")], "cannot read"),
        ([str(tmp_path)], "cannot read"),
        ([empty], "has no lines"),
        ([empty, "-o", str(tmp_path / "out")], "has no lines"),
        ([good, "-o", str(tmp_path)], "cannot write"),
        ([good, "-o", str(tmp_path / "no" / "out")], "cannot write"),
    ):
        assert main(["plan", *arguments]) == 1
        told = capsys.readouterr()
        assert said in told.err and told.err.count("\n") == 1 and told.out == ""
    assert not (tmp_path / "out").exists()
