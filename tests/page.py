"""The preview page of a driver of its own, in a real browser and in real time: a browser keeps no other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from protocols.profiles import Profile
from tests.browser import Page, browsing
from tests.doubles import Running, running

CONNECTED: Final = "document.getElementById('state')?.className == 'open'"
MIRA: Final = "facecuePreview.characters.get('Mira')"


def watch(scene: Callable[[Page], Awaitable[None]], **settings: object) -> None:
    """Runs a scene on the page."""
    watch_with(lambda page, _: scene(page), **settings)


def watch_with(scene: Callable[[Page, Running], Awaitable[None]], **settings: object) -> None:
    """Runs a scene on the page beside its driver."""

    async def play() -> None:
        async with (
            running(**({"profile": Profile(still=0.0)} | settings)) as host,
            browsing(f"http://127.0.0.1:{host.port}/") as page,
        ):
            await page.until(CONNECTED)
            await scene(page, host)
            assert page.complaints == []

    asyncio.run(play())


def column(channel: str) -> str:
    """A script: what Mira's face shows of a channel at this moment."""
    return f"({MIRA}?.values[facecuePreview.face.names.indexOf('{channel}')] ?? 0)"


async def press(page: Page, selector: str) -> None:
    """Clicks the first element that fits."""
    await page.run(f"document.querySelector({selector!r}).click()")


async def write(page: Page, selector: str, text: str) -> None:
    """Types into a field and leaves it."""
    await page.run(
        f"""((field) => {{ field.focus(); field.value = {text!r};
        for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));
        field.blur(); }})(document.querySelector({selector!r}))"""
    )
