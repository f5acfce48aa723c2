"""Torch to ONNX: dynamic batch, length and slots; the activity leaves as probabilities."""

import hashlib
import json
import subprocess
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from torch import Tensor, nn

from streamer.brain.model import FORMAT
from streamer.brain.units import UNITS
from train.data import CORPUS
from train.model import DESCRIBED, FaceModel, Settings

OPSET: Final = 17
INPUTS: Final = ("ids", "fields", "slots")
OUTPUTS: Final = ("number", "at", "onset", "activity", "strength")


class _Exported(nn.Module):
    def __init__(self, model: FaceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, fields: Tensor, slots: Tensor) -> tuple[Tensor, ...]:
        faces = self.model(ids, fields, slots)
        return faces.number, faces.at, faces.onset, torch.sigmoid(faces.activity), faces.strength


def load(run: Path) -> FaceModel:
    """The model of a finished run."""
    settings = json.loads((run / "settings.json").read_text())
    model = FaceModel(Settings(**settings["shape"]))
    model.load_state_dict(torch.load(run / "model.pt", weights_only=True))
    return model.eval()


def write(model: FaceModel, path: Path) -> None:
    """The network as float32 ONNX without metadata."""
    ids = torch.randint(5, model.settings.vocabulary, (2, 9))
    example = (ids, torch.zeros_like(ids), torch.tensor([[0, DESCRIBED]] * 2))
    free = {0: "batch"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the way it is traced, and that this is not the newest way to export
        torch.onnx.export(
            _Exported(model).eval(), example, str(path), dynamo=False, opset_version=OPSET,
            input_names=list(INPUTS), output_names=list(OUTPUTS),
            dynamic_axes={
                "ids": free | {1: "length"}, "fields": free | {1: "length"}, "slots": free | {1: "faces"},
                "number": free,
                **{name: free | {1: "faces"} for name in OUTPUTS[1:]},
            },
        )  # fmt: skip


def stamp(path: Path, tokenizer: str, gates: dict[str, dict[str, Any]], name: str, shape: Settings) -> None:
    """Writes into the file what the runtime checks and what it was made from."""
    model = onnx.load(str(path))
    meta = {
        "format": FORMAT,
        "name": name,
        "units": " ".join(UNITS),
        "tokenizer": tokenizer,
        "gates": json.dumps(gates),
        "shape": json.dumps(asdict(shape)),
        "corpus": corpus_hash(),
        "commit": commit(),
        "licence": "MIT; encoder all-MiniLM-L6-v2, Apache-2.0",
    }
    onnx.helper.set_model_props(model, meta)
    model.producer_name = "facecue"
    onnx.save(model, str(path))


def corpus_hash() -> str:
    """A short hash over the corpus files."""
    digest = hashlib.sha256()
    for path in sorted(CORPUS.glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def commit() -> str:
    """The commit of the working tree, or "unknown" outside a repository."""
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"
