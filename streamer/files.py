"""The files that a command reads and writes, "-" for standard input and output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from streamer.cli import UserError

STANDARD: Final = "-"


@contextmanager
def reading(name: str) -> Iterator[BinaryIO]:
    """A file to read; raises UserError."""
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - the errors of opening are told apart from those of the block
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {name}: {_reason(error)}") from error
    with stream:
        yield stream


@contextmanager
def writing(name: str) -> Iterator[BinaryIO]:
    """A file to write, which appears when the block is done, or not at all; raises UserError."""
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        path = Path(name).resolve()  # a link stays one
        is_special = path.exists() and not path.is_file()
    except (OSError, ValueError) as error:
        raise UserError(f"cannot write {name}: {_reason(error)}") from error
    try:
        with path.open("wb") if is_special else _replacing(path) as stream:  # /dev/null and pipes are never replaced
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"cannot write {name}: {_reason(error)}") from error


def size(stream: BinaryIO) -> int:
    """The bytes of a file; 0 where there is no telling, as with a pipe."""
    try:
        return os.fstat(stream.fileno()).st_size
    except OSError:
        return 0


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def claim(file: int, path: Path) -> None:
    """Keeps others from growing the same file, where the system knows locks; raises UserError."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UserError(f"{path} is in use by another run") from error


def append(file: int, row: bytes) -> None:
    """Writes all of a row, however little the system takes at once."""
    while row:
        row = row[os.write(file, row) :]
