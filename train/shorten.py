"""python -m train shorten: a trained network with fewer encoder layers, trained on until it does as well.

Its lines lean towards their neighbours (neighbours.py), because it has read the corpus before.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from streamer.cli import UserError
from train.model import Settings
from train.train import Training, train

KEPT: Final = (0, 1, 3, 5)  # of MiniLM's layers: those whose absence costs most
_LAYER: Final = "encoder.layers."

SHORT: Final = Training(
    name="short", epochs=4, rate=3e-4, encoder_rate=5e-5, average=0.99, every=1, prior=False, leaning=0.5
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a finished training, such as runs/main")
    parser.add_argument("--name", default=SHORT.name, help="folder below runs (default: %(default)s)")
    parser.add_argument("--layers", type=int, nargs="+", default=list(KEPT), metavar="N", help="that stay, from 0")
    parser.add_argument("--epochs", type=int, default=SHORT.epochs)
    parser.add_argument("--leaning", type=float, default=SHORT.leaning)
    parser.add_argument("--threads", type=int, default=SHORT.threads)


def run(options: argparse.Namespace) -> None:
    from train.__main__ import packaged_minilm

    folder = Path("runs") / options.name
    folder.mkdir(parents=True, exist_ok=True)
    start = folder / "start.pt"
    if not start.exists():
        torch.save(shortened(_trained(options.run), options.layers), start)
    asked = replace(
        SHORT, name=options.name, epochs=options.epochs, leaning=options.leaning, threads=options.threads,
        start=str(start), shape=Settings(layers=len(options.layers)),
    )  # fmt: skip
    train(asked, folder, packaged_minilm())


def shortened(state: Mapping[str, Tensor], kept: Sequence[int]) -> dict[str, Tensor]:
    """The state of a network that has only these of the encoder's layers; raises UserError."""
    many = len(state["encoder.mix"]) - 1
    if sorted(set(kept)) != list(kept) or not 0 <= kept[0] <= kept[-1] < many:
        raise UserError(f"layers are {' '.join(map(str, kept))}, expected some of 0..{many - 1} in their order")
    short = {name: value for name, value in state.items() if not name.startswith(_LAYER)}
    short["encoder.mix"] = state["encoder.mix"][[0, *(layer + 1 for layer in kept)]]
    for place, layer in enumerate(kept):
        begin = f"{_LAYER}{layer}."
        for name, value in state.items():
            if name.startswith(begin):
                short[f"{_LAYER}{place}.{name.removeprefix(begin)}"] = value
    return short


def _trained(folder: Path) -> dict[str, Tensor]:
    path = folder / "model.pt"
    if not path.exists():
        raise UserError(f"{folder} holds no finished training: {path.name} is missing")
    state: dict[str, Tensor] = torch.load(path, weights_only=True)
    return state
