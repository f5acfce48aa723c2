"""python -m train.small FOLDER: a MiniLM of half the layers, taught to read as the whole one does.

It starts from every second layer and is taught, on lines from GoEmotions and XED, to end with the same vectors for the
same words. train/ablate.py fine-tunes it beside the whole encoder.
"""

import argparse
import random
import sys
from pathlib import Path

import torch
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from streamer.brain.text import Text, pad
from train.__main__ import packaged_minilm
from train.emotions import batches, read
from train.model import FaceModel, Settings, load_minilm
from train.train import schedule

KEPT = (1, 3, 5)  # of MiniLM's layers


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.small", description=__doc__)
    parser.add_argument("folder", type=Path, help="with goemotions/ and xed/")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/small.pt"))
    parser.add_argument("--rows", type=int, default=30000, help="at most so many lines")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    chance = random.Random(asked.seed)
    minilm = packaged_minilm()
    text = Text((minilm / "tokenizer.json").read_text("utf-8"))
    rows = chance.sample(read(asked.folder), asked.rows)

    teacher = FaceModel(Settings(dropout=0.0))
    load_minilm(teacher, minilm / "model.safetensors")
    student = halved(teacher)
    for model in (teacher, student):
        _end_last(model)
    teacher.requires_grad_(False)
    optimizer = torch.optim.AdamW(student.encoder.layers.parameters(), lr=asked.rate, betas=(0.9, 0.98))
    groups = batches(text, rows, 2500, chance)
    bar = tqdm(groups, desc="small", mininterval=5, dynamic_ncols=True)
    for step, group in enumerate(bar):
        ids, fields = (torch.from_numpy(pad([item[k] for item in group])) for k in (0, 1))
        for options in optimizer.param_groups:
            options["lr"] = asked.rate * schedule(step / len(groups), 0.06)
        with torch.autocast("cpu", torch.bfloat16):
            there = (ids > 0)[..., None].float()
            wanted, given = (model.encode(ids, fields)[0].float() for model in (teacher, student))
        loss = (F.mse_loss(given, wanted, reduction="none") * there).sum() / (there.sum() * wanted.shape[-1])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 20 == 0:
            bar.set_postfix(loss=f"{float(loss.detach()):.4f}")
    torch.nn.init.zeros_(student.encoder.mix)
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    torch.save(student.state_dict(), asked.output)
    return 0


def halved(teacher: FaceModel) -> FaceModel:
    """A network with every second layer of the teacher's encoder."""
    student = FaceModel(Settings(layers=len(KEPT), dropout=0.0))
    own = teacher.encoder.state_dict()
    state = {name: value for name, value in own.items() if not name.startswith(("layers.", "mix"))}
    for ours, theirs in enumerate(KEPT):
        begin = f"layers.{theirs}."
        state |= {f"layers.{ours}." + name.removeprefix(begin): v for name, v in own.items() if name.startswith(begin)}
    student.encoder.load_state_dict(state, strict=False)
    return student


def _end_last(model: FaceModel) -> None:
    """Has the encoder give its last layer alone."""
    with torch.no_grad():
        model.encoder.mix.fill_(-20.0)
        model.encoder.mix[-1] = 20.0


if __name__ == "__main__":
    sys.exit(main())
