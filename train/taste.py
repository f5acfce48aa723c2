"""python -m train.taste: choices of a simulated person, taught to the shipped file; does it learn the hidden taste?

The person likes strong brows and little smile, and is not always sure. Lines of the training side are shown in two
takes, as facecue prefer shows them; what the file learned is judged on lines of the development side.
"""

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from protocols.arkit import CHANNELS, Floats, by_name
from protocols.messages import PlannedKeyframe, Verdict
from streamer.brain.model import Model
from streamer.cli import UserError
from streamer.cues import CueSheet
from streamer.preferences import PLANNED, Choice, Pair, Take
from streamer.variations import vary
from train import data, tuning
from train.changes import performed, played, prompt, share
from train.data import Sheet
from train.prefer import HOLD, RATE, STEPS, learn, pairs

UNSURE: Final = 0.1  # a difference in liking at which three of four choices follow it
ALIKE: Final = 0.03  # a difference that the person does not see
_BROWS, _SMILE = ([i for i, c in enumerate(CHANNELS) if c.startswith(n)] for n in ("Brow", "MouthSmile"))


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.taste", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300, help="lines that are learned from (300)")
    tuning.add_arguments(parser, STEPS, RATE, HOLD)
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        t = tuning.settings(options, "taste")
        tuning.begin(t)  # a file that cannot be tuned is told before the person is asked
    except UserError as error:
        print(f"train.taste: {error}", file=sys.stderr)
        return error.code
    chance = random.Random(t.seed)
    training, development = data.split(data.load())
    model = Model(Path(t.source))
    shown = chance.sample(training.sheets, min(options.pairs, len(training.sheets)))
    learned, kept = (pairs(choices(model, sheets, chance)) for sheets in (shown, development.sheets))
    print(f"{len(learned)} pairs learned, {len(kept)} kept to judge by", flush=True)
    path = learn(t, learned, kept)
    tell(model, Model(path), development.sheets, tuning.RUNS / t.name / "taste.json")
    return 0


def choices(model: Model, sheets: Sequence[Sheet], chance: random.Random) -> list[Choice]:
    """What the person says of two takes of every line; lines whose takes look the same are not shown."""
    made = []
    for sheet in sheets:
        (planned,) = model.plan([prompt(sheet)])
        varied = vary(model, prompt(sheet), planned, chance)
        if varied is None:
            continue
        takes = [(PLANNED, planned), (varied.how, varied.sheet)]
        chance.shuffle(takes)
        left, right = (_take(model.name, *take) for take in takes)
        pair = Pair(sheet.id, sheet.line, sheet.emotion, sheet.background, left, right)
        one, other = (liking(performed(take)) for _, take in takes)
        made.append(Choice(pair, chosen(one, other, chance)))
    return made


def chosen(left: float, right: float, chance: random.Random) -> Verdict:
    """What a person says who likes the takes so much."""
    if abs(left - right) < ALIKE:
        return "same"
    return "left" if chance.random() < 1 / (1 + math.exp((right - left) * math.log(3) / UNSURE)) else "right"


def liking(curve: Floats) -> float:
    """The hidden taste: brows, less the smile, over the line."""
    brows, smile = (float(np.abs(curve[:, columns]).mean()) for columns in (_BROWS, _SMILE))
    return brows - smile


def tell(old: Model, new: Model, sheets: Sequence[Sheet], path: Path) -> None:
    """How often the person, asked without doubt, likes the new file's take of a line better than the old one's."""
    prompts = [prompt(sheet) for sheet in sheets]
    before, after = ([liking(curve) for curve in played(model, prompts)] for model in (old, new))
    better = share("lines whose take the person likes better", [b > a for a, b in zip(before, after, strict=True)])
    print(f"{better}\n  liking, on average {np.mean(before):.3f} -> {np.mean(after):.3f}")
    figures = {"better": [better.count, better.of], "before": np.mean(before), "after": np.mean(after)}
    path.write_text(json.dumps(figures, indent=1))


def _take(name: str, how: str, sheet: CueSheet) -> Take:
    keyframes = (PlannedKeyframe(k.at, k.onset, k.text, by_name(k.values)) for k in sheet.keyframes)
    return Take(name, how, tuple(keyframes))


if __name__ == "__main__":
    sys.exit(main())
