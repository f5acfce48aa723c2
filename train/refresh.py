"""python -m train refresh: some sheets of your own taught to a file that is shipped, in minutes on one core."""

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from export.weights import Shipped
from streamer.brain.model import Model
from streamer.brain.text import Text
from streamer.cli import FINE, USAGE, UserError
from train import data, tuning
from train.batches import Batch, epoch
from train.changes import compared, fit
from train.data import CorpusError, Sheet, Split
from train.losses import Weights
from train.model import FaceModel
from train.train import TOLD
from train.tuning import Lesson, Tuning, content, taught, tune

STEPS: Final = 60
TOKENS: Final = 700  # of the new sheets, a step
ENOUGH: Final = 40  # sheets, of which some can be kept to judge by
KEPT: Final = 8  # every so manieth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sheets", nargs="+", type=Path, metavar="SHEETS.jsonl", help="cue sheets as in the corpus")
    parser.add_argument(
        "--held-out", type=Path, metavar="FILE.jsonl",
        help=f"sheets that are not learned but judged by (every {KEPT}th, where there are {ENOUGH} or more)",
    )  # fmt: skip
    tuning.add_arguments(parser, STEPS)


def run(options: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    sheets = _sheets(options.sheets)
    kept = _sheets([options.held_out]) if options.held_out else []
    if not kept and len(sheets) >= ENOUGH:
        kept = sheets[KEPT - 1 :: KEPT]
        sheets = [sheet for i, sheet in enumerate(sheets) if i % KEPT != KEPT - 1]
    t = tuning.settings(options, options.sheets[0].stem)
    shipped = tuning.begin(t)
    training, development = data.split(data.load(data.CORPUS, options.sheets))
    print(f"{len(sheets)} sheets, {len(kept)} kept to judge by; {t.steps} steps from {t.source}", flush=True)
    model = tune(t, shipped, training, lessons(t, shipped, sheets), content(sheets))
    path = tuning.finish(t, shipped, model, development)
    old, new = Model(Path(t.source)), Model(path)
    gate = shipped.gates["lines"]
    sides = (("learned", _lines(sheets)), ("held out", _lines(kept)))
    changes = [fit(name, old, new, lines, gate) for name, lines in sides if lines]
    figures, drifts = compared(old, new, development)
    tuning.report(t, changes + figures, drifts)
    return FINE


def lessons(t: Tuning, shipped: Shipped, sheets: Sequence[Sheet]) -> Lesson:
    """For every step some of the sheets, in the words of their lines and of their keyframes."""
    side = Split(_lines(sheets), [face for sheet in sheets for face in sheet.faces])
    passes = _passes(Text(shipped.tokenizer), side, random.Random(t.seed))
    batches = [next(passes) for _ in range(t.steps)]
    mean = torch.tensor(shipped.gates["lines"].mean)

    def lesson(model: FaceModel, _: FaceModel, step: int) -> dict[str, Tensor]:
        told = random.Random(t.seed + step).random() < TOLD
        return taught(model, batches[step], mean, Weights(), told=told)

    return lesson


def _passes(text: Text, side: Split, chance: random.Random) -> Iterator[Batch]:
    while True:
        yield from epoch(text, side, chance, TOKENS, composed=0)


def _sheets(paths: Sequence[Path]) -> list[Sheet]:
    try:
        sheets = data.read(paths)
    except CorpusError as error:
        raise UserError(str(error), USAGE) from error
    except OSError as error:
        raise UserError(f"cannot read {error.filename}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{paths[0]}: {error}", USAGE) from error
    if not sheets:
        raise UserError(f"{' '.join(map(str, paths))}: no sheets, expected one JSON object a line", USAGE)
    return sheets


def _lines(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets without the faces that stand alone."""
    return [sheet for sheet in sheets if not sheet.id.startswith("f")]
