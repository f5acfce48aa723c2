"""Pre-training: what a line feels like, from GoEmotions and XED, before the corpus teaches what a face does."""

import argparse
import csv
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from streamer.brain.text import Text, pad
from train.__main__ import packaged_minilm
from train.model import EMOTIONS, FaceModel, Settings, load_minilm
from train.train import Training, rates, schedule

GO = 28
_PLACEHOLDER = re.compile(r"\[(NAME|PERSON|RELIGION|LOCATION|ORGANIZATION)\]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line and its emotions; `first` and `last` bound the labels its source knows."""

    text: str
    labels: tuple[int, ...]
    first: int
    last: int


def read(folder: Path) -> list[Labelled]:
    """Both data sets from their folder (goemotions/train.tsv, xed/*)."""
    rows = []
    with (folder / "goemotions" / "train.tsv").open(encoding="utf-8") as file:
        for text, labels, _ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows.append(Labelled(_PLACEHOLDER.sub("Sam", text), tuple(map(int, labels.split(","))), 0, GO))
    with (folder / "xed" / "en-annotated.tsv").open(encoding="utf-8") as file:
        for text, labels in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            marked = tuple(GO - 1 + int(label) for label in labels.split(","))
            rows.append(Labelled(_PLACEHOLDER.sub("Sam", text), marked, GO, EMOTIONS))
    for line in (folder / "xed" / "neu_en.txt").read_text("utf-8").splitlines():
        label, _, text = line.partition("\t")
        if label == "9":
            rows.append(Labelled(text, (GO + 8,), GO, EMOTIONS))
    return rows


def batches(
    text: Text, rows: Sequence[Labelled], tokens: int, chance: random.Random
) -> list[list[tuple[list[int], list[int], Labelled]]]:
    """Rows of about the same length together, in random order."""
    ready = sorted(((*text.line(row.text), row) for row in rows), key=lambda item: (len(item[0]), chance.random()))
    groups: list[list[tuple[list[int], list[int], Labelled]]] = [[]]
    for item in ready:
        if len(item[0]) * (len(groups[-1]) + 1) > tokens and groups[-1]:
            groups.append([])
        groups[-1].append(item)
    chance.shuffle(groups)
    return groups


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.emotions", description=__doc__)
    parser.add_argument("folder", type=Path, help="with goemotions/ and xed/")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/emotions.pt"))
    parser.add_argument("--rows", type=int, default=0, help="at most so many lines (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    chance = random.Random(asked.seed)
    minilm = packaged_minilm()
    text = Text((minilm / "tokenizer.json").read_text("utf-8"))
    rows = read(asked.folder)
    chance.shuffle(rows)
    rows = rows[: asked.rows or None]
    held, rows = rows[:1000], rows[1000:]

    model = FaceModel(Settings())
    load_minilm(model, minilm / "model.safetensors")
    model.encoder.words.weight.requires_grad_(False)
    model.encoder.places.weight.requires_grad_(False)
    optimizer = torch.optim.AdamW(rates(model, Training()), betas=(0.9, 0.98))
    groups = batches(text, rows, 2500, chance)
    bar = tqdm(groups, desc="emotions", mininterval=5, dynamic_ncols=True)
    model.train()
    for step, group in enumerate(bar):
        for options in optimizer.param_groups:
            options["lr"] = options["peak"] * schedule(step / len(groups), 0.06)
        loss = _loss(model, group)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 20 == 0:
            bar.set_postfix(loss=f"{float(loss.detach()):.4f}")
    model.eval()
    with torch.no_grad():
        parts = [float(_loss(model, group)) for group in batches(text, held, 2500, chance)]
    print(f"loss on 1000 held-out lines {np.mean(parts):.4f}")
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), asked.output)
    return 0


def _loss(model: FaceModel, group: Sequence[tuple[list[int], list[int], Labelled]]) -> torch.Tensor:
    wanted = np.zeros((len(group), EMOTIONS), np.float32)
    known = np.zeros((len(group), EMOTIONS), np.float32)
    for i, (_, _, row) in enumerate(group):
        wanted[i, list(row.labels)] = 1
        known[i, row.first : row.last] = 1
    ids, fields = (torch.from_numpy(pad([item[k] for item in group])) for k in (0, 1))  # type: ignore[misc]
    with torch.autocast("cpu", torch.bfloat16):
        logits = model.feel(ids, fields)
    each = F.binary_cross_entropy_with_logits(logits.float(), torch.from_numpy(wanted), reduction="none")
    mask = torch.from_numpy(known)
    return (each * mask).sum() / mask.sum() * 5


if __name__ == "__main__":
    sys.exit(main())
