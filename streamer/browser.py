"""A headless Chromium, spoken to over its debugging protocol: it draws films of takes."""

import asyncio
import base64
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """Where a Chromium is on the PATH."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.complaints: list[str] = []  # errors in the page's console

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        await self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await asyncio.wait_for(self._connection.recv(), 60))
            if answer.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(answer["params"]["exceptionDetails"])[:500])
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.complaints.append(answer["params"]["entry"]["text"])
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    async def run(self, script: str) -> Any:
        """The value of a script; a promise is waited for."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    async def until(self, script: str, seconds: float = 60.0) -> Any:
        """Waits until a script says something true."""
        async with asyncio.timeout(seconds):
            while not (value := await self.run(script)):  # noqa: ASYNC110 - the page tells nothing by itself
                await asyncio.sleep(0.05)
        return value

    async def picture(self) -> bytes:
        """The page as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def browsing(url: str, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A page of ours in a browser of its own, which ends with it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            *command(Path(folder), width, height), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with opened(Path(folder), url) as page:
                yield page
        finally:
            process.kill()
            await process.wait()


def command(folder: Path, width: int, height: int) -> list[str]:
    """What runs a browser that keeps its things in a folder: without the sandbox that others' pages would need."""
    return [
        program() or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        f"--user-data-dir={folder}", f"--window-size={width},{height}", "--disable-dev-shm-usage", "about:blank",
    ]  # fmt: skip


@asynccontextmanager
async def opened(folder: Path, url: str) -> AsyncIterator[Page]:
    """A page in the browser of a folder; what it stores is gone with it."""
    port = await _port(folder / "DevToolsActivePort")
    async with connect(f"ws://127.0.0.1:{port[0]}{port[1]}", max_size=None) as control:
        browser = Page(control)
        context = (await browser.call("Target.createBrowserContext"))["browserContextId"]
        target = (await browser.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        async with connect(f"ws://127.0.0.1:{port[0]}/devtools/page/{target}", max_size=None) as connection:
            page = Page(connection)
            for domain in ("Page", "Runtime", "Log"):
                await page.call(f"{domain}.enable")
            await page.call("Page.navigate", url=url)
            yield page
        await browser.call("Target.disposeBrowserContext", browserContextId=context)


async def _port(file: Path) -> list[str]:
    async with asyncio.timeout(30):
        while len(lines := _lines(file)) < 2:  # noqa: ASYNC110 - a file that another program writes
            await asyncio.sleep(0.05)
    return lines


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
