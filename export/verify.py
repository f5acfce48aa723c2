"""The exported file against torch on the whole development side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort

from protocols.arkit import Floats
from streamer.brain.decode import Gate
from streamer.brain.text import Text, pad
from streamer.brain.units import TO_JUDGED
from train.batches import Item, of_face, of_sheet
from train.data import Split
from train.evaluate import Answers, answers, described, lines
from train.metrics import Scores
from train.model import DESCRIBED, SLOTS, FaceModel


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one file answers beside torch: mean and worst cosine of faces, largest difference, and its own scores."""

    kind: str
    mean_cosine: float
    worst_cosine: float
    largest: float
    torch: Scores
    file: Scores

    def row(self) -> str:
        return (
            f"{self.kind:10} cosine {self.mean_cosine:.4f} (worst {self.worst_cosine:.3f}), largest difference "
            f"{self.largest:.4f}\n  torch {self.torch.row()}\n  file  {self.file.row()}"
        )


def verify(model: FaceModel, path: Path, text: Text, split: Split, gates: dict[str, Gate]) -> list[Agreement]:
    """Answers of the file and of torch to every development text."""
    return [
        _compare(
            "described",
            model,
            path,
            [of_face(text, f) for f in split.faces],
            [DESCRIBED],
            split,
            gates["described"],
        ),
        _compare(
            "lines",
            model,
            path,
            [of_sheet(text, s) for s in split.sheets],
            list(range(SLOTS - 1)),
            split,
            gates["lines"],
        ),
    ]


def _compare(
    kind: str,
    model: FaceModel,
    path: Path,
    items: list[Item],
    slots: list[int],
    split: Split,
    gate: Gate,
) -> Agreement:
    ours = answers(model, items, slots)
    theirs = file_answers(path, items, slots)
    a, b = (gate(said.activity, said.strength) @ TO_JUDGED for said in (ours, theirs))
    cosine = (a * b).sum(-1) / np.maximum(np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1), 1e-6)
    judge = described if kind == "described" else lines
    return Agreement(
        kind,
        float(cosine.mean()),
        float(cosine.min()),
        float(np.abs(a - b).max()),
        judge(ours, split, gate),
        judge(theirs, split, gate),
    )


def file_answers(path: Path, items: Sequence[Item], slots: Sequence[int]) -> Answers:
    """What a file says about every item, one by one as the streamer asks."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rows: list[list[Floats]] = []
    for item in items:
        feed = {"ids": pad([item.ids]), "fields": pad([item.fields]), "slots": np.array([slots], np.int64)}
        rows.append(session.run(None, feed))
    return Answers(*(np.concatenate(column) for column in zip(*rows, strict=True)))
