"""Finds the brain: the shipped weights, a file of the user's own, or the rules when neither can be used."""

import logging
import os
from pathlib import Path
from typing import Final

from streamer.brain.rules import Rules
from streamer.cues import Brain, Prompt

_log = logging.getLogger(__name__)
VARIABLE: Final = "FACECUE_MODEL"  # stands in where no model is named
RULES: Final = "rules"  # the name that asks for no model


def load(model: str = "") -> Brain:
    """The brain that `model` names: "rules", a path, or "" for the shipped weights; with one logged line, the rules."""
    model = model or os.environ.get(VARIABLE, "")
    if model == RULES:
        return Rules()
    try:
        from streamer.brain.model import WEIGHTS, Model, ModelError
    except ImportError as error:  # onnxruntime has no build for every machine
        _log.warning("brain: %s; the rules play", error)
        return Rules()
    try:
        brain = Model(Path(model) if model else WEIGHTS)
        brain.plan([Prompt("Warm up.")])  # the first run is slower than the others
    except ModelError as error:
        _log.warning("brain: %s; the rules play", error)
        return Rules()
    return brain


def refresh(path: Path) -> Brain | None:
    """A model file that has changed; with one logged line None when it cannot be used, and the old one plays on."""
    from streamer.brain.model import Model, ModelError

    try:
        return Model(path)
    except ModelError as error:
        _log.warning("brain: %s; the old model plays on", error)
        return None
