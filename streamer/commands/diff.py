"""facecue diff: what a refreshed brain changed, face by face, on a fixed set of lines or a sheet of your own."""

import argparse
import io
import itertools
import json
import math
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Final

from protocols import messages
from streamer import files, sheets, tables
from streamer.brain.loading import RULES
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.commands.plan import BATCH, plan
from streamer.cues import Brain, Prompt
from streamer.diff import page
from streamer.diff.compare import Pair, compare, means
from streamer.diff.report import Report, as_json, report
from streamer.diff.table import table
from streamer.progress import Progress

SHIPPED: Final = "shipped"  # the name that asks for the weights that came with the program
MOST: Final = 12  # lines that are shown
MAX_LINES: Final = 2_000  # of a sheet: each stands on the page with its faces
_CHARACTER: Final = "sheet"
_TABLES: Final = (".csv", ".tsv")
_OWN_SET: Final = "the fixed set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD.onnx", help=f'the model before; "{SHIPPED}" and "{RULES}" name those here')
    parser.add_argument("new", metavar="NEW.onnx", help="the model after")
    parser.add_argument("--lines", metavar="FILE", help="a sheet of your own, .jsonl or .csv, instead of the fixed set "
                        "of 40 lines and 20 described faces")  # fmt: skip
    parser.add_argument("--html", metavar="FILE", help="besides, one page with both faces at every keyframe")
    parser.add_argument("--json", action="store_true", help="print every figure and keyframe as JSON")
    parser.add_argument("--most", type=_count, default=MOST, metavar="N", help=f"lines to show ({MOST}; 0 for all)")
    parser.add_argument("--fail-above", type=_share, metavar="X", help="exit 1 when the median change is above X")


def run(options: argparse.Namespace) -> int:
    old, new = _brain(options.old), _brain(options.new)
    fixed = _fixed()
    lines, mistakes = _given(options.lines) if options.lines else (fixed, 0)
    with Progress("lines") as progress:
        common = _pairs(fixed, old, old, progress)
        pairs = _pairs(lines, old, new, progress)
    names = options.old, options.new
    told = report(names, options.lines or _OWN_SET, compare(pairs, means(common)))
    if options.html:
        with files.writing(options.html) as file:
            file.write(page.encode(told))
    if options.json:
        print(json.dumps(as_json(told), ensure_ascii=False, indent=1))
    else:
        print("\n".join(table(told, options.most)))
    return USAGE if mistakes else _judged(told, options.fail_above)


def _judged(told: Report, limit: float | None) -> int:
    if limit is None or told.median <= limit:
        return FINE
    print(f"facecue diff: median change is {told.median:.3f}, expected {limit:g} or less", file=sys.stderr)
    return FAILED


def _brain(name: str) -> Brain:
    """The brain of a file, which has to be one that plays here."""
    from streamer.brain.model import WEIGHTS, Model, ModelError
    from streamer.brain.rules import Rules

    if name == RULES:
        return Rules()
    try:
        brain = Model(WEIGHTS if name == SHIPPED else Path(name))
        brain.plan([Prompt("Warm up.")])
    except ModelError as error:
        raise UserError(str(error), USAGE) from error
    except Exception as error:  # the runtime raises its own family where a graph does not fit what it is asked
        raise UserError(
            f"{name} does not answer as a facecue model: {str(error).splitlines()[0][:200]}", USAGE
        ) from error
    return brain


def _pairs(lines: list[messages.Line], old: Brain, new: Brain, progress: Progress) -> list[Pair]:
    """Every line with what the one and the other make of it."""
    pairs: list[Pair] = []
    for batch in (lines[i : i + BATCH] for i in range(0, len(lines), BATCH)):
        before = list(plan(batch, old))
        after = before if new is old else list(plan(batch, new))
        pairs += zip(batch, before, after, strict=True)
        progress.advance(len(batch), len(pairs) / len(lines))
    return pairs


def _fixed() -> list[messages.Line]:
    sheet = io.BytesIO((resources.files("streamer.diff") / "lines.jsonl").read_bytes())
    return [item.line for item in sheets.items(sheet, _CHARACTER) if isinstance(item, sheets.Item)]


def _given(name: str) -> tuple[list[messages.Line], int]:
    """The lines of a sheet, and how many of it cannot be used; raises UserError where none can."""
    with files.reading(name) as sheet:
        found = list(itertools.islice(_items(name, sheet), MAX_LINES + 1))
    if len(found) > MAX_LINES:
        raise UserError(f"{name} has more than {MAX_LINES} lines", USAGE)
    mistakes = [item for item in found if isinstance(item, sheets.Mistake)]
    for mistake in mistakes:
        print(f"facecue diff: {name}: {mistake}", file=sys.stderr)
    lines = [item.line for item in found if isinstance(item, sheets.Item)]
    if not lines:
        raise UserError(f"{name} has no lines to compare", USAGE)
    return lines, len(mistakes)


def _items(name: str, sheet: BinaryIO) -> Iterator[sheets.Item | sheets.Mistake]:
    read = tables.items if Path(name).suffix.lower() in _TABLES else sheets.items
    return read(sheet, _CHARACTER)


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number of lines, 0 for all")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number from 0 up")
    return value
