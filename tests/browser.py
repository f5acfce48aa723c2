"""The browser of the tests: the one that `facecue render --video` draws with, started once and shared by all pages."""

import atexit
import functools
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streamer.browser import Page as Page
from streamer.browser import command, opened
from streamer.browser import program as program


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Page]:
    """A page that knows nothing of those before it."""
    async with opened(_started(), url) as page:
        yield page


@functools.cache
def _started() -> Path:
    """The folder of a browser that ends with the tests."""
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    process = subprocess.Popen(
        command(Path(folder.name), 1280, 800), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    return Path(folder.name)
