"""Small networks of random weights in the format of the shipped file, as export writes them."""

from pathlib import Path

import torch

from export.shipping import ship
from streamer.brain.decode import Gate
from streamer.brain.units import UNITS
from tests.vectors.make_tiny_model import LETTERS, WORDS, tokenizer
from train.model import FaceModel, Settings

SMALL = Settings(len(WORDS) + len(LETTERS), width=48, layers=2, heads=4, inner=96, positions=512)


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
    gate = Gate(1.2, 1.5, (0.05,) * len(UNITS))
    ship(model, path, tokenizer(), {"lines": gate, "described": gate}, "small", is_float=not is_int8)
    return path
