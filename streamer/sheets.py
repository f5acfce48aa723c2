"""Dialogue sheets: JSON lines, one item a line, read as they come.

    {"id": "q12-004", "line": "Halt!", "emotion": "suspicious", "background": "Night watch.", "duration": 2.4}
    {"id": "q12-005", "keyframes": [{"at": 0.2, "onset": "snap", "text": "left brow up"}]}

Any field may be left out as long as something is there to act; "text" is another word for "line". A keyframe has
words, "values" (channels by name) or "acts" (the alphabet of the corpus): what `facecue plan` writes can be read again.
Words that are "pose: NAME" take the values of that pose of the library.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from protocols import fields as read
from protocols import messages
from protocols.arkit import by_name
from protocols.errors import DecodeError
from protocols.fields import Fields
from protocols.messages import MAX_BACKGROUND, MAX_DURATION, MAX_EMOTION, MAX_ID, MAX_KEYFRAMES, MAX_TEXT, SHORTEST
from streamer import poses
from streamer.face import acts

MAX_BYTES: Final = messages.MAX_MESSAGE_BYTES  # an item is a line message in other words


@dataclass(frozen=True, slots=True)
class Item:
    """A line to act, and where it stands in its sheet (from 1)."""

    number: int
    line: messages.Line  # always with an id


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line of the sheet that cannot be used, and why."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}"


def items(sheet: BinaryIO, character: str, library: poses.Poses = poses.NONE) -> Iterator[Item | Mistake]:
    """What stands in a sheet, for this character to act, its poses from a library; empty lines are passed over."""
    number = 0
    while raw := sheet.readline(MAX_BYTES + 1):
        number += 1
        if not raw.strip():
            continue
        if len(raw) > MAX_BYTES:
            _skip(sheet, raw)
        try:
            yield Item(number, poses.posed(line_of(read.parse(raw, MAX_BYTES), number, character), library))
        except DecodeError as error:
            yield Mistake(number, str(error))


def _skip(sheet: BinaryIO, raw: bytes) -> None:
    """Passes over the rest of a line that is too long to be kept."""
    while raw and not raw.endswith(b"\n"):
        raw = sheet.readline(MAX_BYTES)


def line_of(fields: Fields, number: int, character: str) -> messages.Line:
    """The line that the fields of row `number` are; raises DecodeError."""
    read.only(fields, ("id", "line", "text", "emotion", "background", "duration", "keyframes"))
    if "line" in fields and "text" in fields:
        raise DecodeError("line and text are both there, expected one")
    spoken = "text" if "text" in fields else "line"
    given = {name: value for name, value in fields.items() if value is not None}
    line = messages.Line(
        character=character,
        text=read.text(given.get(spoken, ""), spoken, MAX_TEXT),
        emotion=read.text(given.get("emotion", ""), "emotion", MAX_EMOTION),
        background=read.text(given.get("background", ""), "background", MAX_BACKGROUND),
        id=read.name(given.get("id", f"line-{number}"), "id", MAX_ID),
        duration=read.number(given["duration"], "duration", SHORTEST, MAX_DURATION) if "duration" in given else None,
        keyframes=_keyframes(given["keyframes"]) if "keyframes" in given else (),
    )
    if not (line.text.strip() or line.emotion.strip() or line.background.strip() or line.keyframes):
        raise DecodeError(f"{spoken} is empty, expected words, or an emotion, a background or keyframes")
    return line


def _keyframes(value: object) -> tuple[messages.KeyframeCue, ...]:
    rows = read.array(value, "keyframes", MAX_KEYFRAMES)
    return messages.decode_keyframes([_in_channels(row, f"keyframes[{i}]") for i, row in enumerate(rows)])


def _in_channels(row: Any, where: str) -> Any:  # Any: JSON; what is not a keyframe in acts goes on as it is
    if not isinstance(row, dict) or "acts" not in row:
        return row
    if "values" in row:
        raise DecodeError(f"{where} has both acts and values, expected one")
    table = read.table(row["acts"], f"{where}.acts")
    weights = {act: read.number(weight, f"{where}.acts.{act[:40]}", 0, 1) for act, weight in table.items()}
    try:
        values = by_name(acts.to_values(weights))
    except DecodeError as error:
        raise DecodeError(f"{where}.acts: {error}") from None
    return {name: field for name, field in row.items() if name != "acts"} | {"values": values}
