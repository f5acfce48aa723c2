"""Export of a small untrained network: float32 equals torch, int8 stays close."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")

from export.onnx import write  # noqa: E402
from export.quantize import quantize  # noqa: E402
from streamer.brain.decode import CHOSEN, slots_of  # noqa: E402
from train.model import DESCRIBED, FaceModel, Settings  # noqa: E402

SMALL = Settings(vocabulary=200, width=48, layers=2, heads=4, inner=96, positions=64)


@pytest.fixture(scope="module")
def model() -> FaceModel:
    torch.manual_seed(0)
    return FaceModel(SMALL).eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("batch", "length", "slots"), [(1, 3, [DESCRIBED]), (3, 17, list(range(DESCRIBED)))])
def test_an_exported_model_answers_like_torch(
    model: FaceModel, tmp_path: Path, batch: int, length: int, slots: list[int]
) -> None:
    write(model, tmp_path / "plain.onnx")
    quantize(tmp_path / "plain.onnx", tmp_path / "small.onnx")
    ids = torch.randint(5, 200, (batch, length), generator=torch.Generator().manual_seed(1))
    asked = torch.tensor([slots] * batch)
    with torch.no_grad():
        faces = model(ids, torch.ones_like(ids), asked)
    feed = {"ids": ids.numpy(), "fields": np.ones_like(ids.numpy()), "slots": asked.numpy()}
    for name, worst in (("plain.onnx", 1e-4), ("small.onnx", 0.1)):
        _, at, _, activity, strength = ort.InferenceSession(str(tmp_path / name)).run(None, feed)
        assert np.abs(activity - torch.sigmoid(faces.activity).numpy()).max() < worst
        assert np.abs(strength - faces.strength.numpy()).max() < worst
        assert np.abs(at - faces.at.numpy()).max() < worst
    assert (tmp_path / "small.onnx").stat().st_size < (tmp_path / "plain.onnx").stat().st_size


def test_a_negative_slot_is_a_keyframe_of_the_number_found(model: FaceModel) -> None:
    ids = torch.randint(5, 200, (6, 9), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        chosen = model(ids, torch.ones_like(ids), torch.tensor([CHOSEN] * 6))
        every = model(ids, torch.ones_like(ids), torch.tensor([range(DESCRIBED)] * 6))
    for i, number in enumerate(chosen.number.argmax(-1).tolist()):
        slots = slots_of(number + 1)
        assert torch.allclose(chosen.strength[i, : number + 1], every.strength[i, slots], atol=1e-5)
        assert torch.allclose(chosen.at[i, : number + 1], every.at[i, slots], atol=1e-5)
