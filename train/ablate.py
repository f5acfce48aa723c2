"""python -m train.ablate: what each part of the brain is worth, three seeds a row, in one table with intervals."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import Floats
from train.__main__ import packaged_minilm
from train.losses import Weights
from train.model import Settings
from train.report import COLUMNS
from train.train import Training, train

FOLDER: Final = Path("runs/ablations")
EMOTIONS: Final = "runs/emotions.pt"
DISTILLED: Final = "runs/small.pt"

_FULL: Final = Training(start=EMOTIONS)
ROWS: Final = {
    "full": _FULL,
    "without emotion pre-training": Training(),
    "without language prior": Training(prior=False),
    "without semantic supervision": replace(
        _FULL,
        weights=Weights(activity=0.0, strength=0.0, face=0.0, contrast=0.0, plain=40.0),
        shape=Settings(plain=True),
    ),
    "without descriptions": replace(_FULL, descriptions=False),
    "MiniLM frozen": Training(shape=Settings(frozen=True)),
    "three layers, distilled": Training(prior=False, start=DISTILLED, shape=Settings(layers=3)),
    "two layers of 128, from scratch": Training(
        prior=False, shape=Settings(width=128, layers=2, heads=4, inner=512), encoder_rate=6e-4
    ),
    "half of the corpus": replace(_FULL, share=0.5),
    "quarter of the corpus": replace(_FULL, share=0.25),
}

SHARES: Final = {"quarter of the corpus": 0.25, "half of the corpus": 0.5, "full": 1.0}


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.ablate", description=__doc__)
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="a short schedule: the rows are compared with each other")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    for seed in range(asked.seeds):
        for row in asked.rows:
            settings = replace(ROWS[row], name=f"{row} {seed}", seed=seed, epochs=asked.epochs, threads=asked.threads)
            folder = FOLDER / _folder(settings.name)
            if not (folder / "figures.json").exists():
                train(replace(settings, every=asked.epochs, average=0.98), folder, packaged_minilm())
                (folder / "state.pt").unlink()
                (folder / "model.pt").unlink()
    print("\n".join(table()))
    plot(FOLDER / "data.png")
    return 0


def table() -> Iterator[str]:
    """What all finished runs reached, a row of the table each."""
    yield "| | seeds | " + " | ".join(f"{kind} {c}" for kind in ("described", "lines") for c in COLUMNS) + " |"
    yield "|---" * (2 + 2 * len(COLUMNS)) + "|"
    for row in ROWS:
        runs = [json.loads(path.read_text()) for path in FOLDER.glob(f"{_folder(row)}-[0-9]/figures.json")]
        if runs:
            cells = (
                _interval(np.array([run[kind]["scores"][c] for run in runs]))
                for kind in ("described", "lines")
                for c in COLUMNS
            )
            yield f"| {row} | {len(runs)} | " + " | ".join(cells) + " |"


def plot(path: Path) -> None:
    """Similarity against the amount of data."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.4))
    for kind, color in (("described", "#b4513f"), ("lines", "#3f7f8c")):
        for row, share in SHARES.items():
            runs = [json.loads(p.read_text()) for p in FOLDER.glob(f"{_folder(row)}-[0-9]/figures.json")]
            found = [run[kind]["scores"]["similarity"] for run in runs]
            axes.plot([share] * len(found), found, "o", color=color, label=kind if share == 1.0 else None)
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(SHARES.values()), [f"{share:.0%}" for share in SHARES.values()])
    axes.set_xlabel("share of the training side")
    axes.set_ylabel("similarity")
    axes.set_ylim(0)
    axes.legend()
    figure.savefig(path, dpi=100, bbox_inches="tight")
    plt.close(figure)


def _folder(row: str) -> str:
    return row.replace(" ", "-").replace(",", "")


def _interval(figures: Floats) -> str:
    """The mean and the half width of its 95 % interval by Student's t."""
    if len(figures) < 2:
        return f"{figures.mean():.3f}"
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}.get(len(figures), 2.5)
    return f"{figures.mean():.3f} ± {t * figures.std(ddof=1) / len(figures) ** 0.5:.3f}"


if __name__ == "__main__":
    sys.exit(main())
