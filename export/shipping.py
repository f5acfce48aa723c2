"""A network written as the file that the streamer loads."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from export.onnx import stamp, write
from export.quantize import quantize
from streamer.brain.decode import Gate
from train.model import FaceModel


def ship(model: FaceModel, path: Path, tokenizer: str, gates: dict[str, Gate], name: str, *, is_float: bool) -> None:
    """Writes the file, int8 unless it is to stay float32, with all it carries; it appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "made.onnx"
        write(model, plain)
        if is_float:
            plain.replace(made)
        else:
            quantize(plain, made)
        stamp(made, tokenizer, {kind: asdict(gate) for kind, gate in gates.items()}, name, model.settings)
        made.replace(path)
