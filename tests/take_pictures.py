"""python -m tests.take_pictures: the preview page acting two lines, as docs/joy.png and docs/anger.png."""

import asyncio
import sys
from pathlib import Path

from streamer.config import LiveLink
from tests.browser import browsing
from tests.doubles import running

DOCS = Path(__file__).parent.parent / "docs"
PICTURES = {"joy": (0, 1.1), "anger": (3, 1.2)}  # the button of its line, and the seconds until the picture


async def main() -> None:
    DOCS.mkdir(exist_ok=True)
    async with (
        running(model="", livelink=(LiveLink(),)) as host,
        browsing(f"http://127.0.0.1:{host.port}/") as page,
    ):
        await page.until("document.getElementById('state')?.className == 'open'")
        for name, (button, seconds) in PICTURES.items():
            await page.run(f"document.querySelectorAll('#examples button')[{button}].click()")
            await asyncio.sleep(seconds)
            (DOCS / f"{name}.png").write_bytes(await page.picture())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
