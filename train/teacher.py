"""python -m train distill: a large language model's faces as cue sheets to train the small one from."""

import argparse
import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from protocols import messages
from protocols.arkit import CHANNELS
from streamer import files, sheets
from streamer.arguments import above_zero
from streamer.brain.endpoint import AnswerError, Endpoint, TeacherError
from streamer.brain.keyframeface import SYSTEM
from streamer.brain.loading import load as load_brain
from streamer.brain.teacher import KEY, Lesson, Teacher, connect, read_system
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.cues import Brain, CueSheet, Description, Keyframe, Prompt
from streamer.face import acts
from streamer.face.likeness import interpolated
from streamer.progress import Progress
from train import data
from train.ledger import Ledger
from train.metrics import Scores, score

LETTERS: Final = ("y", "z")  # the corpus uses those before them; sheets named so join its training side
SEEN: Final = 0.08  # acts below it are left out, as the guide says
MOST_LINES: Final = 100_000
MOST_FAILURES: Final = 8  # lines in a row without an answer, after which the run ends
FEWEST: Final = 8  # lines that a comparison wants
_JUDGED: Final = CHANNELS.index("LeftEyeYaw")  # channels before it are compared
_TELL_EVERY: Final = 100  # lines


@dataclass(frozen=True, slots=True)
class Taught:
    """A line and what the teacher made of it, or why not."""

    number: int
    prompt: Prompt
    lesson: Lesson | TeacherError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--teacher", metavar="URL", help="an OpenAI-compatible endpoint, http://HOST:PORT/v1")
    source.add_argument("--local", metavar="MODEL", help="a model's folder or name, loaded here (facecue[local])")
    parser.add_argument("--adapter", default="", metavar="FOLDER", help="of the local model, for the second stage")
    parser.add_argument("--lines", required=True, metavar="FILE", help="a sheet as for facecue plan")
    parser.add_argument(
        "-o", "--output", default="distilled.jsonl", metavar="FILE", help="the sheets (distilled.jsonl)"
    )
    parser.add_argument(
        "--budget", type=above_zero, metavar="N", help="tokens, in and out, over all runs with this output"
    )
    parser.add_argument("--llm-model", default="", metavar="NAME", help="its model (the first that it lists)")
    parser.add_argument("--scene-url", metavar="URL", help="where lines become keyframes in words (the same endpoint)")
    parser.add_argument("--scene-model", default="", metavar="NAME", help="the model there")
    parser.add_argument("--system", metavar="FILE", help="the system message that the teacher was tuned with")
    parser.add_argument("--json-mode", action="store_true", help="have the endpoint hold its model to JSON")
    parser.add_argument("--parallel", type=int, default=8, metavar="N", help="requests at once (8)")
    parser.add_argument("--timeout", type=above_zero, default=120.0, metavar="S", help="seconds for an answer (120)")
    parser.add_argument("--letter", choices=LETTERS, default="z", help="what the sheets' names begin with (z)")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first line's number in its name (1)")
    parser.add_argument(
        "--held-out", type=float, default=0.1, metavar="SHARE", help="of the lines, to compare on (0.1)"
    )
    parser.add_argument("--model", default="", metavar="PATH", help="the student (the shipped one)")


def run(options: argparse.Namespace) -> int:
    _check(options)
    prompts, mistakes = _prompts(options.lines)
    student = load_brain(options.model)
    held = {number for number, prompt in prompts if _is_held(prompt, options.held_out)}
    with (
        Ledger(Path(options.output + ".cache"), options.budget and int(options.budget)) as ledger,
        Progress("lines") as progress,
    ):
        for mistake in mistakes:
            progress.tell(f"train distill: {options.lines}: {mistake}")
        taught, ended = _teach(options, prompts, ledger, progress)
        rows = {t.number: _row(t, student, options) for t in taught if isinstance(t.lesson, Lesson)}
        with files.writing(options.output) as output:
            for number in sorted(set(rows) - held):
                output.write(json.dumps(rows[number], ensure_ascii=False).encode() + b"\n")
        progress.tell(
            f"{len(set(rows) - held)} sheets in {options.output}; {len(prompts) - len(rows)} lines without one"
        )
        progress.tell(f"{ledger.new}; {ledger.known} requests were known; {_of(ledger, options.budget)}")
        progress.tell(agreement([t for t in taught if t.number in held], student))
    if ended:
        raise UserError(f"{ended}; what was answered is kept, and the same command goes on from there")
    return FAILED if mistakes or len(rows) < len(prompts) else FINE


def agreement(taught: Sequence[Taught], student: Brain) -> str:
    """How alike teacher and student are on lines that neither the sheets nor the student's corpus hold."""
    seen = {data.bag(sheet.line) for sheet in data.load() if sheet.line}
    fresh = [t for t in taught if data.bag(t.prompt.line) not in seen and isinstance(t.lesson, Lesson)]
    if len(fresh) < FEWEST:
        return f"agreement: {len(fresh)} lines are held out and new to {student.name}, expected at least {FEWEST}"
    faces = [(t.lesson.scene.faces, t.lesson.sheet(None)) for t in fresh if isinstance(t.lesson, Lesson)]
    asked = [Prompt("", descriptions=tuple(map(Description, words))) for words, _ in faces]
    described = _compared([_single(s) for s in student.plan(asked)], [_single(sheet) for _, sheet in faces])
    said = student.plan([t.prompt for t in fresh])
    true = [t.lesson.sheet(own) for t, own in zip(fresh, said, strict=True) if isinstance(t.lesson, Lesson)]
    lines = _compared([[_curve(s)] for s in said], [[_curve(s)] for s in true])
    return (
        f"agreement of {student.name} with the teacher on {len(fresh)} lines new to both:\n"
        f"  lines      {lines.row()}\n  described  {described.row()}"
    )


def row(name: str, prompt: Prompt, sheet: CueSheet) -> dict[str, object]:
    """A cue sheet as the corpus has them."""
    keyframes = [_keyframe(keyframe) for keyframe in sorted(sheet.keyframes, key=lambda k: k.at)]
    return {"id": name, "background": prompt.background, "emotion": prompt.emotion, "line": prompt.line,
            "keyframes": keyframes}  # fmt: skip


def _check(options: argparse.Namespace) -> None:
    if not 0 <= options.held_out < 1:
        raise UserError(f"--held-out is {options.held_out:g}, expected 0..1", USAGE)
    if not 1 <= options.parallel <= 256:
        raise UserError(f"--parallel is {options.parallel}, expected 1..256", USAGE)
    if options.first < 1:
        raise UserError(f"--first is {options.first}, expected 1 or more", USAGE)
    if options.adapter and not options.local:
        raise UserError("--adapter is the local model's: --local is missing", USAGE)
    if options.local and (options.llm_model or (options.scene_model and not options.scene_url)):
        raise UserError("--llm-model and --scene-model are an endpoint's, --local names its own", USAGE)
    if options.output == files.STANDARD:
        raise UserError("-o is standard output, expected a file: the answers are kept beside it", USAGE)


def _prompts(name: str) -> tuple[list[tuple[int, Prompt]], list[str]]:
    """The lines of a sheet by number, and what is wrong with the others."""
    prompts: list[tuple[int, Prompt]] = []
    mistakes: list[str] = []
    with files.reading(name) as stream:
        for item in sheets.items(stream, "sheet"):
            if isinstance(item, sheets.Mistake):
                mistakes.append(str(item))
            elif any(cue.values is not None for cue in item.line.keyframes):
                mistakes.append(f"line {item.number}: its keyframes have values already")
            elif len(item.line.keyframes) > data.MOST_KEYFRAMES:
                mistakes.append(f"line {item.number}: {len(item.line.keyframes)} keyframes, expected at most 4")
            elif len(prompts) == MOST_LINES:
                raise UserError(f"{name} has more than {MOST_LINES} lines")
            else:
                prompts.append((item.number, _prompt(item.line)))
    if not prompts:
        raise UserError(
            f"{name} has no lines, expected one JSON object a line" + "".join(f"; {m}" for m in mistakes[:1])
        )
    return prompts, mistakes


def _prompt(line: messages.Line) -> Prompt:
    wanted = tuple(Description(cue.text, cue.at, cue.onset) for cue in line.keyframes)
    return Prompt(line.text, line.emotion, line.background, wanted)


def _teach(
    options: argparse.Namespace, prompts: Sequence[tuple[int, Prompt]], ledger: Ledger, progress: Progress
) -> tuple[list[Taught], str]:
    """What the teacher made of the lines, and why it ended before the last, if it did."""
    try:
        teacher = _connect(options, ledger)
    except TeacherError as error:
        raise UserError(str(error)) from error
    done: list[Taught] = []
    failures, ended = 0, ""
    for taught in _lessons(teacher, prompts, options.parallel):
        done.append(taught)
        progress.advance(1, len(done) / len(prompts))
        if len(done) % _TELL_EVERY == 0:
            progress.tell(f"{len(done)} of {len(prompts)} lines: {ledger.new}")
        failures = failures + 1 if isinstance(taught.lesson, TeacherError) else 0
        if not isinstance(taught.lesson, TeacherError):
            continue
        if not isinstance(taught.lesson, AnswerError) or failures >= MOST_FAILURES:
            ended = str(taught.lesson)
            break
        progress.tell(f"train distill: {options.lines}: line {taught.number}: {taught.lesson}")
    return done, ended


def _connect(options: argparse.Namespace, ledger: Ledger) -> Teacher:
    key = os.environ.get(KEY, "")
    asked = partial(Endpoint, key=key, timeout=options.timeout, parallel=options.parallel)
    other = asked(options.scene_url) if options.scene_url else None
    system = read_system(options.system) if options.system else SYSTEM
    if options.local:
        teacher = _load(options, other, system)
    else:
        models = options.llm_model, other, options.scene_model
        teacher = connect(asked(options.teacher), *models, system, options.json_mode)
    return replace(teacher, ask=ledger.through(teacher.ask), ask_scene=ledger.through(teacher.ask_scene))


def _load(options: argparse.Namespace, other: Endpoint | None, system: str) -> Teacher:
    """A teacher in this process; stage one may be an endpoint's all the same."""
    from train.local import Local  # loads nothing yet, and stays out of the way of those who have a server

    local = Local(options.local, options.adapter)
    if other is None:
        return Teacher(local.ask, local.ask_scene, local.name, local.scene_name, system)
    return Teacher(local.ask, other.ask, local.name, options.scene_model or other.first_model(), system)


def _lessons(teacher: Teacher, prompts: Sequence[tuple[int, Prompt]], parallel: int) -> Iterator[Taught]:
    """The lessons as they come, some lines at once; leaving them ends the asking."""
    waiting: queue.SimpleQueue[tuple[int, Prompt]] = queue.SimpleQueue()
    done: queue.SimpleQueue[Taught | BaseException] = queue.SimpleQueue()
    stopping = threading.Event()
    at_once = max(parallel // 2, 1)  # lines, of a few keyframes each: those begun are finished before the budget ends
    for line in prompts:
        waiting.put(line)

    def work() -> None:
        try:
            while not stopping.is_set():
                number, prompt = waiting.get_nowait()
                try:
                    done.put(Taught(number, prompt, teacher.plan(prompt)))
                except TeacherError as error:
                    done.put(Taught(number, prompt, error))
        except queue.Empty:
            pass
        except BaseException as error:
            done.put(error)

    threads = [threading.Thread(target=work, name="lines", daemon=True) for _ in range(min(at_once, len(prompts)))]
    for thread in threads:
        thread.start()
    try:
        for _ in prompts:
            taught = done.get()
            if isinstance(taught, BaseException):
                raise taught
            yield taught
    finally:
        stopping.set()
        for thread in threads:  # what is under way is paid for, so it is waited for and kept
            thread.join()


def _row(taught: Taught, student: Brain, options: argparse.Namespace) -> dict[str, object]:
    """A line's cue sheet, in the student's times where it has as many keyframes."""
    assert isinstance(taught.lesson, Lesson)
    (own,) = student.plan([taught.prompt])
    name = f"{options.letter}{options.first + taught.number - 1:05d}"
    return row(name, taught.prompt, taught.lesson.sheet(own))


def _keyframe(keyframe: Keyframe) -> dict[str, object]:
    seen = {act: round(weight, 2) for act, weight in acts.from_values(keyframe.values).items() if weight >= SEEN}
    return {"at": round(keyframe.at, 3), "onset": keyframe.onset, "text": keyframe.text, "acts": seen}


def _is_held(prompt: Prompt, share: float) -> bool:
    """Whether a line is kept to compare on; lines of the same words go together."""
    chance = int(hashlib.sha256(data.bag(prompt.line).encode()).hexdigest()[:8], 16) / 16**8
    return chance < share


def _of(ledger: Ledger, budget: float | None) -> str:
    of = f" of a budget of {budget:.0f}" if budget else ""
    return f"{ledger.total.tokens} tokens{of} in all runs"


def _curve(sheet: CueSheet) -> np.ndarray:  # (21, 55)
    values = np.stack([keyframe.values for keyframe in sheet.keyframes])
    return interpolated([keyframe.at for keyframe in sheet.keyframes], values[:, :_JUDGED])


def _single(sheet: CueSheet) -> list[np.ndarray]:  # each (1, 55)
    return [keyframe.values[None, :_JUDGED] for keyframe in sheet.keyframes]


def _compared(said: Sequence[Sequence[np.ndarray]], true: Sequence[Sequence[np.ndarray]]) -> Scores:
    return score([face for faces in said for face in faces], [face for faces in true for face in faces])
