"""The trained brain: one ONNX file that carries its tokenizer, its gates and what it was made from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, groupby, islice
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from protocols.arkit import Floats
from streamer.brain.decode import CHOSEN, DESCRIBED, Gate, times
from streamer.brain.parts import parts
from streamer.brain.providers import CPU, Provider
from streamer.brain.rules import Rules
from streamer.brain.text import Text, pad
from streamer.brain.units import TO_VALUES, UNITS
from streamer.cues import MAX_KEYFRAMES, CueSheet, Keyframe, Onset, Prompt
from streamer.face.describe import describe

FORMAT: Final = "facecue-brain-1"
WEIGHTS: Final = Path(__file__).parent / "weights" / "facecue.onnx"
ONSETS: Final[tuple[Onset, ...]] = ("snap", "ease", "slow")
LARGEST: Final = 256 * 2**20  # bytes; a model file beyond this is a mistake


class ModelError(RuntimeError):
    """A model file that is missing, broken, foreign or of another version; the message says which."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A text to run: what to ask about it."""

    ids: list[int]
    fields: list[int]
    described: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """The network's answer to one text, all its slots."""

    count: int
    at: Floats  # (Q,), the first `count` of them meant
    onset: Floats  # (Q, 3)
    units: Floats  # (Q, 54), gated


class Model:
    """A Brain that runs an ONNX file on one CPU thread unless told otherwise; for use from one thread at a time.

    On a CPU texts run one by one: a batch gains no time there, and in int8 the texts of a batch share a scale, so that
    a prompt's face would depend on its neighbours. A GPU wants a `batch`.
    """

    def __init__(self, path: Path = WEIGHTS, providers: Sequence[Provider] = (CPU,), batch: int = 1) -> None:
        """Loads and checks the file; raises ModelError."""
        self._batch = batch
        self._session = _session(path, providers)
        meta = self._session.get_modelmeta().custom_metadata_map
        _check(path, meta)
        try:
            self._text = Text(meta["tokenizer"])
            gates = json.loads(meta["gates"])
            self._gates = {kind: Gate(**gates[kind]) for kind in ("lines", "described")}
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"{path}: tokenizer or gates are wrong: {error}") from error
        self._name: str = meta["name"]

    @property
    def name(self) -> str:
        return self._name

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
        """A cue sheet for every prompt; the same prompt gives the same sheet, whatever stands beside it."""
        tasks = [self._tasks(prompt) for prompt in prompts]
        said = iter(self._run(list(chain.from_iterable(tasks))))
        return [
            (_described if prompt.descriptions else _line)(prompt, list(islice(said, len(own))))
            for prompt, own in zip(prompts, tasks, strict=True)
        ]

    def _tasks(self, prompt: Prompt) -> list[_Task]:
        if prompt.descriptions:
            return [_Task(*self._text.description(d.text), True) for d in prompt.descriptions]
        return [_Task(*self._text.line(part, prompt.emotion, prompt.background), False) for part in parts(prompt.line)]

    def _run(self, tasks: Sequence[_Task]) -> list[_Said]:
        said: list[_Said] = []
        for described, alike in groupby(tasks, key=lambda task: task.described):
            members = list(alike)
            for start in range(0, len(members), self._batch):
                said += self._ask(members[start : start + self._batch], described)
        return said

    def _ask(self, tasks: Sequence[_Task], described: bool) -> list[_Said]:
        slots = np.array([[DESCRIBED] if described else CHOSEN] * len(tasks), np.int64)
        feed = {"ids": pad([t.ids for t in tasks]), "fields": pad([t.fields for t in tasks]), "slots": slots}
        number, at, onset, activity, strength = self._session.run(None, feed)
        units = np.nan_to_num(self._gates["described" if described else "lines"](activity, strength))
        return [_Said(int(n) + 1, *rows) for n, *rows in zip(number.argmax(1), at, onset, units, strict=True)]


def _line(prompt: Prompt, said: Sequence[_Said]) -> CueSheet:
    """The keyframes of the line's parts, each part having its share of the time."""
    lengths = [max(len(part), 1) for part in parts(prompt.line)]
    starts = [0, *accumulate(lengths)]
    frames: list[Keyframe] = []
    for start, length, one in zip(starts[:-1], lengths, said, strict=True):
        many = min(one.count, MAX_KEYFRAMES // len(said))
        for at, onset, units in zip(times(one.at[:many]), one.onset, one.units, strict=False):
            when = at if len(said) == 1 else round((start + at * length) / starts[-1], 3)
            frames.append(_keyframe(when, ONSETS[int(onset.argmax())], units))
    return CueSheet(tuple(frames))


def _described(prompt: Prompt, said: Sequence[_Said]) -> CueSheet:
    """The game's own words stay the caption; a keyframe without a time stands evenly between its neighbours."""
    known = (
        [(-1, 0.0)] + [(i, d.at) for i, d in enumerate(prompt.descriptions) if d.at is not None] + [(len(said), 1.0)]
    )
    positions, ats = zip(*known, strict=True)
    even = np.interp(range(len(said)), positions, ats)
    rows = zip(prompt.descriptions, said, even, strict=True)
    frames = [_keyframe(float(at), d.onset or "ease", s.units[0], d.text) for d, s, at in rows]
    if all(frame.values.any() for frame in frames):
        return CueSheet(tuple(frames))
    ruled = Rules().plan([prompt])[0].keyframes  # they know words that the network hears nothing in
    return CueSheet(
        tuple(
            frame if frame.values.any() else replace(frame, values=rule.values)
            for frame, rule in zip(frames, ruled, strict=True)
        )
    )


def _keyframe(at: float, onset: Onset, units: Floats, text: str | None = None) -> Keyframe:
    values = np.clip(units @ TO_VALUES, -1.0, 1.0).astype(np.float32)
    return Keyframe(at, onset, describe(values) if text is None else text, values)


def _session(path: Path, providers: Sequence[Provider]) -> ort.InferenceSession:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    if not 1 <= size <= LARGEST:
        raise ModelError(f"{path} is {size} bytes, expected 1..{LARGEST}")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=list(providers))
    except Exception as error:  # the runtime raises its own family, and RuntimeError
        raise ModelError(f"{path} is no model that can be run: {str(error).splitlines()[0][:200]}") from error


def _check(path: Path, meta: Mapping[str, str]) -> None:
    for key in ("format", "name", "units", "tokenizer", "gates"):
        if key not in meta:
            raise ModelError(f"{path} is not a facecue model: it carries no {key!r}")
    if meta["format"] != FORMAT:
        raise ModelError(f"{path} has format {meta['format'][:40]!r}, expected {FORMAT!r}")
    if meta["units"].split() != list(UNITS):
        raise ModelError(f"{path} speaks of other acts than this version")
