"""Distilling: sheets that the training takes, and no request paid for twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.arkit import INDEX
from streamer.brain.endpoint import Query, Reply
from streamer.cli import UserError
from tests import school as tricks
from tests.school import MODEL, School, school
from train import data
from train.__main__ import main
from train.ledger import Ledger, OverBudget

PLACES = ("gate", "bridge", "tower", "market", "harbour", "forest", "mine", "temple", "cellar", "roof", "camp", "road")
QUERY = Query("m", ({"role": "user", "content": "Hello."},), 100)


@pytest.fixture
def teaching() -> Iterator[School]:
    with school() as taught:
        yield taught


def write_lines(folder: Path, count: int) -> Path:
    path = folder / "lines.jsonl"
    rows = [
        {
            "line": f"Nobody told the {PLACES[i % 12]} keeper about number {i}.",
            "emotion": "unease",
            "background": f"{i}.",
        }
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def distill(taught: School, lines: Path, *more: str, model: str = "rules") -> int:
    output = str(lines.with_name("z.jsonl"))
    return main(["distill", "--teacher", taught.url, "--lines", str(lines), "-o", output, "--model", model, *more])


def test_the_sheets_are_what_the_training_reads(teaching: School, tmp_path: Path) -> None:
    lines = write_lines(tmp_path, 3)
    lines.rename(lines := tmp_path / "lines.txt")
    assert distill(teaching, lines, "--held-out", "0") == 0
    sheets = data.load(tmp_path)
    assert [sheet.id for sheet in sheets] == ["z00001", "z00002", "z00003"]
    first = sheets[0]
    assert (first.line, first.emotion) == ("Nobody told the gate keeper about number 0.", "unease")
    assert [face.text for face in first.faces] == ["Brows down.", "Eyes wide."]
    text = (tmp_path / "z.jsonl").read_text().splitlines()[0]
    acts = json.loads(text)["keyframes"][0]["acts"]
    assert acts == {"BrowDown": 0.4, "EyeSquint": 0.2, "NoseSneer": 0.1, "MouthPress": 0.3, "JawForward": 0.1,
                    "MouthShrugLower": 0.2, "HeadDown": 0.1}  # fmt: skip
    training, development = data.split(sheets)
    assert len(training.sheets) == 3 and not development.sheets


def test_the_same_command_again_costs_nothing(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 4)
    distill(teaching, lines, "--held-out", "0")
    first = (tmp_path / "z.jsonl").read_bytes()
    assert "12 answers, 8400 tokens in and 3600 out; 0 requests were known" in capsys.readouterr().err
    distill(teaching, lines, "--held-out", "0")
    assert (
        "0 answers, 0 tokens in and 0 out; 12 requests were known; 12000 tokens in all runs" in capsys.readouterr().err
    )
    assert (tmp_path / "z.jsonl").read_bytes() == first
    assert len(teaching.asked) == 12


def test_a_run_that_is_killed_goes_on_and_pays_nothing_twice(teaching: School, tmp_path: Path) -> None:
    lines = write_lines(tmp_path, 6)
    hold = [tricks.honest] * 7 + [lambda pupil: time.sleep(30)] * 8  # the last ones are never answered, nor paid
    teaching.tricks += hold
    cache = tmp_path / "z.jsonl.cache"
    flags = ["--teacher", teaching.url, "--lines", str(lines), "-o", str(tmp_path / "z.jsonl"), "--parallel", "6"]
    code = f"from train.__main__ import main; main({['distill', *flags, '--model', 'rules']})"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        for _ in range(3000):
            if cache.exists() and cache.read_bytes().count(b"\n") == 7:
                break
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with cache.open("ab") as torn:
        torn.write(b'{"request": "half a row')
    answered = Counter(teaching.raw[:7])
    teaching.tricks.clear()
    del teaching.raw[:]
    assert not (tmp_path / "z.jsonl").exists()
    assert distill(teaching, lines, "--held-out", "0") == 0
    assert len(answered) == 7 and not set(answered) & set(teaching.raw)
    assert len(teaching.raw) == len(set(teaching.raw)) == 18 - 7
    assert len(data.load(_alone(tmp_path))) == 6
    with Ledger(cache) as ledger:
        assert ledger.total.answers == 18


def _alone(folder: Path) -> Path:
    corpus = folder / "corpus"
    corpus.mkdir()
    (folder / "z.jsonl").rename(corpus / "z.jsonl")
    return corpus


def test_the_budget_is_never_passed_and_what_was_paid_is_kept(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 10)
    assert distill(teaching, lines, "--budget", "12000", "--held-out", "0", "--parallel", "2") == 1
    assert "the budget of 12000 tokens has" in capsys.readouterr().err
    paid = len(teaching.asked)
    assert 6 <= paid <= 12
    assert len((tmp_path / "z.jsonl").read_text().splitlines()) == paid // 3
    assert distill(teaching, lines, "--budget", "12000", "--held-out", "0", "--parallel", "2") == 1
    assert len(teaching.asked) == paid
    assert distill(teaching, lines, "--held-out", "0") == 0
    assert len(teaching.asked) == 30


def test_a_teacher_that_lies_about_its_model_ends_the_run_and_is_named(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 5)
    teaching.tricks += [tricks.honest] * 3 + [tricks.lying] * 100
    assert distill(teaching, lines, "--parallel", "1", "--held-out", "0") == 1
    assert f"asked '{MODEL}', answered as 'something-cheap-3b'; what was answered is kept" in capsys.readouterr().err
    assert len((tmp_path / "z.jsonl").read_text().splitlines()) == 1


def test_a_line_without_an_answer_is_named_and_the_others_go_on(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 3)
    with lines.open("a") as sheet:
        sheet.write('{"line": 5}\n{"keyframes": [{"acts": {"JawOpen": 1}}]}\n')
    teaching.tricks += [tricks.saying("I cannot do that.")]
    assert distill(teaching, lines, "--parallel", "1", "--held-out", "0") == 1
    told = capsys.readouterr().err
    assert "line 1: scene: answer of 17 characters holds no JSON object" in told
    assert "line 4: line is 5, expected a string" in told and "line 5: its keyframes have values already" in told
    assert [json.loads(row)["id"] for row in (tmp_path / "z.jsonl").read_text().splitlines()] == ["z00002", "z00003"]


def test_teacher_and_student_are_compared_on_lines_that_are_left_out(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 60)
    assert distill(teaching, lines, "--held-out", "0.4") == 0
    written = len((tmp_path / "z.jsonl").read_text().splitlines())
    told = capsys.readouterr().err
    assert 20 < written < 52 and f"{written} sheets in" in told
    assert f"agreement of rules with the teacher on {60 - written} lines new to both" in told
    assert "lines      similarity" in told and "described  similarity" in told


def test_lines_of_the_corpus_are_not_compared_on(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.jsonl"
    known = [sheet.line for sheet in data.load() if len(sheet.line.split()) > 4][:10]
    lines.write_text("".join(json.dumps({"line": line}) + "\n" for line in known))
    distill(teaching, lines, "--held-out", "0.99")
    assert "agreement: 0 lines are held out and new to rules, expected at least 8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--held-out", "1"], "--held-out is 1"),
        (["--parallel", "0"], "--parallel is 0"),
        (["--first", "0"], "--first is 0"),
        (["--lines", "missing.jsonl"], "cannot read missing.jsonl"),
        (["--teacher", "nonsense"], "url is 'nonsense'"),
        (["-o", "-"], "-o is standard output"),
        (["-o", "/nowhere/z.jsonl"], "cannot write /nowhere/z.jsonl.cache"),
        (["--system", "missing.txt"], "cannot read missing.txt"),
    ],
)
def test_a_mistake_gives_one_line(
    teaching: School, tmp_path: Path, more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distill(teaching, write_lines(tmp_path, 1), *more) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("train distill: ") and message in line
    assert not teaching.asked


def test_an_answer_without_text_is_paid_for_once(
    teaching: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path, 1)
    teaching.tricks.append(tricks.saying(None))
    assert distill(teaching, lines, "--held-out", "0") == distill(teaching, lines, "--held-out", "0") == 1
    assert capsys.readouterr().err.count("line 1: scene: the answer has no text") == 2
    assert len(teaching.asked) == 1


def test_an_answer_in_json_mode_is_another_than_one_without(teaching: School, tmp_path: Path) -> None:
    lines = write_lines(tmp_path, 1)
    for more in ([], ["--json-mode"], ["--json-mode"]):
        assert distill(teaching, lines, "--held-out", "0", *more) == 0
    assert ["response_format" in body for body in teaching.asked] == [False] * 3 + [True] * 3


def test_a_ledger_counts_at_most_what_an_endpoint_does_not_tell(tmp_path: Path) -> None:
    with Ledger(tmp_path / "cache") as ledger:
        ledger.through(lambda query: Reply("Hi."))(QUERY)
        most = len(QUERY.body()) + 64
        assert str(ledger.total) == f"1 answers, {most} tokens in and 100 out (1 of them counted at their most)"
    with Ledger(tmp_path / "cache", ledger.total.tokens + most + 99) as again:
        assert str(again.total) == str(ledger.total)
        other = Query("m", ({"role": "user", "content": "Hello!"},), 100)
        with pytest.raises(OverBudget):
            again.through(lambda query: Reply("Hi."))(other)
        assert again.through(lambda query: Reply("never"))(QUERY) == Reply("Hi.")


def test_a_ledger_that_was_spoilt_or_is_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    for spoilt in (b"{\n", b"[]\n", b'{"request": 1}\n', b"\xff\n"):
        path.write_bytes(spoilt)
        with pytest.raises(UserError, match="cache:1"):
            Ledger(path)
    path.write_bytes(b"")
    with Ledger(path), pytest.raises(UserError, match="in use by another run"):
        Ledger(path)


def test_a_failed_request_may_be_asked_again(tmp_path: Path) -> None:
    asked = []

    def ask(query: Query) -> Reply:
        asked.append(query)
        if len(asked) == 1:
            raise OverBudget("once")
        return Reply(f"answer {INDEX['JawOpen']}", 1, 2)

    with Ledger(tmp_path / "cache") as ledger:
        with pytest.raises(OverBudget):
            ledger.through(ask)(QUERY)
        assert ledger.through(ask)(QUERY).text == "answer 17"
        assert ledger.total.tokens == 3


def test_what_belongs_to_the_other_route_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["--lines", str(write_lines(tmp_path, 1)), "-o", str(tmp_path / "z.jsonl")]
    assert main(["distill", "--teacher", "http://127.0.0.1:1/v1", "--adapter", "a", *lines]) == 2
    assert main(["distill", "--local", "m", "--llm-model", "n", *lines]) == 2
    assert main(["distill", "--local", "m", "--scene-model", "n", *lines]) == 2
    first, *others = capsys.readouterr().err.splitlines()
    assert "--adapter is the local model's" in first
    assert len(others) == 2 and all("are an endpoint's" in told for told in others)


def test_the_local_route_names_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.local.NEEDED", ("numpy", "no_such_library"))
    lines = ["--lines", str(write_lines(tmp_path, 1)), "-o", str(tmp_path / "z.jsonl"), "--model", "rules"]
    assert main(["distill", "--local", "m", *lines]) == 1
    assert "--local needs no_such_library: pip install 'facecue[local]'" in capsys.readouterr().err
    monkeypatch.setattr("train.local.NEEDED", ())
    assert main(["distill", "--local", "m", "--adapter", str(tmp_path), *lines]) == 1
    assert f"cannot read {tmp_path}/adapter_model.safetensors" in capsys.readouterr().err
