"""python -m train.report [RUN ...]: the baselines and the runs on the development side in one table, and plots."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from streamer.brain.decode import Gate
from streamer.brain.text import Text
from train.__main__ import packaged_minilm
from train.baselines import table
from train.data import load, split
from train.evaluate import ask, described, lines
from train.model import FaceModel, Settings, load_minilm
from train.opposites import separated

COLUMNS = ("similarity", "f1", "top1", "energy", "strong_false")


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.report", description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path, help="finished folders of python -m train")
    parser.add_argument("--no-baselines", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    minilm = packaged_minilm()
    text = Text((minilm / "tokenizer.json").read_text("utf-8"))
    training, development = split(load())

    print(f"development side: {len(development.faces)} descriptions, {len(development.sheets)} lines\n")
    print(
        "| | "
        + " | ".join(f"described {c}" for c in COLUMNS)
        + " | "
        + " | ".join(f"lines {c}" for c in COLUMNS)
        + " |"
    )
    print("|---" * (1 + 2 * len(COLUMNS)) + "|")
    if not asked.no_baselines:
        plain = FaceModel(Settings())
        load_minilm(plain, minilm / "model.safetensors")
        for name, scores in table(training, development, text, plain).items():
            print(_row(name, {kind: asdict(s) for kind, s in scores.items()}))
    for run in asked.runs:
        model, gates = _load(run)
        faces, sheets = ask(model, text, development)
        scores_of = {
            "described": asdict(described(faces, development, gates["described"])),
            "lines": asdict(lines(sheets, development, gates["lines"])),
        }
        print(_row(run.name, scores_of))
        pairs = separated(model, text, gates["described"])
        wrong = [f"{a} / {b}" for a, b, margin in pairs if margin <= 0.02]
        print(f"\nopposites apart in {len(pairs) - len(wrong)} of {len(pairs)}; not: {'; '.join(wrong) or 'none'}\n")
        _plot(run)
    return 0


def _row(name: str, scores: dict[str, dict[str, float]]) -> str:
    figures = [f"{scores[kind][c]:.2f}" for kind in ("described", "lines") for c in COLUMNS]
    return f"| {name} | " + " | ".join(figures) + " |"


def _load(run: Path) -> tuple[FaceModel, dict[str, Gate]]:
    settings = json.loads((run / "settings.json").read_text())
    model = FaceModel(Settings(**settings["shape"]))
    model.load_state_dict(torch.load(run / "model.pt", weights_only=True))
    figures = json.loads((run / "figures.json").read_text())
    return model, {kind: Gate(**figures[kind]["gate"]) for kind in figures}


def _plot(run: Path) -> None:
    """Losses and similarities over the epochs, as run/losses.png and run/similarity.png."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    log: list[dict[str, Any]] = [json.loads(row) for row in (run / "log.jsonl").read_text().splitlines()]
    for name, curves in (
        ("losses", {part: [(e["epoch"], e["losses"][part]) for e in log] for part in log[0]["losses"]}),
        (
            "similarity",
            {k: [(e["epoch"], e[k]["similarity"]) for e in log if k in e] for k in ("described", "lines")},
        ),
    ):
        figure, axes = plt.subplots(figsize=(6, 4))
        for part, points in curves.items():
            axes.plot(*zip(*points, strict=True), marker="o", label=part)
        axes.set_xlabel("epoch")
        axes.legend()
        figure.savefig(run / f"{name}.png", dpi=100, bbox_inches="tight")
        plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
