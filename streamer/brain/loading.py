"""Finds the brain: the shipped weights, a file of the user's own, or the rules when neither can be used."""

import logging
import os
from pathlib import Path
from typing import Final

from streamer.brain.rules import Rules
from streamer.config import RULES as RULES  # who loads models asks for it here
from streamer.config import Device
from streamer.cues import Brain, Prompt

_log = logging.getLogger(__name__)
VARIABLE: Final = "FACECUE_MODEL"  # stands in where no model is named
ENGINES: Final = Path.home() / ".cache" / "facecue" / "tensorrt"  # compiled once for each GPU
GPU_BATCH: Final = 32


def load(model: str = "", device: Device = "cpu") -> Brain:
    """The brain that `model` names: "rules", a path, or "" for the shipped weights; with one logged line, the rules."""
    model = model or os.environ.get(VARIABLE, "")
    if model == RULES:
        return Rules()
    try:
        return _model(Path(model) if model else None, device)
    except (ImportError, RuntimeError) as error:  # no onnxruntime for this machine, or a file that cannot be used
        _log.warning("brain: %s; the rules play", error)
        return Rules()


def refresh(path: Path, device: Device = "cpu") -> Brain | None:
    """A model file that has changed; with one logged line None when it cannot be used, and the old one plays on."""
    try:
        return _model(path, device)
    except RuntimeError as error:
        _log.warning("brain: %s; the old model plays on", error)
        return None


def _model(path: Path | None, device: Device) -> Brain:
    """A model, warm: its first run is slower than the others. Raises ModelError."""
    from streamer.brain.model import WEIGHTS, Model, ModelError
    from streamer.brain.providers import choose

    brain = Model(path or WEIGHTS)
    if device != "cpu":
        try:
            brain = Model(path or WEIGHTS, choose(device, ENGINES), batch=GPU_BATCH)
        except ModelError as error:
            _log.warning("brain: %s; using the CPU", error)
    brain.plan([Prompt("Warm up.")])
    return brain
