"""From a file back to the network it was written from."""

from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from export.verify import file_answers  # noqa: E402
from export.weights import read  # noqa: E402
from streamer.brain.model import WEIGHTS, ModelError  # noqa: E402
from streamer.brain.text import Text  # noqa: E402
from streamer.brain.units import TO_JUDGED, UNITS  # noqa: E402
from tests.export.networks import SMALL, network, written  # noqa: E402
from train.batches import of_sheet  # noqa: E402
from train.data import Face, Sheet  # noqa: E402
from train.evaluate import answers  # noqa: E402
from train.model import SLOTS, Settings  # noqa: E402

STILL = Face("", np.zeros(len(UNITS), np.float32))
TEXTS = (
    ("Halt! Who goes there?", "suspicious", "Night watch at the gate."), ("You came back!", "joy", ""),
    ("No.", "cold anger", ""), ("I never said that I would stay.", "", "She has the keys in her hand."),
    ("", "disgust", "A beetle in the soup."), ("Oh, wonderful. More rain.", "sarcasm", ""),
)  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("small") / "small.onnx", network())


def cosines(path: Path) -> np.ndarray:
    """How alike the file and the network read from it answer, line by line and slot by slot."""
    shipped = read(path)
    items = [of_sheet(Text(shipped.tokenizer), Sheet("", *text, (STILL,))) for text in TEXTS]
    slots = list(range(SLOTS - 1))
    a, b = (
        (said.activity * said.strength) @ TO_JUDGED
        for said in (answers(shipped.model, items, slots, size=1), file_answers(path, items, slots))
    )
    alike: np.ndarray = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return alike


def test_the_network_read_from_the_shipped_file_answers_as_the_file_does() -> None:
    alike = cosines(WEIGHTS)
    assert alike.mean() > 0.99 and alike.min() > 0.95  # what is left is the int8 of what flows, which the file has


@pytest.mark.parametrize("is_int8", [True, False])
def test_every_parameter_comes_back(tmp_path: Path, is_int8: bool) -> None:
    model = network()
    path = written(tmp_path / "small.onnx", model, is_int8=is_int8)
    shipped = read(path)
    assert shipped.model.settings == SMALL and shipped.name == "small" and shipped.gates["lines"].gain == 1.5
    worst = 0.02 if is_int8 else 1e-6
    for (name, true), found in zip(model.state_dict().items(), shipped.model.state_dict().values(), strict=True):
        if name == "encoder.mix":  # only the shares that it gives the layers are in the file
            true, found = true.softmax(0), found.softmax(0)
        if not name.startswith("emotion."):
            assert (true - found).norm() < worst * true.norm(), name
    assert cosines(path).min() > (0.98 if is_int8 else 1 - 1e-6)


def test_a_file_without_a_shape_has_the_one_of_its_arrays(tmp_path: Path) -> None:
    shape = Settings(SMALL.vocabulary, width=64, layers=1, heads=2, inner=96, positions=512)
    path = written(tmp_path / "old.onnx", network(shape=shape))
    file = onnx.load(str(path))
    del file.metadata_props[[entry.key for entry in file.metadata_props].index("shape")]
    onnx.save(file, str(path))
    assert read(path).model.settings == shape


def test_weights_read_and_written_again_stay_the_same(small: Path, tmp_path: Path) -> None:
    again = written(tmp_path / "again.onnx", read(small).model)
    first, second = (read(path).model.state_dict() for path in (small, again))
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in first if "emotion" not in name)


def test_a_file_that_is_not_ours_is_told(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    for data, message in ((b"", "is 0 bytes"), (b"not a model", "is no ONNX file|is no model of this version")):
        path.write_bytes(data)
        with pytest.raises(ModelError, match=message):
            read(path)
    path.write_bytes(small.read_bytes()[: small.stat().st_size // 2])
    with pytest.raises(ModelError, match="is no ONNX file|is no model|holds no network"):
        read(path)
    with pytest.raises(ModelError, match="holds no network that can be trained"):
        read(Path(__file__).parents[1] / "vectors" / "tiny.onnx")
    with pytest.raises(ModelError, match="No such file"):
        read(tmp_path / "none.onnx")
