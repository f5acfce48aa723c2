"""facecue plan: a sheet of lines or of faces in words to keyframes, one JSON a line in, one out."""

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from protocols import messages
from protocols.errors import DecodeError
from streamer import files, poses, sheets
from streamer.brain.loading import load
from streamer.cli import FAILED, FINE, UserError
from streamer.cues import Brain
from streamer.director import MAX_WAITING
from streamer.performance import Answer, Performance
from streamer.progress import Progress

_CHARACTER: Final = "sheet"
BATCH: Final = MAX_WAITING  # lines that the brain is given at once: what a character's queue holds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sheet", metavar="IN.jsonl", help='{"id", "line", "emotion", "background"} a line; "-" reads '
                        "standard input")  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", default=files.STANDARD, help="where to (standard output)")
    parser.add_argument("--model", default="", metavar="PATH", help='a model file (the shipped one); "rules" for none')
    add_poses(parser)


def add_poses(parser: argparse.ArgumentParser) -> None:
    """The flag of the pose library."""
    parser.add_argument("--poses", type=Path, metavar="FILE", help='the pose library of keyframes that say "pose: '
                        'NAME"')  # fmt: skip


def read_poses(path: Path | None) -> poses.Poses:
    """The pose library of the flag; raises UserError."""
    try:
        return poses.load(path) if path else poses.NONE
    except DecodeError as error:
        raise UserError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    library = read_poses(options.poses)
    brain = load(options.model)
    mistakes = planned = 0
    with files.reading(options.sheet) as sheet, files.writing(options.output) as output, Progress("lines") as progress:
        whole = files.size(sheet)
        found = sheets.items(sheet, _CHARACTER, library)
        while batch := list(itertools.islice(found, BATCH)):
            lines = []
            for item in batch:
                if isinstance(item, sheets.Item):
                    lines.append(item.line)
                else:
                    mistakes += 1
                    progress.tell(f"facecue plan: {options.sheet}: {item}")
            for planned_line in plan(lines, brain):
                output.write(_encode(planned_line))
            output.flush()
            planned += len(lines)
            progress.advance(len(batch), sheet.tell() / whole if whole else None)
        if not planned and not mistakes:
            raise UserError(f"{options.sheet} has no lines, expected one JSON object a line")
    return FAILED if mistakes else FINE


def plan(lines: list[messages.Line], brain: Brain) -> Iterator[messages.Planned]:
    """What a driver would answer to up to BATCH lines of one character, whether or not their ids differ."""
    performance = Performance()
    answers: list[messages.Planned] = []
    for number, line in enumerate(lines):
        answers += _planned(performance.handle(replace(line, id=str(number))))
    requests = performance.requests()
    for request, sheet in zip(requests, brain.plan([request.prompt for request in requests]), strict=True):
        answers += _planned(performance.deliver(request, sheet))
    by_number = {answer.id: answer for answer in answers}
    for number, line in enumerate(lines):
        assert line.id is not None
        yield replace(by_number[str(number)], id=line.id)


def _planned(answers: list[Answer]) -> list[messages.Planned]:
    return [answer for answer in answers if isinstance(answer, messages.Planned)]


def _encode(planned: messages.Planned) -> bytes:
    item = {"id": planned.id, "keyframes": [asdict(keyframe) for keyframe in planned.keyframes]}
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
