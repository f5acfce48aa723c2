"""python -m train prefer: a small network taught choices, and a simulated person's taste."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from protocols.arkit import CHANNELS  # noqa: E402
from streamer.brain.decode import Gate  # noqa: E402
from streamer.brain.model import Model  # noqa: E402
from streamer.brain.text import Text  # noqa: E402
from streamer.brain.units import UNITS, from_acts  # noqa: E402
from streamer.preferences import encode  # noqa: E402
from tests.export.networks import network, written  # noqa: E402
from tests.vectors.make_tiny_model import tokenizer  # noqa: E402
from train import data  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.batches import collate, of_sheet  # noqa: E402
from train.changes import played, prompt  # noqa: E402
from train.data import Face, Sheet  # noqa: E402
from train.evaluate import answers  # noqa: E402
from train.prefer import likelihood, pairs  # noqa: E402
from train.taste import choices, chosen, liking  # noqa: E402

CORPUS = data.CORPUS
SOURCE = "small.onnx"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(Path(SOURCE), network())
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    rows = (CORPUS / "a.jsonl").read_text("utf-8").splitlines(keepends=True)[:90]
    (corpus / "a.jsonl").write_text("".join(rows), "utf-8")
    monkeypatch.setattr(data, "CORPUS", corpus)


def asked(count: int = 90) -> Path:
    """What the simulated person chose."""
    path = Path("choices.jsonl")
    made = choices(Model(Path(SOURCE)), data.load(data.CORPUS)[:count], random.Random(0))
    path.write_bytes(b"".join(map(encode, made)))
    return path


def changed(path: Path, **fields: Any) -> None:
    rows = [json.loads(row) | fields for row in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.mark.long
def test_answers_move_towards_the_takes_that_were_liked(capsys: pytest.CaptureFixture[str]) -> None:
    path = asked()
    assert main(["prefer", str(path), "--from", SOURCE, "--steps", "25", "--rate", "0.001", "--hold", "1"]) == 0
    told = capsys.readouterr().out
    assert "kept to judge by" in told and "held out: moved towards the liked take" in told
    figures = json.loads(Path("runs/choices/figures.json").read_text())
    shares = {share["name"]: share["count"] / share["of"] for share in figures["shares"]}
    assert shares["learned: moved towards the liked take"] > 0.7
    model = Model(Path("runs/choices/choices.onnx"))
    prompts = [prompt(sheet) for sheet in data.load(data.CORPUS)]
    before, after = (np.mean([liking(face) for face in played(m, prompts)]) for m in (Model(Path(SOURCE)), model))
    assert after > before


def test_a_take_is_the_likelier_the_nearer_the_answer_is_to_it() -> None:
    model, text = network(), Text(tokenizer())
    gate = Gate(1.2, 1.5, (0.05,) * len(UNITS))
    item = of_sheet(text, Sheet("", "Halt!", "", "", (Face("", from_acts({})),)))
    said = answers(model, [item], [0])
    own = np.array(gate.mean) + gate.spread * (said.activity[0, 0] * said.strength[0, 0] - np.array(gate.mean))
    takes = [own * gate.gain + off for off in (0.0, 0.1, 0.3)]
    faces = [Face("", take.astype(np.float32), float(said.at[0, 0])) for take in takes]
    batch = collate([of_sheet(text, Sheet("", "Halt!", "", "", (face,))) for face in faces])
    with torch.no_grad():
        first, second, third = likelihood(model, batch, gate).tolist()
    assert first > second > third


def test_the_simulated_person_likes_brows_and_no_smile_and_is_not_always_sure() -> None:
    brows, smile = (
        np.array([[0.5 * channel.startswith(name) for channel in CHANNELS[:55]]], np.float32)
        for name in ("Brow", "MouthSmile")
    )
    assert liking(brows) == pytest.approx(0.5) and liking(smile) == pytest.approx(-0.5)
    chance = random.Random(0)
    said = [chosen(0.3, 0.2, chance) for _ in range(400)]
    assert 0.65 < said.count("left") / 400 < 0.85 and chosen(0.3, 0.31, chance) == "same"


def test_what_cannot_be_learned_is_left_out() -> None:
    made = choices(Model(Path(SOURCE)), data.load(data.CORPUS)[:20], random.Random(0))
    found = pairs(made)
    decided = [choice for choice in made if choice.winner]
    assert 0 < len(found) <= len(decided)
    first = next(choice for choice in decided if choice.pair.id == found[0].liked.id)
    assert first.winner is not None and len(found[0].liked.faces) == len(first.winner.keyframes)
    wanted = max(first.winner.keyframes[0].values.values())
    assert found[0].liked.faces[0].units.max() == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "choices.jsonl: no choices, expected what facecue prefer writes"),
        ("nonsense\n", "choices.jsonl:1: "),
        ('{"id": "z0001", "line": "", "emotion": "", "background": "", "keyframes": []}\n', "choices.jsonl:1: "),
    ],
)
def test_choices_that_cannot_be_read_get_one_clear_line(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("choices.jsonl").write_text(text)
    assert main(["prefer", "choices.jsonl", "--from", SOURCE]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and message in told[0]


def test_choices_that_say_nothing_get_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    path = asked(10)
    changed(path, choice="same")
    assert main(["prefer", str(path), "--from", SOURCE]) == 2
    assert "no take was liked better in" in capsys.readouterr().err
    other = asked(10).rename("other.jsonl")
    asked(10)
    changed(path, choice="left", line="A sentence of a long speech, in which little is said. " * 20)
    assert main(["prefer", str(path), "--from", SOURCE]) == 2
    assert "are of long lines" in capsys.readouterr().err
    for arguments, message in (
        (["none.jsonl"], "cannot read none.jsonl"),
        ([str(other), "--held-out", "1"], "--held-out is 1, expected 0..1"),
        ([str(other), "--from", "none.onnx"], "none.onnx: No such file"),
    ):
        assert main(["prefer", *arguments]) == 2
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 1 and message in told[0]
