"""The corpus and its split."""

from pathlib import Path

import numpy as np
import pytest

from streamer.brain.units import INDEX
from train.data import CorpusError, Face, Sheet, load, mirror, split

SHEET = (
    '{"id":"a0001","background":"","emotion":"joy","line":"Yes!",'
    '"keyframes":[{"at":0.0,"onset":"snap","text":"A grin.","acts":{"MouthSmile":0.8}}]}'
)


@pytest.fixture(scope="module")
def corpus() -> list[Sheet]:
    return load()


def test_the_whole_corpus_is_valid(corpus: list[Sheet]) -> None:
    assert len(corpus) >= 6557  # and whatever performances of your own you added


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (SHEET.replace("MouthSmile", "MouthGrin"), "a.jsonl:1: unknown act 'MouthGrin'"),
        (SHEET.replace("0.8", "1.8"), "MouthSmile is 1.8, expected 0..1"),
        (SHEET.replace('"snap"', '"quick"'), "a.jsonl:1:"),
        (SHEET.replace('"line":"Yes!",', ""), "neither a cue sheet nor a face"),
        (SHEET[:-5], "a.jsonl:1:"),
        (SHEET + "\n" + SHEET, "a0001 stands in the corpus twice"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(CorpusError, match=message):
        load(tmp_path)


def test_the_split_is_fixed_and_keeps_scenes_ladders_and_like_lines_together(corpus: list[Sheet]) -> None:
    train, dev = split(corpus)
    assert len(train.sheets) >= 5020 and len(dev.sheets) == 338
    ids = {sheet.id for sheet in dev.sheets}
    assert not any(name.startswith(tuple("rstuvwxyz")) for name in ids)  # what joined later only trains
    for start in range(91, 201, 5):
        assert sum(f"j{n:04}" in ids for n in range(start, start + 5)) in (0, 5)
    assert sum(f"o{n:04}" in ids for n in range(1, 8)) in (0, 7)
    said = {sheet.line for sheet in train.sheets if len(sheet.line.split()) > 2}
    assert not said & {sheet.line for sheet in dev.sheets}


def test_a_mirror_changes_sides_in_words_and_numbers() -> None:
    units = np.zeros(len(INDEX), np.float32)
    units[INDEX["MouthSmileLeft"]], units[INDEX["LookRight"]] = 0.4, 0.2
    seen = mirror(Face("Left corner up, glance to the right.", units))
    assert seen is not None
    assert seen.text == "Right corner up, glance to the left."
    assert seen.units[INDEX["MouthSmileRight"]] == np.float32(0.4)
    assert seen.units[INDEX["LookLeft"]] == np.float32(0.2)
    assert seen.units.sum() == units.sum()


@pytest.mark.parametrize("text", ["A smile.", "He left the room, smiling.", "All right then.", "Nothing left to say."])
def test_what_names_no_side_for_certain_has_no_mirror_image(text: str) -> None:
    assert mirror(Face(text, np.zeros(len(INDEX), np.float32))) is None
