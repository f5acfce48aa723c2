"""python -m train prefer: choices between takes taught to a file that is shipped (facecue prefer asks for them).

A network's answer to a line is taken as the middle of a bell of faces; a take is the likelier the nearer to it. What is
learned is that takes which were liked become likelier, against those beside them, than they were: direct preference
optimisation (Rafailov et al., 2023) with faces for words.
"""

import argparse
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from export.weights import Shipped
from protocols.arkit import Floats, face
from streamer import preferences
from streamer.brain.decode import MOST, Gate
from streamer.brain.model import ONSETS, Model
from streamer.brain.parts import parts
from streamer.brain.text import Text
from streamer.brain.units import TO_JUDGED, from_acts
from streamer.cli import FINE, USAGE, UserError
from streamer.cues import Prompt
from streamer.face import acts
from streamer.preferences import Choice
from train import data, tuning
from train.batches import Batch, collate, of_sheet
from train.changes import Share, compared, played, share, true
from train.data import Face, Sheet
from train.model import FaceModel
from train.tuning import Lesson, Tuning, content, tune

STEPS: Final = 60
RATE: Final = 1.5e-4
HOLD: Final = 3.0  # a taste is a small move of everything, where a new word is a large one of little
PAIRS: Final = 8  # a step
HELD_OUT: Final = 0.2  # of the lines
ENOUGH: Final = 30  # pairs, of which some can be kept to judge by
BREADTH: Final = 0.3  # of the bell round an answer, a weight of each channel
LATENESS: Final = 0.2  # of the bell round a time
FIRM: Final = 0.5  # how sure a choice is taken to be: how far its take may become likelier


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A line with the take that was liked better and the other."""

    liked: Sheet
    other: Sheet

    @property
    def prompt(self) -> Prompt:
        return Prompt(self.liked.line, self.liked.emotion, self.liked.background)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("choices", nargs="+", type=Path, metavar="CHOICES.jsonl", help="what facecue prefer wrote")
    parser.add_argument(
        "--held-out", type=float, default=HELD_OUT, metavar="SHARE",
        help=f"of the lines, to judge by where there are {ENOUGH} pairs or more ({HELD_OUT})",
    )  # fmt: skip
    tuning.add_arguments(parser, STEPS, RATE, HOLD)


def run(options: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    if not 0 <= options.held_out < 1:
        raise UserError(f"--held-out is {options.held_out:g}, expected 0..1", USAGE)
    choices = [choice for path in options.choices for choice in preferences.read(path)]
    every = pairs(choices)
    if not every:
        raise UserError(f"{' '.join(map(str, options.choices))}: {_why(choices)}", USAGE)
    kept = [pair for pair in every if len(every) >= ENOUGH and _is_kept(pair, options.held_out)]
    learned = [pair for pair in every if pair not in kept]
    t = tuning.settings(options, options.choices[0].stem)
    print(f"{len(choices)} choices, of which {len(every)} can be learned from: {len(learned)} learned, "
          f"{len(kept)} kept to judge by; {t.steps} steps from {t.source}", flush=True)  # fmt: skip
    learn(t, learned, kept)
    return FINE


def learn(t: Tuning, learned: Sequence[Pair], kept: Sequence[Pair]) -> Path:
    """Tunes on pairs, writes the file and tells what it changed."""
    shipped = tuning.begin(t)
    training, development = data.split(data.load(data.CORPUS))
    model = tune(
        t, shipped, training, lessons(t, shipped, learned), content([s for p in learned for s in (p.liked, p.other)])
    )
    path = tuning.finish(t, shipped, model, development)
    old, new = Model(Path(t.source)), Model(path)
    changes, drifts = compared(old, new, development)
    sides = (("learned", learned), ("held out", kept))
    shares = [one for name, some in sides if some for one in agreement(name, old, new, some)]
    tuning.report(t, changes, drifts, shares)
    return path


def pairs(choices: Sequence[Choice]) -> list[Pair]:
    """What can be learned from: a take was liked better, and the line is one that the network answers in one piece."""
    found = []
    for choice in choices:
        pair, winner = choice.pair, choice.winner
        if winner is None or len(parts(pair.line)) > 1:
            continue
        if all(1 <= len(take.keyframes) <= MOST for take in (pair.left, pair.right)):
            loser = pair.right if winner is pair.left else pair.left
            found.append(Pair(_sheet(pair, winner), _sheet(pair, loser)))
    return found


def lessons(t: Tuning, shipped: Shipped, learned: Sequence[Pair]) -> Lesson:
    """For every step some pairs, each as two texts with their faces: the liked takes first, then the others."""
    text, chance = Text(shipped.tokenizer), random.Random(t.seed)
    gate = shipped.gates["lines"]
    drawn: list[Pair] = []
    while len(drawn) < t.steps * PAIRS:
        drawn += chance.sample(learned, len(learned))
    groups = [drawn[start : start + PAIRS] for start in range(0, t.steps * PAIRS, PAIRS)]
    batches = [collate([of_sheet(text, s) for s in [p.liked for p in g] + [p.other for p in g]]) for g in groups]

    def lesson(model: FaceModel, old: FaceModel, step: int) -> dict[str, Tensor]:
        now = likelihood(model, batches[step], gate)
        with torch.no_grad():
            then = likelihood(old, batches[step], gate)
        liked, other = (now - then).chunk(2)
        return {"preference": -F.logsigmoid(FIRM * (liked - other)).mean()}

    return lesson


def likelihood(model: FaceModel, batch: Batch, gate: Gate) -> Tensor:
    """How likely the network finds each take, as logarithms, apart from a constant (B,)."""
    with torch.autocast("cpu", torch.bfloat16):
        faces = model(batch.ids, batch.fields, batch.slots)
    mean = torch.tensor(gate.mean)
    expected = torch.sigmoid(faces.activity.float()) * faces.strength.float()
    shown = (mean + gate.spread * (expected - mean)) * gate.gain  # as the gate has it, but for its cuts
    off = ((shown - batch.units) @ torch.from_numpy(TO_JUDGED)).square().sum(-1) / BREADTH**2
    late = (faces.at.float() - batch.at).square() / LATENESS**2
    many = batch.there.sum(1)
    number = F.log_softmax(faces.number.float(), -1).gather(1, many.long()[:, None] - 1).squeeze(1)
    likely: Tensor = number - ((off + late) * batch.there).sum(1) / many / 2
    return likely


def agreement(name: str, old: Model, new: Model, some: Sequence[Pair]) -> list[Share]:
    """How often the answer is nearer to the liked take, before and after, and how often it moved that way."""
    prompts = [pair.prompt for pair in some]
    before, after = played(old, prompts), played(new, prompts)
    liked, other = ([true(sheet) for sheet in side] for side in ([p.liked for p in some], [p.other for p in some]))
    ways = zip(before, after, liked, other, strict=True)
    moved = [float(((now - then) * (better - worse)).sum()) for then, now, better, worse in ways]
    return [
        share(f"{name}: nearer to the liked take, before", _nearer(before, liked, other)),
        share(f"{name}: nearer to the liked take, after", _nearer(after, liked, other)),
        share(f"{name}: moved towards the liked take", [way > 0 for way in moved]),
    ]


def _nearer(faces: Sequence[Floats], liked: Sequence[Floats], other: Sequence[Floats]) -> list[bool]:
    return [
        float(np.square(face - one).sum()) < float(np.square(face - two).sum())
        for face, one, two in zip(faces, liked, other, strict=True)
    ]


def _sheet(pair: preferences.Pair, take: preferences.Take) -> Sheet:
    """A take as the corpus would have it."""
    faces = tuple(
        Face(k.text, from_acts(acts.from_values(face(k.values))), k.at, ONSETS.index(k.onset)) for k in take.keyframes
    )
    return Sheet(pair.id, pair.line, pair.emotion, pair.background, faces)


def _is_kept(pair: Pair, held_out: float) -> bool:
    """Whether a pair is kept to judge by; lines of the same words go together."""
    chance = int(hashlib.sha256(data.bag(pair.liked.line).encode()).hexdigest()[:8], 16) / 16**8
    return chance < held_out


def _why(choices: Sequence[Choice]) -> str:
    """Why there is nothing to learn from."""
    if not choices:
        return "no choices, expected what facecue prefer writes"
    if not any(choice.winner for choice in choices):
        return f"no take was liked better in {len(choices)} choices, so there is nothing to learn"
    return f"all takes that were liked better are of long lines or of more than {MOST} keyframes, which are not learned"
