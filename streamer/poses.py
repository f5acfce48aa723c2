"""A pose library: faces by name, which keyframes of lines can take. JSON lines, one pose a line, made to be read.

    {"name": "grin", "text": "strongly smiling", "source": "grin.png", "values": {"MouthSmileLeft": 0.7, ...}}

Channels that are not there are 0. A keyframe takes a pose when its text is "pose: grin" and it has no values itself.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final, TypeVar

from protocols import arkit, messages
from protocols import fields as read
from protocols.arkit import Floats, by_name
from protocols.errors import DecodeError
from protocols.messages import MAX_CAPTION
from streamer import files

MAX_NAME: Final = 64  # bytes: it stands in a keyframe's text
MAX_SOURCE: Final = 255  # bytes: a file's name
MAX_BYTES: Final = 16_384  # of a pose: 61 numbers are a sixth of it
MAX_POSES: Final = 4096  # some megabytes
PREFIX: Final = "pose:"
DIGITS: Final = 3  # of a value, in the file
_SHOWN: Final = 20  # names that an error lists

L = TypeVar("L", bound=messages.Line | messages.Plan)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A face, its caption, and the name of the file that it was made from."""

    name: str
    text: str
    source: str
    values: Floats  # (61,), wire order


Poses = Mapping[str, Pose]
NONE: Final[Poses] = MappingProxyType({})


def load(path: Path) -> Poses:
    """The poses of a file by name; raises DecodeError, which names the file."""
    try:
        with path.open("rb") as file:
            return decode(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DecodeError(f"{path}: {reason or error}") from error


def decode(file: BinaryIO) -> Poses:
    """The poses of an open file by name; raises DecodeError, which names the line."""
    poses: dict[str, Pose] = {}
    number = 0
    while raw := file.readline(MAX_BYTES + 1):
        number += 1
        if not raw.strip():
            continue
        try:
            pose = _decode(raw)
            if pose.name in poses:
                raise DecodeError(f"pose {pose.name!r} stands there twice")
        except DecodeError as error:
            raise DecodeError(f"line {number}: {error}") from None
        if len(poses) == MAX_POSES:
            raise DecodeError(f"line {number}: more than {MAX_POSES} poses")
        poses[pose.name] = pose
    return poses


def save(poses: Iterable[Pose], path: Path) -> None:
    """Writes a library whole, or not at all; raises UserError."""
    with files.writing(str(path)) as file:
        file.writelines(_encode(pose) for pose in poses)


def check_name(name: str) -> str:
    """The name of a pose: 1 to 64 bytes, no blanks around it; raises DecodeError."""
    if name != name.strip():
        raise DecodeError(f"name is {name[:40]!r}, expected no blanks around it")
    return read.name(name, "name", MAX_NAME)


def posed(line: L, poses: Poses) -> L:
    """A line whose keyframes have the values of the poses that they name; raises DecodeError for an unknown one."""
    if not any(_named(cue) for cue in line.keyframes):
        return line
    return replace(line, keyframes=tuple(_posed(cue, poses) for cue in line.keyframes))


def shown(values: Floats) -> dict[str, float]:
    """The values of a pose that are not 0, by name."""
    return {name: value for name, value in by_name(values, DIGITS).items() if value}


def _posed(cue: messages.KeyframeCue, poses: Poses) -> messages.KeyframeCue:
    name = _named(cue)
    if not name:
        return cue
    if name not in poses:
        known = ", ".join(sorted(poses)[:_SHOWN]) + ", ..." * (len(poses) > _SHOWN)
        told = f"expected one of {known}" if poses else "there is no pose library"
        raise DecodeError(f"unknown pose {name[:MAX_NAME]!r}, {told}", code="unknown_pose")
    return replace(cue, values=tuple(map(float, poses[name].values)))


def _named(cue: messages.KeyframeCue) -> str:
    """The pose that a keyframe wants, "" for none."""
    text = cue.text.strip()
    return text.removeprefix(PREFIX).strip() if cue.values is None and text.startswith(PREFIX) else ""


def _decode(raw: bytes) -> Pose:
    fields = read.parse(raw, MAX_BYTES)
    read.only(fields, ("name", "text", "source", "values"))
    values = read.table(read.required(fields, "values"), "values")
    for name, value in values.items():
        read.number(value, f"values.{name[:40]}", -1, 1)  # its own bounds are the next check
    return Pose(
        check_name(read.name(read.required(fields, "name"), "name", MAX_NAME)),
        read.text(fields.get("text", ""), "text", MAX_CAPTION),
        read.text(fields.get("source", ""), "source", MAX_SOURCE),
        arkit.face(values),
    )


def _encode(pose: Pose) -> bytes:
    row = {"name": pose.name, "text": pose.text, "source": pose.source, "values": shown(pose.values)}
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
