"""python -m train import and caption, from files to files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from protocols import recording
from tests.train.takes import ANGRY, GLAD, RAISED, REAL, acted, captured, exercised, written
from train.__main__ import main
from train.data import load, split

GOOD = captured(acted([ANGRY, GLAD]))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return written(tmp_path / "take.csv", GOOD)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_take_with_its_line_becomes_a_sheet_of_the_corpus(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "corpus" / "own.jsonl"
    out.parent.mkdir()
    assert main(["import", str(take), "--script", "You came back!", "--emotion", "relief", "-o", str(out)]) == 0
    (sheet,) = load(out.parent)
    assert (sheet.id, sheet.line, sheet.emotion) == ("z0001", "You came back!", "relief")
    assert [face.text.split(",")[0] for face in sheet.faces] == ["brows strongly lowered", "extremely smiling"]
    told = capsys.readouterr().out
    assert "1 phrases, 2 keyframes in" in told and "error, rms:" in told and "z0001 to z0001" in told
    training, development = split([sheet])
    assert training.sheets and not development.sheets  # own takes only train


def test_what_is_added_again_is_not_there_twice_and_numbers_go_on(take: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.jsonl"
    for _ in range(2):
        assert main(["import", str(take), "-o", str(out)]) == 0
    assert [row["id"] for row in rows(out)] == ["z0001"]
    other = written(tmp_path / "other.csv", captured(acted([RAISED])))
    assert main(["import", str(other), "-o", str(tmp_path / "more.jsonl")]) == 0
    assert [row["id"] for row in rows(tmp_path / "more.jsonl")] == ["z0002"]


def test_many_takes_find_their_lines_in_a_file_and_a_bad_one_loses_nothing(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("Timecode,browDown_L\n00:00:00:00.000,1\n")
    other = written(tmp_path / "other.csv", captured(acted([RAISED])))
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"take": "take.csv", "line": "No."}\n{"take": "other.csv", "line": "Oh?", "emotion": "curious"}\n'
    )
    out = tmp_path / "own.jsonl"
    assert main(["import", str(take), str(bad), str(other), "--lines", str(lines), "-o", str(out)]) == 2
    assert [(row["line"], row["emotion"]) for row in rows(out)] == [("No.", ""), ("Oh?", "curious")]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "bad.csv: row 1 has no column EyeBlinkLeft" in told[0]


def spoiled(cell: str) -> str:
    lines = recording.encode(GOOD).splitlines()
    cells = lines[5].split(",")
    cells[8] = cell
    return "\n".join([*lines[:5], ",".join(cells), *lines[6:]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file is empty"),
        (recording.header(), "file has no rows"),
        (recording.header().replace("JawOpen,", ""), "no column JawOpen"),
        ("Timecode,A,E,I,O,U\n", "no column EyeBlinkLeft"),
        (spoiled("nan"), "row 6, column EyeWideLeft is nan"),
        (spoiled("wide"), "row 6, column EyeWideLeft is 'wide'"),
        (recording.encode(recording.take(np.zeros((90, 61), np.float32), 60)), "nothing moves"),
        (recording.encode(recording.take(np.ones((1, 61), np.float32) / 2, 60)), "nothing moves"),
        ("\0\x01PNG", "no column"),
    ],
)
def test_a_take_that_cannot_be_used_gets_one_clear_line(
    tmp_path: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "take.csv"
    path.write_text(text)
    assert main(["import", str(path), "-o", str(tmp_path / "own.jsonl")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and message in told[0] and str(path) in told[0]
    assert not (tmp_path / "own.jsonl").exists()


def test_a_broken_output_file_is_left_as_it_is(take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own.jsonl"
    out.write_text("not a sheet\n")
    assert main(["import", str(take), "-o", str(out)]) == 2
    assert out.read_text() == "not a sheet\n"
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_more_keyframes_than_the_model_learns_stay_out_of_its_corpus(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(take), "--keyframes", "8"]) == 2
    assert "at most 4 keyframes" in capsys.readouterr().err
    assert main(["import", str(take), "--keyframes", "8", "-o", str(tmp_path / "own.jsonl")]) == 0
    (row,) = rows(tmp_path / "own.jsonl")
    assert row["duration"] == pytest.approx(4, abs=1.0)  # seconds: what `facecue render` plays it in


def test_the_choice_is_shown_in_a_picture(take: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the picture is drawn by matplotlib")
    picture = tmp_path / "take.png"
    assert main(["import", str(take), "-o", str(tmp_path / "own.jsonl"), "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_captions_of_a_take_and_of_its_sheet_are_the_long_form(take: Path, tmp_path: Path) -> None:
    out, sheet = tmp_path / "captions.jsonl", tmp_path / "own.jsonl"
    assert main(["caption", str(take), "--every", "0.5", "-o", str(out)]) == 0
    assert [row["time"] for row in rows(out)][:3] == [0.0, 0.5, 1.0]
    assert main(["import", str(take), "-o", str(sheet)]) == 0
    assert main(["caption", str(sheet), "-o", str(out)]) == 0
    first, second = rows(out)
    assert first["id"] == "z0001" and second["keyframe"] == 1
    assert "brows strongly lowered (0.7" in str(first["analysis"])


def test_sheets_that_cannot_be_captioned_are_named_and_the_others_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text('{"id": "f1", "text": "A smile.", "acts": {"MouthSmile": 0.6}}\nnonsense\n{"line": "Hello."}\n')
    assert main(["caption", str(sheet), "-o", str(tmp_path / "out.jsonl")]) == 2
    assert len(rows(tmp_path / "out.jsonl")) == 1
    assert [line.split(": ")[2] for line in capsys.readouterr().err.splitlines()] == ["line 2", "line 3"]


def test_these_commands_do_without_torch(take: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from train.__main__ import main; "
        f"code = main(['import', {str(take)!r}, '-o', {str(tmp_path / 'own.jsonl')!r}]); "
        "sys.exit(code or 9 * ('torch' in sys.modules))"
    )
    root = Path(__file__).parents[2]
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=root, check=False, stdout=subprocess.DEVNULL).returncode == 0
    )


def test_a_part_of_a_take_that_hardly_rests_is_played_from_its_keyframes(tmp_path: Path) -> None:
    """A phone's own recording where there is one beside the repository, else one made in its manner."""
    whole = recording.decode(REAL[0].read_bytes()) if REAL else captured(exercised(26.0), "30", lost=(200, 201, 400))
    half = int(np.searchsorted(whole.times, 25.0))
    part = recording.Recording(whole.times[:half], whole.values[:half], whole.timecodes[:half], whole.count)
    out = tmp_path / "own.jsonl"
    assert main(["import", str(written(tmp_path / "part.csv", part)), "-o", str(out)]) == 0
    sheets = load(tmp_path)
    assert 2 <= len(sheets) <= 20 and all(1 <= len(sheet.faces) <= 4 for sheet in sheets)
