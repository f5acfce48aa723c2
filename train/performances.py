"""python -m train import: recordings of performances become cue sheets for the corpus.

A take of Live Link Face is cleaned, cut into phrases, and each phrase becomes a sheet of a few keyframes with the
captions of the describer. What was made of one take is written before the next is read.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from protocols import fields as read
from protocols import recording
from protocols.arkit import Floats
from protocols.errors import DecodeError
from protocols.messages import MAX_BACKGROUND, MAX_EMOTION, MAX_TEXT
from protocols.timecodes import RATES
from streamer import files
from streamer.arguments import above_zero
from streamer.cli import FINE, USAGE, UserError
from streamer.cues import MAX_KEYFRAMES
from streamer.progress import Progress
from train import capture
from train.capture import Take
from train.data import CORPUS, MOST_KEYFRAMES
from train.keyframes import TOLERANCE, Choice, choose, errors
from train.phrases import PhraseError, cut

LETTER: Final = "z"  # of the sheets made here; train.data keeps them on the training side
MAX_LINE_BYTES: Final = 65_536  # of a file of lines; a line of dialogue is at most 2,000 characters

_ID: Final = re.compile(rf'"id"\s*:\s*"{LETTER}(\d{{1,9}})"')


@dataclass(frozen=True, slots=True)
class Script:
    """What is said in a take, one line of text for each phrase, and how it is felt."""

    text: str = ""
    emotion: str = ""
    background: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines of dialogue; none where the take is silent."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What became of a take."""

    take: Take
    choices: list[Choice]
    seconds: float  # of one core that it took


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("takes", nargs="+", metavar="TAKE.csv", help="recordings of Live Link Face, or of ours")
    parser.add_argument("--script", default="", metavar="TEXT", help="what the take says, a line for each phrase")
    parser.add_argument("--emotion", default="", help="in your own words")
    parser.add_argument("--background", default="", help="the scene and what lies under the words")
    parser.add_argument(
        "--lines",
        metavar="FILE.jsonl",
        help='for many takes: {"take": "name.csv", "line": "...", "emotion": "...", "background": "..."} a line',
    )
    parser.add_argument("--rest", metavar="TAKE.csv", help="a take of the resting face, where the takes show none")
    parser.add_argument("--fps", choices=RATES, metavar="N", help="what the timecodes count, where that is known")
    parser.add_argument(
        "--keyframes",
        type=int,
        choices=range(1, MAX_KEYFRAMES + 1),
        default=MOST_KEYFRAMES,
        metavar="N",
        help=f"at most so many a line ({MOST_KEYFRAMES}); more than {MOST_KEYFRAMES} is for playing, not for training",
    )
    parser.add_argument("--error", type=above_zero, default=TOLERANCE, help=f"rms error to come below ({TOLERANCE})")
    parser.add_argument("-o", "--output", type=Path, default=CORPUS / "own.jsonl", metavar="FILE.jsonl")
    parser.add_argument("--plot", metavar="FILE.png", help="a picture of one take and its keyframes")


def run(options: argparse.Namespace) -> int:
    if len(options.takes) > 1 and (options.script or options.plot):
        raise UserError("--script and --plot are for one take; for many give --lines", USAGE)
    if options.keyframes > MOST_KEYFRAMES and options.output.resolve().parent == CORPUS:
        raise UserError(f"the corpus takes at most {MOST_KEYFRAMES} keyframes a line; write others elsewhere", USAGE)
    default = Script(options.script, options.emotion, options.background)
    scripts = dict(_scripts(options.lines, default)) if options.lines else {}
    rest = capture.rest_of(_recording(options.rest, options.fps)) if options.rest else None
    code = FINE
    for name in options.takes:
        try:
            script = scripts.get(Path(name).name, default)
            made = perform(_recording(name, options.fps), script, rest, options.keyframes, options.error)
            ids = add(options.output, list(_sheets(made, script, has_duration=options.keyframes > MOST_KEYFRAMES)))
            print(_figures(name, made, options))
            print(f"  {len(ids)} sheets to {options.output}{_span(ids)}")
            if options.plot:
                _plot(made, options.plot)
        except (DecodeError, PhraseError, UserError) as error:  # the other takes can still be good
            print(f"train import: {_told(name, error)}", file=sys.stderr)
            code = USAGE
    return code


def perform(
    taken: recording.Recording, script: Script, rest: Floats | None = None,
    most: int = MOST_KEYFRAMES, tolerance: float = TOLERANCE,
) -> Performance:  # fmt: skip
    """The keyframes of a recording, phrase by phrase; raises PhraseError where nothing moves."""
    began = time.process_time()
    take = capture.clean(taken, is_spoken=bool(script.lines), rest=rest)
    phrases = cut(take, len(script.lines))
    choices = []
    with Progress("phrases") as progress:
        for phrase in phrases:
            choices.append(choose(take, phrase, most, tolerance))
            progress.advance(share=len(choices) / len(phrases))
    return Performance(take, choices, time.process_time() - began)


def add(path: Path, sheets: Sequence[dict[str, Any]]) -> list[str]:
    """Adds sheets that are not there yet to a file, numbered after all in its folder; raises UserError."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        known = {_content(json.loads(line)) for line in text.splitlines() if line.strip()}
        numbers = [int(n) for other in path.parent.glob("*.jsonl") for n in _ID.findall(other.read_text("utf-8"))]
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"cannot add to {path}: {error}", USAGE) from error
    fresh = [sheet for sheet in sheets if _content(sheet) not in known]
    first = max(numbers, default=0) + 1
    ids = [f"{LETTER}{first + i:04}" for i in range(len(fresh))]
    rows = [json.dumps({"id": name} | sheet, ensure_ascii=False) for name, sheet in zip(ids, fresh, strict=True)]
    whole = "\n".join([*text.splitlines(), *rows])
    with files.writing(str(path)) as out:
        out.write((whole + "\n" * bool(whole)).encode())
    return ids


def _recording(name: str, fps: str | None) -> recording.Recording:
    with files.reading(name) as stream:
        data = stream.read(recording.MAX_BYTES + 1)
    return recording.decode(data, None if fps is None else RATES[fps])


def _scripts(name: str, default: Script) -> Iterator[tuple[str, Script]]:
    """The script of each take that a file names; raises UserError."""
    with files.reading(name) as stream:
        for number, raw in enumerate(stream.read().splitlines(), 1):
            if not raw.strip():
                continue
            try:
                row = read.parse(raw, MAX_LINE_BYTES)
                read.only(row, ("take", "line", "emotion", "background"))
                yield (
                    Path(read.text(row.get("take"), "take", MAX_TEXT)).name,
                    Script(
                        read.text(row.get("line", default.text), "line", MAX_TEXT),
                        read.text(row.get("emotion", default.emotion), "emotion", MAX_EMOTION),
                        read.text(row.get("background", default.background), "background", MAX_BACKGROUND),
                    ),
                )
            except DecodeError as error:
                raise UserError(f"{name}, line {number}: {error}", USAGE) from error


def _sheets(made: Performance, script: Script, *, has_duration: bool) -> Iterator[dict[str, Any]]:
    lines = script.lines or [""] * len(made.choices)
    for line, choice in zip(lines, made.choices, strict=True):
        frames = zip(choice.keyframes, choice.acts, strict=True)
        sheet: dict[str, Any] = {"background": script.background, "emotion": script.emotion, "line": line}
        if has_duration:
            sheet["duration"] = round(choice.phrase.duration, 3)
        yield sheet | {
            "keyframes": [{"at": k.at, "onset": k.onset, "text": k.text, "acts": acts} for k, acts in frames]
        }


def _content(sheet: dict[str, Any]) -> str:
    return json.dumps({name: field for name, field in sheet.items() if name != "id"}, sort_keys=True)


def _figures(name: str, made: Performance, options: argparse.Namespace) -> str:
    cleaning, choices = made.take.cleaning, made.choices
    reached = sum(choice.error <= options.error for choice in choices)
    regions = errors(made.take, choices)
    off = np.sqrt(np.average([c.error**2 for c in choices], weights=[len(c.rebuilt) for c in choices]))
    rest = ", ".join(f"{channel} {level:g}" for channel, level in cleaning.rest.items()) or "at zero"
    return "\n".join([
        f"{name}: {made.take.length:.1f} s, {cleaning.rows} rows: {cleaning.duplicates} duplicates, {cleaning.dropped} "
        f"frames dropped (longest hole {cleaning.gap:.2f} s), jitter {cleaning.jitter:.4f}",
        f"  rest: {rest}",
        f"  {len(choices)} phrases, {sum(len(c.keyframes) for c in choices)} keyframes in {made.seconds:.1f} s "
        f"of a core; "
        f"{reached} within {options.error:g}",
        f"  error, rms: {off:.3f}; " + ", ".join(f"{region} {error:.3f}" for region, error in regions.items()),
    ])  # fmt: skip


def _plot(made: Performance, name: str) -> None:
    try:
        from train import picture
    except ImportError as error:
        raise UserError('--plot needs matplotlib; pip install "facecue[train]"', USAGE) from error
    picture.draw(made.take, made.choices, name)


def _span(ids: Sequence[str]) -> str:
    return f": {ids[0]} to {ids[-1]}" if ids else "; they are there already"


def _told(name: str, error: Exception) -> str:
    return str(error) if isinstance(error, UserError) else f"{name}: {error}"
