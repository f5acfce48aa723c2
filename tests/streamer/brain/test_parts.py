"""Long speeches in parts."""

from pathlib import Path

import pytest

from streamer.brain.model import Model
from streamer.brain.parts import parts
from streamer.cues import Prompt

SPEECH = " ".join(f"Sentence {i} has exactly six words." for i in range(40))


def test_a_short_line_stays_whole() -> None:
    assert parts("Halt! Who goes there?") == ["Halt! Who goes there?"]
    assert parts("") == [""]


@pytest.mark.parametrize("text", [SPEECH, "word " * 400, "a. " * 600, "x" * 2000, "no! " * 50])
def test_the_parts_are_few_and_hold_every_word(text: str) -> None:
    cut = parts(text)
    assert 1 <= len(cut) <= 4 and all(cut)
    assert " ".join(cut).split() == text.split()


def test_parts_end_with_sentences_where_there_are_any() -> None:
    assert len(parts(SPEECH)) == 4
    assert all(part.endswith(".") for part in parts(SPEECH))


def test_a_long_speech_has_keyframes_to_its_end() -> None:
    (sheet,) = Model(Path(__file__).parents[2] / "vectors" / "tiny.onnx").plan([Prompt(SPEECH)])
    ats = [keyframe.at for keyframe in sheet.keyframes]
    assert 4 <= len(ats) <= 8 and ats == sorted(ats)
    assert ats[-1] > 0.7
