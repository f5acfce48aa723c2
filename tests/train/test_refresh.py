"""python -m train refresh: a small network taught some sheets, from files to a file."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.weights import read  # noqa: E402
from streamer.brain.model import Model  # noqa: E402
from streamer.cues import Prompt  # noqa: E402
from tests.export.networks import network, written  # noqa: E402
from tests.train.takes import ANGRY, GLAD, RAISED, acted, captured  # noqa: E402
from tests.train.takes import written as recorded  # noqa: E402
from train import data, tuning  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.changes import played, prompt  # noqa: E402

pytestmark = pytest.mark.long

SHEETS = Path(__file__).parents[2] / "examples" / "refresh"
CORPUS = data.CORPUS
SOURCE = "small.onnx"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model to begin with, and a small corpus."""
    monkeypatch.chdir(tmp_path)
    written(Path(SOURCE), network())
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    rows = (CORPUS / "a.jsonl").read_text("utf-8").splitlines(keepends=True)[:90]
    (corpus / "a.jsonl").write_text("".join(rows), "utf-8")
    monkeypatch.setattr(data, "CORPUS", corpus)


def refresh(*arguments: str, steps: int = 6) -> int:
    return main(["refresh", str(SHEETS / "veshtal.jsonl"), "--from", SOURCE, "--steps", str(steps), *arguments])


def figures(name: str) -> Any:
    return json.loads(Path("runs", name, "figures.json").read_text())


def test_new_sheets_are_learned_and_the_file_plays(capsys: pytest.CaptureFixture[str]) -> None:
    held_out = str(SHEETS / "veshtal_held_out.jsonl")
    assert refresh("--held-out", held_out, "--name", "word", "--hold", "0.1", "--rate", "0.003", steps=40) == 0
    told = capsys.readouterr().out
    assert "20 sheets, 8 kept to judge by" in told and "cosine" in told and "held out, 8 lines: similarity" in told
    by_name = {change["name"]: change for change in figures("word")["changes"]}
    assert by_name["learned, 20 lines: similarity"]["after"] > by_name["learned, 20 lines: similarity"]["before"] + 0.1
    model = Model(Path("runs/word/word.onnx"))
    assert model.name == "word" and model.plan([Prompt("Hush.", "veshtal")])[0].keyframes
    assert not Path("runs/word", tuning.STATE).exists()  # it is done: the same command begins anew


def test_takes_and_their_lines_refresh_the_weights_with_two_commands() -> None:
    acting = (ANGRY, GLAD, RAISED)
    takes = [str(recorded(Path(f"{i}.csv"), captured(acted([pose])))) for i, pose in enumerate(acting)]
    said = [{"take": f"{i}.csv", "line": f"Line {i}.", "emotion": "joy"} for i in range(3)]
    Path("lines.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    assert main(["import", *takes, "--lines", "lines.jsonl", "-o", "mine.jsonl"]) == 0
    assert main(["refresh", "mine.jsonl", "--from", SOURCE, "--steps", "2"]) == 0
    assert Model(Path("runs/mine/mine.onnx")).name == "mine"


def test_the_more_is_held_the_less_moves() -> None:
    for name, hold in (("loose", "0"), ("firm", "30")):
        assert refresh("--name", name, "--hold", hold, "--rate", "0.0005", steps=15) == 0
    prompts = [prompt(sheet) for sheet in data.load(data.CORPUS)]
    before, loose, firm = (
        np.stack(played(Model(Path(path)), prompts))
        for path in (SOURCE, "runs/loose/loose.onnx", "runs/firm/firm.onnx")
    )
    assert np.abs(firm - before).mean() < 0.6 * np.abs(loose - before).mean()


def test_a_refresh_that_was_stopped_goes_on_to_the_same_weights(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refresh("--name", "whole") == 0
    take = tuning.Run.take

    def interrupted(run: tuning.Run, lesson: tuning.Lesson) -> dict[str, float]:
        parts = take(run, lesson)
        if run.step == 3:
            signal.raise_signal(signal.SIGINT)
        return parts

    monkeypatch.setattr(tuning.Run, "take", interrupted)
    assert refresh("--name", "parted") == 1
    assert "stopped after step 3 of 6; the same command goes on" in capsys.readouterr().err
    assert refresh("--name", "parted") == 0
    first, second = (read(Path(f"runs/{name}/{name}.onnx")).model.state_dict() for name in ("whole", "parted"))
    assert all(torch.equal(first[name], second[name]) for name in first if "emotion" not in name)


def test_another_tuning_of_the_same_name_is_not_mixed_in(capsys: pytest.CaptureFixture[str]) -> None:
    state = Path("runs/word", tuning.STATE)
    state.parent.mkdir(parents=True)
    torch.save({"of": "another", "step": 3}, state)
    assert refresh("--name", "word") == 2
    assert "is of another tuning; remove it, or give another --name" in capsys.readouterr().err
    state.write_bytes(b"torn")
    assert refresh("--name", "word") == 2
    assert "cannot be read; remove it to begin anew" in capsys.readouterr().err


def test_sheets_of_the_corpus_are_not_rehearsed_while_they_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    own = data.CORPUS / "own.jsonl"
    own.write_text((SHEETS / "veshtal.jsonl").read_text("utf-8"), "utf-8")
    rehearsed: list[data.Split] = []
    batches = tuning.rehearsed

    def seen(text: Any, split: data.Split, t: tuning.Tuning) -> Any:
        rehearsed.append(split)
        return batches(text, split, t)

    monkeypatch.setattr(tuning, "rehearsed", seen)
    assert main(["refresh", str(own), "--from", SOURCE, "--steps", "1"]) == 0
    assert rehearsed[0].sheets and not any(sheet.id.startswith("z") for sheet in rehearsed[0].sheets)
    assert Path("runs/own/own.onnx").exists()


def test_of_many_sheets_some_are_kept_to_judge_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (CORPUS / "b.jsonl").read_text("utf-8").splitlines(keepends=True)[:40]
    (tmp_path / "many.jsonl").write_text("".join(rows), "utf-8")
    assert main(["refresh", "many.jsonl", "--from", SOURCE, "--steps", "1"]) == 0
    assert "35 sheets, 5 kept to judge by" in capsys.readouterr().out


SHEET = (SHEETS / "veshtal.jsonl").read_text("utf-8").splitlines()[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bad.jsonl: no sheets, expected one JSON object a line"),
        (SHEET + "\nnonsense\n", "bad.jsonl:2: "),
        (SHEET.replace("HeadTiltLeft", "HeadSpin"), "bad.jsonl:1: unknown act 'HeadSpin'"),
        (SHEET.replace("0.42", "4.2"), "bad.jsonl:1: HeadTiltLeft is 4.2, expected 0..1"),
        (SHEET + "\n" + SHEET, "z9002 stands in the corpus twice"),
        ("\udcff\udcfe", "bad.jsonl: "),
    ],
)
def test_sheets_that_cannot_be_learned_get_one_clear_line(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.jsonl").write_text(text, "utf-8", "surrogateescape")
    assert main(["refresh", "bad.jsonl", "--from", SOURCE]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and message in told[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "cannot read none.jsonl: No such file"),
        (["sheets.jsonl", "--from", "none.onnx"], "none.onnx: No such file"),
        (["sheets.jsonl", "--from", "sheets.jsonl"], "sheets.jsonl is no"),
        (["sheets.jsonl", "--from", "half.onnx"], "half.onnx "),
        (["sheets.jsonl", "--from", SOURCE, "--name", "../up"], "--name is '../up', expected letters"),
        (["sheets.jsonl", "--from", SOURCE, "--steps", "0"], "--steps is 0, expected 1.."),
        (["sheets.jsonl", "--from", SOURCE, "--hold", "nan"], "--hold is nan, expected 0.."),
    ],
)
def test_what_cannot_be_tuned_gets_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sheets.jsonl").write_text(SHEET)
    Path("half.onnx").write_bytes(Path(SOURCE).read_bytes()[:20_000])
    assert main(["refresh", *arguments]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and message in told[0]
