"""Small networks of random weights in the format of the shipped file, as export writes them."""

import tempfile
import warnings
from pathlib import Path

import torch

from export.onnx import stamp, write
from export.quantize import quantize
from streamer.brain.units import UNITS
from tests.vectors.make_tiny_model import LETTERS, WORDS, tokenizer
from train.model import FaceModel, Settings

SMALL = Settings(len(WORDS) + len(LETTERS), width=48, layers=2, heads=4, inner=96, positions=128)


def network(seed: int = 0, shape: Settings = SMALL) -> FaceModel:
    """Random weights, all of them: equal ones would be written once for all of their kind."""
    torch.manual_seed(seed)
    model = FaceModel(shape)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.05)
    return model.eval()


def written(path: Path, model: FaceModel, *, is_int8: bool = True) -> Path:
    """The network as a file that the streamer loads."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = Path(folder) / "plain.onnx"
        write(model, plain)
        if is_int8:
            quantize(plain, path)
        else:
            path.write_bytes(plain.read_bytes())
    gate = {"spread": 1.2, "gain": 1.5, "mean": [0.05] * len(UNITS)}
    stamp(path, tokenizer(), {"lines": gate, "described": gate}, "small", model.settings)
    return path
