"""Files that are written anew while the driver plays."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_PERIOD: Final = 1.0  # seconds between two looks


async def changes(path: Path) -> AsyncIterator[None]:
    """Yields whenever a file has changed since the last look and is no longer being written."""
    seen = _stamp(path)
    while True:
        await asyncio.sleep(_PERIOD)
        stamp = _stamp(path)
        if stamp == seen:
            continue
        await asyncio.sleep(_PERIOD)
        if _stamp(path) == stamp:
            seen = stamp
            yield


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written anew."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
