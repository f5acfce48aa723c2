"""python -m train caption: faces of recordings and sheets in SemanticFace's structured long form, JSON lines."""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import numpy as np

from protocols import recording
from protocols.arkit import Floats
from protocols.errors import DecodeError
from protocols.timecodes import RATES
from streamer import files, sheets
from streamer.arguments import above_zero
from streamer.cli import FINE, USAGE, UserError
from streamer.face.describe import describe
from train import capture
from train.supervision import supervision

CHARACTER: Final = "face"  # a sheet's lines want one; it is not written

Captioned = dict[str, Any]  # JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="TAKE.csv|SHEET.jsonl", help="a recording, or sheets with acts or values")
    parser.add_argument(
        "-o", "--output", default=files.STANDARD, metavar="FILE.jsonl", help="standard output if left out"
    )
    parser.add_argument("--every", type=above_zero, default=1.0, metavar="SECONDS", help="of a recording (1)")
    parser.add_argument("--raw", action="store_true", help="the recording as it is: rest, jitter and blinks left in")
    parser.add_argument("--fps", choices=RATES, metavar="N", help="what the timecodes count, where that is known")


def run(options: argparse.Namespace) -> int:
    code = FINE
    with files.reading(options.input) as stream, files.writing(options.output) as out:
        for item in _of_take(stream, options) if options.input.endswith(".csv") else _of_sheets(stream):
            if isinstance(item, sheets.Mistake):
                print(f"train caption: {options.input}: {item}", file=sys.stderr)
                code = USAGE
            else:
                out.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
    return code


def _of_take(stream: BinaryIO, options: argparse.Namespace) -> Iterator[Captioned]:
    try:
        fps = None if options.fps is None else RATES[options.fps]
        taken = recording.decode(stream.read(recording.MAX_BYTES + 1), fps)
    except DecodeError as error:
        raise UserError(f"{options.input}: {error}", USAGE) from error
    times = np.arange(0, taken.times[-1] + 1e-6, options.every)
    if options.raw:
        faces = recording.sample(taken, times)
    else:
        clean = capture.clean(taken, is_spoken=False).values
        faces = clean[np.minimum(np.rint(times * capture.FPS).astype(int), len(clean) - 1)]
    for now, face in zip(times.tolist(), faces, strict=True):
        yield {"time": round(now, 3)} | _captioned(face)


def _of_sheets(stream: BinaryIO) -> Iterator[Captioned | sheets.Mistake]:
    """The faces that sheets give in acts or values; single faces of the corpus among them."""
    lines = io.BytesIO(b"".join(map(_as_sheet, stream)))
    for item in sheets.items(lines, CHARACTER):
        if isinstance(item, sheets.Mistake):
            yield item
            continue
        faces = [np.array(k.values, np.float32) for k in item.line.keyframes if k.values is not None]
        if not faces:
            yield sheets.Mistake(item.number, "no keyframe has acts or values, expected some")
        for number, face in enumerate(faces):
            yield {"id": item.line.id, "keyframe": number} | _captioned(face)


def _as_sheet(raw: bytes) -> bytes:
    """A face that stands alone, as faces.jsonl has them, in the form of a sheet."""
    try:
        row = json.loads(raw)
    except ValueError:
        return raw.rstrip(b"\n") + b"\n"
    if not (isinstance(row, dict) and row.keys() == {"id", "text", "acts"}):
        return raw.rstrip(b"\n") + b"\n"
    return json.dumps({"id": row["id"], "keyframes": [{"text": row["text"], "acts": row["acts"]}]}).encode() + b"\n"


def _captioned(face: Floats) -> Captioned:
    return {"text": describe(face)} | supervision(face)
