"""A shipped network a little changed: some steps towards something new, while its answers to the corpus are held."""

import argparse
import hashlib
import json
import random
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from export.shipping import ship
from export.verify import verify
from export.weights import Shipped, read
from streamer.arguments import above_zero
from streamer.brain.model import WEIGHTS, ModelError
from streamer.brain.text import Text
from streamer.cli import USAGE, UserError
from streamer.progress import Progress
from train.batches import Batch, epoch
from train.changes import Change, Drift, Share
from train.data import Sheet, Split
from train.losses import Weights, held, losses
from train.model import FaceModel
from train.train import Stop, Training, rates, schedule

SAVE_EVERY: Final = 20  # steps
REHEARSED: Final = 24  # sheets a step that the rehearsal is drawn from, and as many faces
RUNS: Final = Path("runs")
STATE: Final = "tuning.pt"
RATE: Final = 5e-5
HOLD: Final = 16.0
MOST_STEPS: Final = 100_000
MOST_HOLD: Final = 1000

_NAME: Final = re.compile(r"[\w-][\w.-]*")

Lesson = Callable[[FaceModel, FaceModel, int], dict[str, Tensor]]  # the network, the old one, the step: a loss in parts


@dataclass(frozen=True)
class Tuning:
    """Everything that decides a tuning but what it learns."""

    name: str
    source: str  # the file that is tuned
    steps: int
    rate: float = RATE  # of the decoder
    hold: float = HOLD  # what an answer that moves costs, against one that is learned
    seed: int = 0
    encoder: float = 0.3  # of the rate, for the encoder's last layer
    tokens: int = 2000  # of the corpus, a step
    warm_up: float = 0.1  # share of the steps


def tune(t: Tuning, shipped: Shipped, rehearsal: Split, lesson: Lesson, given: str) -> FaceModel:
    """The network after the last step; `given` names what it learns from.

    Raises UserError where Ctrl-C stopped it; what was done is kept, and the same tuning goes on from there.
    """
    run = Run(t, shipped, rehearsal, given)
    stop = Stop()
    try:
        with Progress("steps") as progress:
            while run.step < t.steps:
                parts = run.take(lesson)
                progress.advance(share=run.step / t.steps)
                if run.step % SAVE_EVERY == 0 or run.step == t.steps:
                    progress.tell(_row(run.step, t.steps, parts))
                    run.save()
                if stop.asked and run.step < t.steps:
                    run.save()
                    raise UserError(f"stopped after step {run.step} of {t.steps}; the same command goes on")
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run.model.eval()


class Run:
    """A tuning under way: the network, the old one beside it, the optimizer, and how far it is."""

    def __init__(self, t: Tuning, shipped: Shipped, rehearsal: Split, given: str) -> None:
        self.t = t
        self.old = shipped.model.eval()
        self.model = FaceModel(shipped.model.settings)
        self.model.load_state_dict(self.old.state_dict())
        for table in (self.model.encoder.words, self.model.encoder.places):
            table.weight.requires_grad_(False)
        speeds = Training(rate=t.rate, encoder_rate=t.encoder * t.rate, shape=self.model.settings)
        self.optimizer = torch.optim.AdamW(rates(self.model, speeds), betas=(0.9, 0.98), fused=True)
        self.rehearsal = rehearsed(Text(shipped.tokenizer), rehearsal, t)
        self.step = 0
        self.state = RUNS / t.name / STATE
        source = Path(t.source).read_bytes()
        self.of = hashlib.sha256(source + (json.dumps(asdict(t)) + given).encode()).hexdigest()
        self.state.parent.mkdir(parents=True, exist_ok=True)
        if self.state.exists():
            self._resume()

    def take(self, lesson: Lesson) -> dict[str, float]:
        """One step of the optimizer; returns each part of its loss."""
        torch.manual_seed(self.t.seed * 100_000 + self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * schedule(self.step / self.t.steps, self.t.warm_up)
        self.model.train()
        parts = lesson(self.model, self.old, self.step)
        parts |= self._held(self.rehearsal[self.step % len(self.rehearsal)])
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return {name: float(part.detach()) for name, part in parts.items()}

    def save(self) -> None:
        saved = {
            "of": self.of,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        torch.save(saved, self.state.with_suffix(".new"))
        self.state.with_suffix(".new").replace(self.state)

    def _held(self, batch: Batch) -> dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            faces = self.model(batch.ids, batch.fields, batch.slots)
            with torch.no_grad():
                old = self.old(batch.ids, batch.fields, batch.slots)
        return {name: self.t.hold * part for name, part in held(faces, old, batch, Weights()).items()}

    def _resume(self) -> None:
        try:
            saved = torch.load(self.state, weights_only=True)
            of, step = saved["of"], int(saved["step"])
        except Exception as error:  # whatever pickles and archives raise
            raise UserError(f"{self.state} cannot be read; remove it to begin anew", USAGE) from error
        if of != self.of:
            raise UserError(f"{self.state} is of another tuning; remove it, or give another --name", USAGE)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = step


def add_arguments(parser: argparse.ArgumentParser, steps: int, rate: float = RATE, hold: float = HOLD) -> None:
    """What every tuning asks."""
    parser.add_argument("--from", dest="source", default=str(WEIGHTS), metavar="MODEL.onnx",
                        help="the file to begin with (the shipped one)")  # fmt: skip
    parser.add_argument("--name", default="", help="of its folder in runs, and of the file there (the first file's)")
    parser.add_argument(
        "--steps", type=int, default=steps, metavar="N", help=f"more learn more and move more ({steps})"
    )
    parser.add_argument("--rate", type=above_zero, default=rate, help=f"how far a step goes ({rate:g})")
    parser.add_argument("--hold", type=float, default=hold, metavar="X",
                        help=f"what it costs to move an answer that should stay ({hold:g})")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)


def settings(options: argparse.Namespace, name: str) -> Tuning:
    """The settings that were asked for; raises UserError."""
    t = Tuning(options.name or name, options.source, options.steps, options.rate, options.hold, options.seed)
    if not _NAME.fullmatch(t.name):
        raise UserError(f"--name is {t.name!r}, expected letters, digits, dots, dashes and underscores", USAGE)
    if not 1 <= t.steps <= MOST_STEPS:
        raise UserError(f"--steps is {t.steps}, expected 1..{MOST_STEPS}", USAGE)
    if not 0 <= t.hold <= MOST_HOLD:
        raise UserError(f"--hold is {t.hold:g}, expected 0..{MOST_HOLD}", USAGE)
    return t


def begin(t: Tuning) -> Shipped:
    """The network that is tuned; raises UserError."""
    try:
        return read(Path(t.source))
    except ModelError as error:
        raise UserError(str(error), USAGE) from error


def finish(t: Tuning, shipped: Shipped, model: FaceModel, development: Split) -> Path:
    """Writes the file of the tuned network beside its state, proves it equal to the network, and tells."""
    path = RUNS / t.name / f"{t.name}.onnx"
    ship(model, path, shipped.tokenizer, shipped.gates, t.name, is_float=False)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    for agreement in verify(model, path, Text(shipped.tokenizer), development, shipped.gates):
        print(agreement.row())
    return path


def report(
    t: Tuning, changes: Sequence[Change], drifts: Sequence[Drift], shares: Sequence[Share] = ()
) -> None:  # fmt: skip
    """Prints the figures of a tuning, keeps them in its folder and ends it: the same command begins another."""
    figures = {"settings": asdict(t), "changes": changes, "drifts": drifts, "shares": shares}
    (RUNS / t.name / "figures.json").write_text(json.dumps(figures, indent=1, default=asdict))
    for title, rows in (
        ("agreement (95 %)", shares),
        ("before -> after", changes),
        ("answers before and after, correlation", drifts),
    ):
        print("\n  ".join([title, *map(str, rows)]) if rows else "", end="\n" * bool(rows))
    print(f"facecue diff {t.source} {RUNS / t.name / t.name}.onnx shows the faces")
    (RUNS / t.name / STATE).unlink(missing_ok=True)


def content(sheets: Sequence[Sheet]) -> str:
    """What tells these sheets from others."""
    faces = [(face.text, face.at, face.onset, face.units.tolist()) for sheet in sheets for face in sheet.faces]
    return json.dumps([[(s.line, s.emotion, s.background, len(s.faces)) for s in sheets], faces])


def taught(model: FaceModel, batch: Batch, mean: Tensor, weights: Weights, *, told: bool) -> dict[str, Tensor]:
    """The loss of faces that are known, in parts."""
    with torch.autocast("cpu", torch.bfloat16):
        faces = model(batch.ids, batch.fields, batch.slots, batch.at if told else None)
    return losses(faces, batch, mean, weights)


def rehearsed(text: Text, split: Split, t: Tuning) -> list[Batch]:
    """Batches of the corpus, at least one for every step, unless the corpus is smaller."""
    chance = random.Random(t.seed)
    many = t.steps * REHEARSED
    sheets = chance.sample(split.sheets, min(many, len(split.sheets)))
    faces = chance.sample(split.faces, min(many, len(split.faces)))
    return epoch(text, replace(split, sheets=sheets, faces=faces), chance, t.tokens, composed=0)


def _row(step: int, steps: int, parts: dict[str, float]) -> str:
    learned, kept = (
        sum(part for name, part in parts.items() if name.startswith("held") == is_held) for is_held in (False, True)
    )
    return f"step {step} of {steps}: learning {learned:.3f}, holding {kept:.3f}"
