"""facecue render: lines acted offline, frame by frame, into takes: Live Link Face CSV or glTF."""

import argparse
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from protocols import messages, recording
from protocols.arkit import Floats
from protocols.errors import DecodeError
from protocols.timecodes import DEFAULT_FPS, RATES, Count
from streamer import files, film, sheets, takes
from streamer.arguments import above_zero
from streamer.brain.loading import load
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.commands.plan import add_poses, read_poses
from streamer.cues import Brain
from streamer.face.curves import APEX, RELEASE_TIME
from streamer.face.speech import heard
from streamer.performance import Performance
from streamer.progress import Progress

_TAIL: Final = APEX + RELEASE_TIME  # seconds after a line until its face is back at rest, unless a keyframe was late
_LONGEST_TAIL: Final = 3.0  # seconds after which a face that is never quite still is let go
_LONGEST_NAME: Final = 100  # characters of an id in a file's name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", help="what the character says")
    parser.add_argument("--jsonl", metavar="SHEET", help="a whole sheet, as for facecue plan, instead of one text")
    parser.add_argument(
        "-o",
        "--output",
        metavar="TAKE.csv",
        help="the take, .csv, .glb or .gltf; a directory (DIR/) gets one for each line of a sheet; "
        "- for standard output",
    )
    parser.add_argument(
        "--video",
        metavar="FILM.webp",
        help="a film of it besides or instead, drawn with the preview's face by a Chromium on the PATH: an animated "
        ".webp or .png; .webm or .mp4 with ffmpeg",
    )
    parser.add_argument("--take", metavar="TAKE", help="a recording to convert, ours or a phone's, instead of a text")
    parser.add_argument("--take-fps", choices=RATES, metavar="N", help="what its timecode counts, where that is known")
    parser.add_argument("--format", choices=takes.FORMATS, default="csv", help="of the takes in a directory (csv)")
    parser.add_argument("--character", default="guard", help="who says it (guard)")
    parser.add_argument("--emotion", default="", help="in your own words")
    parser.add_argument("--background", default="", help="the scene and what lies under the words")
    parser.add_argument("--duration", type=above_zero, help="seconds of the voice; estimated if not given")
    parser.add_argument("--audio", type=Path, metavar="WAV", help="the voice: the lips follow it")
    takes.add_count_arguments(parser, "60")
    parser.add_argument("--model", default="", metavar="PATH", help='a model file (the shipped one); "rules" for none')
    add_poses(parser)


def run(options: argparse.Namespace) -> int:
    if sum(given is not None for given in (options.text, options.jsonl, options.take)) != 1:
        raise UserError("expected one of a TEXT, --jsonl SHEET and --take TAKE", USAGE)
    if not (options.output or options.video):
        raise UserError("expected -o TAKE or --video FILM, or both", USAGE)
    if options.video:
        film.check(options.video)
    count = takes.count(options.fps, options.drop_frame, DEFAULT_FPS)
    if options.take is not None:
        return _convert(options, count)
    is_sheet = options.jsonl is not None
    is_directory = is_sheet and options.output and (options.output.endswith("/") or Path(options.output).is_dir())
    if options.output and not is_directory:
        takes.format_of(options.output)
    code = FINE
    with Progress("lines") as progress:
        lines: list[messages.Line] = []
        for item in _sheet(options) if is_sheet else [_single(options)]:
            if isinstance(item, sheets.Item):
                lines.append(item.line)
            else:
                progress.tell(f"facecue render: {options.jsonl}: {item}")
                code = FAILED
        if not lines:
            raise UserError(f"{options.jsonl} has no lines to render")
        brain = load(options.model)
        if is_directory:
            _write_each(brain, lines, options, count, progress)
        elif options.output:
            _write_one(brain, lines, options, count, progress)
        if options.video:
            folder = options.audio and options.audio.absolute().parent
            film.write(
                options.video, itertools.chain(*(faces(brain, line, count.fps, folder) for line in lines)), count.fps
            )
    return code


def _convert(options: argparse.Namespace, count: Count) -> int:
    """Writes a recording as a take of another format, of another rate if one was asked for."""
    kind = options.output and takes.format_of(options.output)
    recorded = takes.read(options.take, options.take_fps and RATES[options.take_fps])
    if options.fps:
        try:
            recorded = recording.resample(recorded, count.fps, count.is_drop)
        except DecodeError as error:
            raise UserError(f"{options.take}: {error}") from error
    if kind:
        with files.writing(options.output) as file:
            file.write(takes.encode(recorded, kind))
    if options.video:
        even = recording.resample(recorded, film.FASTEST, False)
        film.write(options.video, even.values, film.FASTEST)
    return FINE


def faces(brain: Brain, line: messages.Line, fps: float, folder: Path | None = None) -> Iterator[Floats]:
    """The frames of one line from its beginning until the face is back at rest: (61,), valid until the next.

    Audio named by a path is read from below `folder`; what cannot be heard raises UserError.
    """
    performance = Performance((line.character,), fps=fps)
    performance.handle(line)
    for request in performance.requests():
        performance.deliver(request, brain.plan([request.prompt])[0])
    for take in performance.unheard():
        try:
            performance.hear(take, heard(take.line, folder, performance.language))
        except ValueError as error:
            raise UserError(str(error)) from error
    quiet = 0  # frames since the line was over
    for number in itertools.count():
        frame, _ = performance.frame(number)
        yield frame.values[0]
        if not quiet and performance.is_idle(line.character):
            performance.calm(line.character, _TAIL)
        quiet += performance.is_idle(line.character)
        if quiet > round(_LONGEST_TAIL * fps) or (quiet > round(_TAIL * fps) and not frame.values.any()):
            return


def _sheet(options: argparse.Namespace) -> list[sheets.Item | sheets.Mistake]:
    library = read_poses(options.poses)
    with files.reading(options.jsonl) as stream:
        return list(sheets.items(stream, options.character, library))


def _single(options: argparse.Namespace) -> sheets.Item:
    line = messages.Line(
        options.character,
        options.text,
        options.emotion,
        options.background,
        duration=options.duration,
        audio=options.audio and options.audio.name,
    )
    try:
        checked = messages.decode(messages.encode(line))
    except DecodeError as error:
        raise UserError(str(error), USAGE) from error
    assert isinstance(checked, messages.Line)
    return sheets.Item(1, checked)


def _write_one(
    brain: Brain, lines: list[messages.Line], options: argparse.Namespace, count: Count, progress: Progress
) -> None:
    """One take with all the lines, one after the other."""
    folder = options.audio and options.audio.absolute().parent
    with takes.writing(options.output, count) as recorder:
        for done, line in enumerate(lines, 1):
            for values in faces(brain, line, count.fps, folder):
                if recorder.rows == recording.MAX_ROWS:
                    raise UserError(f"take is longer than {recorder.rows} rows; -o DIR/ makes a file of each line")
                recorder.write(values, recorder.rows)
            progress.advance(1, done / len(lines))


def _write_each(
    brain: Brain, lines: list[messages.Line], options: argparse.Namespace, count: Count, progress: Progress
) -> None:
    """A take for each line, named by its id."""
    directory = Path(options.output)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {directory}: {error.strerror}") from error
    names = _Names(options.format)
    for done, line in enumerate(lines, 1):
        line_id = line.id or "line"
        name = names.new(line_id)
        if name != f"{line_id}.{options.format}":
            progress.tell(f"facecue render: id {line_id!r} goes to {name}")
        with takes.writing(str(directory / name), count) as recorder:
            for values in faces(brain, line, count.fps):
                recorder.write(values, recorder.rows)
        progress.advance(1, done / len(lines))


class _Names:
    """File names made from ids: safe on every system, and different where ids come to the same."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._used: set[str] = set()

    def new(self, line_id: str) -> str:
        stem = re.sub(r"[^\w.-]+", "_", line_id).strip(".")[:_LONGEST_NAME] or "line"
        name, count = stem, 1
        while name.lower() in self._used:
            count += 1
            name = f"{stem}-{count}"
        self._used.add(name.lower())
        return f"{name}.{self._suffix}"
