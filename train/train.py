"""Trains the brain: settings, data, model, loop. Every figure, the settings and the last state go to runs/NAME."""

import json
import math
import random
import signal
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import torch
from tqdm import tqdm

from streamer.brain.decode import Gate
from streamer.brain.text import Text
from train.batches import Batch, epoch, mean_face
from train.data import Sheet, Split, load, split
from train.evaluate import ask, best_gate, crossed, described, lines
from train.losses import Weights, losses
from train.model import FaceModel, Settings, load_minilm
from train.neighbours import lean

TOLD: Final = 0.7  # of the batches tell the network the true times


@dataclass(frozen=True)
class Training:
    """Everything that decides a run."""

    name: str = "main"
    epochs: int = 9
    tokens: int = 2000  # a batch
    rate: float = 6e-4  # of the decoder
    encoder_rate: float = 1e-4  # of the encoder's last layer
    layer_decay: float = 0.9
    decay: float = 0.01
    warm_up: float = 0.06  # share of all steps
    average: float = 0.996  # of the weights that are evaluated and shipped
    seed: int = 0
    share: float = 1.0  # of the training side
    threads: int = 2
    every: int = 2  # epochs between evaluations
    composed: float = 0.12  # composed faces, as a share of the described ones
    start: str = ""  # a pre-trained state instead of plain MiniLM
    prior: bool = True  # MiniLM's weights, or an encoder that has never read
    descriptions: bool = True  # described faces beside the lines
    leaning: float = 0.0  # the share of a line's face that is what other lines say of it
    weights: Weights = field(default_factory=Weights)
    shape: Settings = field(default_factory=Settings)


def train(t: Training, folder: Path, minilm: Path) -> None:
    """Runs or resumes a training in its folder."""
    torch.set_num_threads(t.threads)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(asdict(t), indent=1))
    run = Run(t, folder, minilm)
    stop = Stop()
    began = time.monotonic()
    with tqdm(total=run.steps, initial=run.step, desc=t.name, mininterval=2, dynamic_ncols=True) as bar:
        for number in range(run.epoch, t.epochs):
            sums = run.learn(number, bar)
            figures: dict[str, object] = {"epoch": number + 1, "minutes": round((time.monotonic() - began) / 60, 1)}
            figures["losses"] = {name: round(value, 4) for name, value in sums.items()}
            if (number + 1) % t.every == 0 or number + 1 == t.epochs:
                figures |= evaluate(run.averaged(), run.text, run.development)
            with (folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(figures) + "\n")
            tqdm.write(json.dumps(figures))
            run.save()
            if stop.asked:
                tqdm.write(f"stopped after epoch {number + 1}; the same command resumes")
                return
    finish(run.averaged(), run, folder)


class Run:
    """A training under way: the network, its optimizer, the average of its weights, and how far it is."""

    def __init__(self, t: Training, folder: Path, minilm: Path) -> None:
        random.seed(t.seed)
        torch.manual_seed(t.seed)
        self.t = t
        self.text = Text((minilm / "tokenizer.json").read_text("utf-8"))
        training, self.development = split(load())
        self.training = leaned(reduced(training, t.share, t.seed), t.leaning, minilm, self.text)
        self.mean = torch.from_numpy(mean_face(self.training))
        self.model = started(t, minilm)
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.optimizer = torch.optim.AdamW(rates(self.model, t), betas=(0.9, 0.98), weight_decay=t.decay, fused=True)
        self.steps = len(self._batches(random.Random(t.seed))) * t.epochs
        self.epoch, self.step = 0, 0
        self.state = folder / "state.pt"
        if self.state.exists():
            self._resume()

    def learn(self, number: int, bar: "tqdm[object]") -> dict[str, float]:
        """One pass over the training side; returns the mean of each part of the loss."""
        chance = random.Random(self.t.seed * 1000 + number)
        torch.manual_seed(self.t.seed * 1000 + number)
        sums: dict[str, float] = {}
        batches = self._batches(chance)
        self.model.train()
        for batch in batches:
            for name, part in self._take(batch, told=chance.random() < TOLD).items():
                sums[name] = sums.get(name, 0.0) + part
            bar.update()
        self.epoch = number + 1
        return {name: value / len(batches) for name, value in sums.items()}

    def averaged(self) -> FaceModel:
        """A network with the averaged weights: what is evaluated and shipped."""
        model = FaceModel(self.t.shape)
        model.load_state_dict(self.average)
        return model

    def save(self) -> None:
        saved = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "epoch": self.epoch,
            "step": self.step,
        }
        torch.save(saved, self.state.with_suffix(".new"))
        self.state.with_suffix(".new").replace(self.state)

    def _take(self, batch: Batch, told: bool) -> dict[str, float]:
        """One step of the optimizer; `told` tells the network the true times."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * schedule(self.step / self.steps, self.t.warm_up)
        with torch.autocast("cpu", torch.bfloat16):
            faces = self.model(batch.ids, batch.fields, batch.slots, batch.at if told else None)
        parts = losses(faces, batch, self.mean, self.t.weights)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        keep = min(self.t.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, p in self.model.named_parameters():
                if p.requires_grad:
                    self.average[name].lerp_(p, 1 - keep)
        return {name: float(part.detach()) for name, part in parts.items()}

    def _batches(self, chance: random.Random) -> list[Batch]:
        side = self.training if self.t.descriptions else replace(self.training, faces=[])
        return epoch(self.text, side, chance, self.t.tokens, self.t.composed)

    def _resume(self) -> None:
        saved = torch.load(self.state, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.average, self.epoch, self.step = saved["average"], saved["epoch"], saved["step"]


def started(t: Training, minilm: Path) -> FaceModel:
    """The network before its first step: with MiniLM's or a pre-trained state's encoder, or from scratch."""
    model = FaceModel(t.shape)
    if t.prior:
        load_minilm(model, minilm / "model.safetensors")
    if t.start:
        model.load_state_dict(torch.load(t.start, weights_only=True), strict=False)
    if t.prior or t.start:
        model.encoder.words.weight.requires_grad_(False)
        model.encoder.places.weight.requires_grad_(False)
    if t.shape.frozen:
        model.encoder.layers.requires_grad_(False)
        model.encoder.norm.requires_grad_(False)
    return model


def leaned(training: Split, share: float, minilm: Path, text: Text) -> Split:
    """The training side with its lines leaning towards their neighbours."""
    if not share:
        return training
    reader = FaceModel(Settings())
    load_minilm(reader, minilm / "model.safetensors")
    return lean(training, share, reader, text)


def rates(model: FaceModel, t: Training) -> list[dict[str, object]]:
    """Parameter groups: the deeper in the encoder, the slower; no decay for biases and norms."""
    groups: list[dict[str, object]] = []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        peak = t.rate
        if name.startswith("encoder."):
            depth = int(name.split(".")[2]) if name.startswith("encoder.layers.") else -1
            peak = t.rate if name == "encoder.mix" else t.encoder_rate * t.layer_decay ** (t.shape.layers - 1 - depth)
        groups.append({"params": [p], "lr": peak, "peak": peak, "weight_decay": t.decay if p.ndim > 1 else 0.0})
    return groups


def schedule(done: float, warm_up: float) -> float:
    """The share of the peak rate after a share of all steps: up in a line, down along a cosine."""
    if done < warm_up:
        return (done + 1e-3) / (warm_up + 1e-3)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def reduced(training: Split, share: float, seed: int) -> Split:
    """A random part of the training side, for the curve of quality over data."""
    if share >= 1:
        return training
    chance = random.Random(seed)
    sheets: list[Sheet] = chance.sample(training.sheets, int(len(training.sheets) * share))
    known = {id(face) for sheet in training.sheets for face in sheet.faces}
    alone = [face for face in training.faces if id(face) not in known]
    faces = [face for sheet in sheets for face in sheet.faces] + chance.sample(alone, int(len(alone) * share))
    return replace(training, sheets=sheets, faces=faces)


def evaluate(model: FaceModel, text: Text, development: Split) -> dict[str, object]:
    """The scores on the development side with plain gates."""
    faces, sheets = ask(model, text, development)
    gate = Gate()
    return {
        "described": asdict(described(faces, development, gate)),
        "lines": asdict(lines(sheets, development, gate)),
    }


def finish(model: FaceModel, run: Run, folder: Path) -> None:
    """Writes the averaged weights, the gates chosen on the development side and the final figures."""
    faces, sheets = ask(model, run.text, run.development)
    result = {}
    for kind, said in (("described", faces), ("lines", sheets)):
        gate, _ = best_gate(said, run.development, kind, run.mean.numpy())
        scores = crossed(said, run.development, kind, run.mean.numpy())
        result[kind] = {"gate": asdict(gate), "scores": asdict(scores)}
        tqdm.write(f"{kind}: {scores.row()} spread {gate.spread} gain {gate.gain}")
    torch.save(run.average, folder / "model.pt")
    (folder / "figures.json").write_text(json.dumps(result, indent=1))


class Stop:
    """Ctrl-C asks for a stop after the epoch; a second one stops at once."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
