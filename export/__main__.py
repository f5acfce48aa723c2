"""python -m export RUN: the run's model as int8 ONNX, verified against torch and timed."""

import argparse
import json
import sys
from pathlib import Path

from export.bench import bench
from export.onnx import load
from export.shipping import ship
from export.verify import verify
from streamer.brain.decode import Gate
from streamer.brain.model import WEIGHTS
from streamer.brain.text import Text
from train.__main__ import packaged_minilm
from train.data import load as load_corpus
from train.data import split


def main() -> int:
    parser = argparse.ArgumentParser("python -m export", description=__doc__)
    parser.add_argument("run", type=Path, help="a folder of python -m train")
    parser.add_argument("-o", "--output", type=Path, default=WEIGHTS)
    parser.add_argument("--float", action="store_true", help="keep float32 (for GPUs)")
    parser.add_argument("--name", default="facecue-minilm")
    asked = parser.parse_args()

    tokenizer = (packaged_minilm() / "tokenizer.json").read_text("utf-8")
    figures = json.loads((asked.run / "figures.json").read_text())
    gates = {kind: Gate(**found["gate"]) for kind, found in figures.items()}
    model = load(asked.run)
    ship(model, asked.output, tokenizer, gates, asked.name, is_float=asked.float)
    print(f"{asked.output}: {asked.output.stat().st_size / 1e6:.1f} MB")

    _, development = split(load_corpus())
    for agreement in verify(model, asked.output, Text(tokenizer), development, gates):
        print(agreement.row())
    for row in bench(asked.output, development):
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
