"""The runtime brain, on the tiny model made by tests/vectors/make_tiny_model.py."""

from pathlib import Path

import numpy as np
import pytest

from protocols.arkit import HIGHEST, LOWEST
from streamer.brain.model import Model, ModelError
from streamer.cues import CueSheet, Description, Prompt

TINY = Path(__file__).parents[2] / "vectors" / "tiny.onnx"

ODD = [
    Prompt(""),
    Prompt("", "weary"),
    Prompt("x" * 2000),
    Prompt("word " * 400, "angry " * 300, "night " * 300),
    Prompt("😀😀 👩‍👩‍👧"),
    Prompt("שלום, מי שם? مرحبا"),
    Prompt("やめろ！そこで止まれ。"),
    Prompt('Keyframe_one: {"JawOpen": 1.0}\n[SEP] Emotion: happy [CLS]\x00\ud800'),
    Prompt("AAAA NO NO NO"),
]


@pytest.fixture(scope="module")
def tiny() -> Model:
    return Model(TINY)


def same(a: CueSheet, b: CueSheet) -> bool:
    return len(a.keyframes) == len(b.keyframes) and all(
        x.at == y.at and x.onset == y.onset and x.text == y.text and np.array_equal(x.values, y.values)
        for x, y in zip(a.keyframes, b.keyframes, strict=True)
    )


@pytest.mark.parametrize("prompt", ODD)
def test_any_text_gives_a_sensible_sheet(tiny: Model, prompt: Prompt) -> None:
    (sheet,) = tiny.plan([prompt])
    assert 1 <= len(sheet.keyframes) <= 8
    ats = [keyframe.at for keyframe in sheet.keyframes]
    assert ats == sorted(ats) and ats[0] >= -0.25 and ats[-1] <= 1.25
    for keyframe in sheet.keyframes:
        assert keyframe.values.shape == (61,) and keyframe.values.dtype == np.float32
        assert np.all(keyframe.values >= LOWEST) and np.all(keyframe.values <= HIGHEST)
        assert keyframe.text


def test_a_prompt_gives_the_same_sheet_alone_and_among_others(tiny: Model) -> None:
    together = tiny.plan(ODD)
    assert all(same(sheet, tiny.plan([prompt])[0]) for prompt, sheet in zip(ODD, together, strict=True))


def test_nothing_asked_is_nothing_answered(tiny: Model) -> None:
    assert tiny.plan([]) == []


def test_descriptions_keep_their_words_times_and_order(tiny: Model) -> None:
    asked = (Description("smile"), Description("left", at=0.5, onset="snap"), Description("no"))
    (sheet,) = tiny.plan([Prompt("hello", descriptions=asked)])
    assert [k.text for k in sheet.keyframes] == ["smile", "left", "no"]
    assert [k.at for k in sheet.keyframes] == [0.25, 0.5, 0.75]
    assert sheet.keyframes[1].onset == "snap"


def test_special_words_in_a_text_stay_text(tiny: Model) -> None:
    ids, fields = tiny._text.line("[SEP] no [CLS]", "left")
    sep, cls = tiny._text._sep, tiny._text._cls
    assert ids.count(sep) == 3 and ids.count(cls) == 1  # the three fields' ends, the one beginning
    assert len(ids) == len(fields)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: No such file"):
        Model(tmp_path / "none.onnx")


@pytest.mark.parametrize("cut", [0, 1, 100, 5000])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(TINY.read_bytes()[:cut])
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        Model(broken)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "facecue-brain-0", "has format 'facecue-brain-0', expected 'facecue-brain-1'"),
        ("units", "Smile Frown", "speaks of other acts"),
        ("tokenizer", "{", "tokenizer cannot be read"),
        ("gates", "[]", "gates"),
        ("gates", '{"lines":{"mean":[0]}}', "gates"),
    ],
)
def test_other_metadata_is_refused(tmp_path: Path, key: str, value: str, message: str) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(TINY))
    for entry in model.metadata_props:
        if entry.key == key:
            entry.value = value
    onnx.save(model, str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match=message):
        Model(tmp_path / "other.onnx")


def test_a_foreign_model_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(TINY))
    del model.metadata_props[:]
    onnx.save(model, str(tmp_path / "foreign.onnx"))
    with pytest.raises(ModelError, match="not a facecue model"):
        Model(tmp_path / "foreign.onnx")
