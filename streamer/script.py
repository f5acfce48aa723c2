"""The dialogue sheet that a driver plays by: its rows by id, planned ahead, and read again when the file changes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from protocols.messages import Line
from streamer import sheets, tables
from streamer.config import ConfigError
from streamer.cues import Prompt
from streamer.performance import prompt_of
from streamer.poses import NONE, Poses
from streamer.sheets import Item, Mistake
from streamer.watch import changes

_log = logging.getLogger(__name__)
MAX_ROWS: Final = 20_000  # whose keyframes take some hundred megabytes
_MAX_TOLD: Final = 20  # mistakes of one sheet in the log
_TABLES: Final = (".csv", ".tsv")
_ANYONE: Final = "sheet"  # a sheet's lines are for whoever the game names


class Script:
    """Lines by their ids."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines = {line.id: line for line in lines}

    def __len__(self) -> int:
        return len(self._lines)

    def prompts(self) -> list[Prompt]:
        """What the brain is asked about the lines."""
        return [prompt for line in self._lines.values() if (prompt := prompt_of(line)) is not None]

    def complete(self, line: Line) -> Line:
        """A line with what it leaves out and its row has; as it is when it has no row, or says something else.

        A row of nothing but keyframes, as `facecue plan` writes it, goes with any words.
        """
        row = self._lines.get(line.id)
        if row is None or (row.text != line.text and (row.text or not row.keyframes)):
            return line
        whole = replace(
            line,
            emotion=line.emotion or row.emotion,
            background=line.background or row.background,
            keyframes=line.keyframes or row.keyframes,
        )
        if (whole.emotion, whole.background, whole.keyframes) != (row.emotion, row.background, row.keyframes):
            return line
        is_timed = line.duration is not None or line.phones is not None or line.audio is not None
        return whole if is_timed else replace(whole, duration=row.duration)


def read(path: Path, poses: Poses = NONE) -> tuple[list[Line], list[Mistake]]:
    """The lines of a sheet, the first of each id, and what is wrong with the others; raises OSError."""
    lines: dict[str, Item] = {}
    mistakes: list[Mistake] = []
    with path.open("rb") as sheet:
        is_table = path.suffix.lower() in _TABLES
        for found in tables.items(sheet, _ANYONE) if is_table else sheets.items(sheet, _ANYONE, poses):
            if isinstance(found, Mistake):
                mistakes.append(found)
                continue
            assert found.line.id is not None
            if len(lines) >= MAX_ROWS:
                mistakes.append(Mistake(found.number, f"sheet has more than {MAX_ROWS} rows, the rest is not read"))
                break
            first = lines.setdefault(found.line.id, found)
            if first is not found:
                mistakes.append(Mistake(found.number, f"id {found.line.id!r} stands on line {first.number} already"))
    return [item.line for item in lines.values()], mistakes


@asynccontextmanager
async def watching(path: Path, rehearse: Callable[[Script], None], poses: Poses = NONE) -> AsyncIterator[None]:
    """Hands over the script of a sheet, now and whenever it has changed. Raises ConfigError when there is none."""
    try:
        rehearse(await _take_up(path, poses))
    except OSError as error:
        raise ConfigError(f"sheet: cannot read {path}: {error.strerror or error}") from error
    task = asyncio.create_task(_watch(path, rehearse, poses), name="sheet watch")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(path: Path, rehearse: Callable[[Script], None], poses: Poses) -> None:
    async for _ in changes(path):
        try:
            rehearse(await _take_up(path, poses))
        except OSError as error:
            _log.warning("sheet: %s: %s; the lines that were read stay", path, error.strerror or error)


async def _take_up(path: Path, poses: Poses) -> Script:
    lines, mistakes = await asyncio.to_thread(read, path, poses)
    for mistake in mistakes[:_MAX_TOLD]:
        _log.warning("sheet: %s: %s", path, mistake)
    if len(mistakes) > _MAX_TOLD:
        _log.warning("sheet: %s: %d more mistakes", path, len(mistakes) - _MAX_TOLD)
    _log.info("sheet: %s: %d lines", path, len(lines))
    return Script(lines)
