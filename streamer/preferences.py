"""Which of two takes of a line was liked better: a file of choices, one a line of JSON, as they were made.

    {"id": "q12-004", "line": "Halt!", "emotion": "suspicious", "background": "Night watch.",
     "left": {"model": "facecue-minilm 3f2a91c0", "how": "as planned", "keyframes": [{"at": 0.2, ...}]},
     "right": {"model": "facecue-minilm 3f2a91c0", "how": "milder", "keyframes": [...]}, "choice": "left"}

Keyframes are as `facecue plan` writes them. `how` says what was changed of what the model planned. A choice is "left",
"right" or "same".
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self, get_args

from protocols import fields as read_field
from protocols import messages
from protocols.errors import DecodeError
from protocols.fields import Fields
from protocols.messages import Verdict
from streamer.cli import USAGE, UserError
from streamer.files import append, claim

PLANNED: Final = "as planned"
MAX_BYTES: Final = messages.MAX_MESSAGE_BYTES  # of a row: two takes of eight keyframes fit several times
MAX_NAME: Final = 200  # bytes of a model's name, or of what was changed of its plan
_BEGIN: Final = b'{"id":'
_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would count its own ends of lines
_ANEW: Final = "mend it, or move the file away to begin anew"


@dataclass(frozen=True, slots=True)
class Take:
    """One way to act a line: whose it is, what was changed of the plan, and its keyframes."""

    model: str
    how: str
    keyframes: tuple[messages.PlannedKeyframe, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A line with the two takes of it that stand side by side."""

    id: str
    line: str
    emotion: str
    background: str
    left: Take
    right: Take


@dataclass(frozen=True, slots=True)
class Choice:
    """A pair and what was said of it."""

    pair: Pair
    verdict: Verdict

    @property
    def winner(self) -> Take | None:
        """The take that was liked better; None where they were the same."""
        return {"left": self.pair.left, "right": self.pair.right, "same": None}[self.verdict]


def encode(choice: Choice) -> bytes:
    """A row of the file, its end included."""
    row = asdict(choice.pair) | {"choice": choice.verdict}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decode(row: bytes) -> Choice:
    """The choice that a row is; raises DecodeError."""
    fields = read_field.parse(row, MAX_BYTES)
    read_field.only(fields, ("id", "line", "emotion", "background", "left", "right", "choice"))
    pair = Pair(
        id=read_field.name(read_field.required(fields, "id"), "id", messages.MAX_ID),
        line=read_field.text(read_field.required(fields, "line"), "line", messages.MAX_TEXT),
        emotion=read_field.text(read_field.required(fields, "emotion"), "emotion", messages.MAX_EMOTION),
        background=read_field.text(read_field.required(fields, "background"), "background", messages.MAX_BACKGROUND),
        left=_take(fields, "left"),
        right=_take(fields, "right"),
    )
    return Choice(pair, read_field.choice(read_field.required(fields, "choice"), "choice", get_args(Verdict)))


def read(path: Path) -> list[Choice]:
    """The choices of a file, but for a last one that was not finished; raises UserError."""
    try:
        with path.open("rb") as stream:
            return [choice for choice, _ in _rows(stream, path)]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", USAGE) from error


class Choices:
    """A file of choices that grows: each is on the disk before it counts."""

    def __init__(self, path: Path) -> None:
        """Reads what is there and cuts off a last row that was not finished; raises UserError."""
        self.made: list[Choice] = []
        self._starts: list[int] = []  # where in the file each of them begins
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o644)
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}", USAGE) from error
        try:
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise UserError(f"cannot write {path}: it is no plain file", USAGE)
            claim(self._file, path)
            self._end = self._read(path)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        os.close(self._file)

    def append(self, choice: Choice) -> None:
        """Keeps a choice; raises OSError when the disk does not take it, and nothing of it is left."""
        row = encode(choice)
        try:
            os.lseek(self._file, self._end, os.SEEK_SET)
            append(self._file, row)
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._starts.append(self._end)
        self._end += len(row)
        self.made.append(choice)

    def undo(self) -> Choice:
        """Takes the last choice out of the file; raises OSError, or IndexError when there is none."""
        os.ftruncate(self._file, self._starts[-1])
        self._end = self._starts.pop()
        undone = self.made.pop()
        os.fsync(self._file)
        return undone

    def _read(self, path: Path) -> int:
        """What earlier sessions chose; gives where the last of it ends."""
        end, row = 0, b"\n"
        with os.fdopen(os.dup(self._file), "rb") as stream:
            for choice, row in _rows(stream, path):
                self.made.append(choice)
                self._starts.append(end)
                end += len(row)
        os.ftruncate(self._file, end)
        if not row.endswith(b"\n"):  # an editor left the last end of line out
            os.lseek(self._file, end, os.SEEK_SET)
            append(self._file, b"\n")
            end += 1
        return end


def _rows(stream: BinaryIO, path: Path) -> Iterator[tuple[Choice, bytes]]:
    """Each choice with its row."""
    for number, row in enumerate(iter(lambda: stream.readline(MAX_BYTES + 1), b""), 1):
        if _is_torn(row):
            return
        try:
            yield decode(row), row
        except DecodeError as error:
            raise UserError(f"{path}:{number}: {error}; {_ANEW}", USAGE) from error


def _is_torn(row: bytes) -> bool:
    """Whether the power went while a row of ours was written; another program's file is not to be cut."""
    if row.endswith(b"\n") or len(row) > MAX_BYTES or not (row.startswith(_BEGIN) or _BEGIN.startswith(row)):
        return False
    try:
        json.loads(row)
    except (ValueError, RecursionError):
        return True
    return False


def _take(fields: Fields, side: str) -> Take:
    take = read_field.table(read_field.required(fields, side), side)
    read_field.only(take, ("model", "how", "keyframes"), f"{side}.")
    try:
        keyframes = messages.decode_planned(read_field.required(take, "keyframes"))
    except DecodeError as error:
        raise DecodeError(f"{side}: {error}") from None
    model, how = (
        read_field.name(read_field.required(take, name), f"{side}.{name}", MAX_NAME) for name in ("model", "how")
    )
    return Take(model, how, keyframes)
