"""Trains the brain: settings, data, model, loop. Every figure, the settings and the last state go to runs/NAME."""

import json
import math
import random
import signal
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from tqdm import tqdm

from protocols.arkit import Floats
from streamer.brain.decode import Gate
from streamer.brain.text import Text
from train.batches import epoch, mean_face
from train.data import Sheet, Split, load, split
from train.evaluate import ask, best_gate, described, lines
from train.losses import Weights, losses
from train.model import FaceModel, Settings, load_minilm


@dataclass(frozen=True)
class Training:
    """Everything that decides a run."""

    name: str = "main"
    epochs: int = 8
    tokens: int = 2000  # a batch
    rate: float = 6e-4  # of the decoder
    encoder_rate: float = 1e-4  # of the encoder's last layer
    layer_decay: float = 0.9
    decay: float = 0.01
    warm_up: float = 0.06  # share of all steps
    average: float = 0.995  # of the weights that are evaluated and shipped
    seed: int = 0
    share: float = 1.0  # of the training side
    threads: int = 1
    every: int = 2  # epochs between evaluations
    composed: float = 0.12  # composed faces, as a share of the described ones
    start: str = ""  # a pre-trained state instead of plain MiniLM
    weights: Weights = field(default_factory=Weights)
    shape: Settings = field(default_factory=Settings)


def train(t: Training, run: Path, minilm: Path) -> None:
    """Runs or resumes a training in its folder."""
    random.seed(t.seed)
    torch.manual_seed(t.seed)
    torch.set_num_threads(t.threads)
    run.mkdir(parents=True, exist_ok=True)
    (run / "settings.json").write_text(json.dumps(asdict(t), indent=1))

    text = Text((minilm / "tokenizer.json").read_text("utf-8"))
    training, development = split(load())
    training = reduced(training, t.share, t.seed)
    mean = torch.from_numpy(mean_face(training))

    model = FaceModel(t.shape)
    load_minilm(model, minilm / "model.safetensors")
    if t.start:
        model.load_state_dict(torch.load(t.start, weights_only=True), strict=False)
    model.encoder.words.weight.requires_grad_(False)
    model.encoder.places.weight.requires_grad_(False)
    average = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(rates(model, t), betas=(0.9, 0.98), weight_decay=t.decay, fused=True)
    steps_per_epoch = len(epoch(text, training, random.Random(t.seed), t.tokens, t.composed))
    total = steps_per_epoch * t.epochs
    first, step = 0, 0
    state = run / "state.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        average, first, step = saved["average"], saved["epoch"], saved["step"]

    stop = Stop()
    began = time.monotonic()
    bar = tqdm(total=total, initial=step, desc=t.name, mininterval=2, dynamic_ncols=True)
    for number in range(first, t.epochs):
        chance = random.Random(t.seed * 1000 + number)
        torch.manual_seed(t.seed * 1000 + number)
        sums: dict[str, float] = {}
        batches = epoch(text, training, chance, t.tokens, t.composed)
        model.train()
        for batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * schedule(step / total, t.warm_up)
            at = batch.at if chance.random() < 0.7 else None
            with torch.autocast("cpu", torch.bfloat16):
                faces = model(batch.ids, batch.fields, batch.slots, at)
            parts = losses(faces, batch, mean, t.weights)
            loss = torch.stack(list(parts.values())).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            keep = min(t.average, (1 + step) / (10 + step))
            with torch.no_grad():
                for name, p in model.named_parameters():
                    if p.requires_grad:
                        average[name].lerp_(p, 1 - keep)
            for name, part in parts.items():
                sums[name] = sums.get(name, 0.0) + float(part.detach())
            bar.update()
        figures: dict[str, object] = {
            "epoch": number + 1,
            "minutes": round((time.monotonic() - began) / 60, 1),
        }
        figures["losses"] = {name: round(value / len(batches), 4) for name, value in sums.items()}
        if (number + 1) % t.every == 0 or number + 1 == t.epochs:
            figures |= evaluate(model, average, text, development)
        with (run / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        tqdm.write(json.dumps(figures))
        saved = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "average": average,
            "epoch": number + 1,
            "step": step,
        }
        torch.save(saved, state.with_suffix(".new"))
        state.with_suffix(".new").replace(state)
        if stop.asked:
            tqdm.write(f"stopped after epoch {number + 1}; the same command resumes")
            return
    bar.close()
    finish(model, average, text, development, mean.numpy(), run)


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


def evaluate(model: FaceModel, average: dict[str, torch.Tensor], text: Text, development: Split) -> dict[str, object]:
    """The averaged weights' scores on the development side, with plain gates."""
    shipped = FaceModel(model.settings)
    shipped.load_state_dict(average)
    faces, sheets = ask(shipped, text, development)
    gate = Gate()
    return {
        "described": asdict(described(faces, development, gate)),
        "lines": asdict(lines(sheets, development, gate)),
    }


def finish(
    model: FaceModel, average: dict[str, torch.Tensor], text: Text, development: Split, mean: Floats, run: Path
) -> None:
    """Writes the averaged weights, the gates chosen on the development side and the final figures."""
    shipped = FaceModel(model.settings)
    shipped.load_state_dict(average)
    faces, sheets = ask(shipped, text, development)
    result = {}
    for kind, said in (("described", faces), ("lines", sheets)):
        gate, scores = best_gate(said, development, kind, mean)
        result[kind] = {"gate": asdict(gate), "scores": asdict(scores)}
        tqdm.write(f"{kind}: {scores.row()} spread {gate.spread} gain {gate.gain}")
    torch.save(average, run / "model.pt")
    (run / "figures.json").write_text(json.dumps(result, indent=1))


class Stop:
    """Ctrl-C asks for a stop after the epoch; a second one stops at once."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
