"""Takes as files: Live Link Face CSV and glTF, told apart by their names when written and by their bytes when read."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from protocols import gltf, recording, timecodes
from protocols.errors import DecodeError
from protocols.recording import Recording
from protocols.timecodes import Count
from streamer import files
from streamer.cli import USAGE, UserError
from streamer.outputs.recorder import CsvRecorder, GltfRecorder, Recorder

FORMATS: Final = ("csv", "glb", "gltf")


def add_count_arguments(parser: argparse.ArgumentParser, fps: str) -> None:
    """The rate of a take that is written, `fps` being told as what it is without the flag."""
    rates = ", ".join(timecodes.RATES)
    parser.add_argument("--fps", choices=timecodes.RATES, metavar="N", help=f"one of {rates} ({fps})")
    parser.add_argument("--drop-frame", action="store_true", help="drop-frame timecode, at 29.97 and 59.94")


def count(fps: str | None, is_drop: bool, default: float) -> Count:
    """How the rows of a take are counted; raises UserError."""
    rate = timecodes.RATES[fps] if fps else default
    if is_drop and not timecodes.can_drop(rate):
        raise UserError(f"--drop-frame is for 29.97 and 59.94 frames a second, not {rate:g}", USAGE)
    return Count(rate, is_drop)


def format_of(name: str) -> str:
    """What the name of a file says it holds: CSV where it says nothing; raises UserError."""
    suffix = Path(name).suffix.lower().removeprefix(".") or FORMATS[0]
    if suffix not in FORMATS:
        raise UserError(f"cannot write {name} as .{suffix}, expected one of .{', .'.join(FORMATS)}", USAGE)
    return suffix


@contextmanager
def writing(name: str, counted: Count) -> Iterator[Recorder]:
    """A take to write, which appears when the block is done, or not at all; raises UserError."""
    kind = format_of(name)
    with files.writing(name) as file:
        recorder = CsvRecorder(file, counted) if kind == "csv" else GltfRecorder(file, counted.fps, kind == "glb")
        yield recorder
        recorder.close()


def encode(recorded: Recording, kind: str) -> bytes:
    """The file that a recording makes in one of the formats."""
    if kind == "csv":
        return recording.encode(recorded).encode()
    return (gltf.encode_binary if kind == "glb" else gltf.encode_json)(recorded.times, recorded.values)


def read(name: str, fps: float | None = None) -> Recording:
    """A take of ours or of a phone, `fps` being what its timecode counts where that is known; raises UserError."""
    with files.reading(name) as stream:
        try:
            data = stream.read(recording.MAX_BYTES + 1)
            return gltf.decode(data) if gltf.is_gltf(data) else recording.decode(data, fps)
        except DecodeError as error:
            raise UserError(f"{name}: {error}") from error
        except OSError as error:
            raise UserError(f"cannot read {name}: {error.strerror}") from error
