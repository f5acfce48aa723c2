"""python -m tests.take_captions TAKE.csv ...: twenty keyframes of recordings with their captions, as docs/captions.png.

They are chosen evenly from all that the importer makes of the takes; what is drawn is the face of the clean recording.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from protocols import recording
from protocols.arkit import by_name
from streamer.config import LiveLink
from tests.browser import browsing
from tests.doubles import running
from tests.take_pictures import draw_sheet
from train.capture import FPS
from train.performances import Script, perform

SAMPLES = 20
Tile = dict[str, object]


def tiles(path: Path) -> list[Tile]:
    """A face for every keyframe of a take, in order, with its second and its caption."""
    made = perform(recording.decode(path.read_bytes()), Script())
    told: list[Tile] = []
    for choice in made.choices:
        for keyframe in choice.keyframes:
            frame = choice.phrase.begin + round(keyframe.at * choice.phrase.duration * FPS)
            face = made.take.values[min(frame, len(made.take.values) - 1)]
            told.append({"label": f"{path.stem}, {frame / FPS:.1f} s", "text": keyframe.text, "values": by_name(face)})
    return told


def chosen(found: Sequence[Tile], count: int) -> list[Tile]:
    """So many of them, in even steps, from the middle of the first step on."""
    return [found[int(i)] for i in (np.arange(count) + 0.5) * len(found) / count]


async def main(names: list[str]) -> None:
    paths = [Path(name) for name in names]
    samples = [tile for path in paths for tile in chosen(tiles(path), SAMPLES // len(paths))]
    for number, tile in enumerate(samples, 1):
        tile["label"] = f"{number}: {tile['label']}"
    async with (
        running(model="rules", livelink=(LiveLink(),)) as host,
        browsing(f"http://127.0.0.1:{host.port}/") as page,
    ):
        await page.until("document.getElementById('state')?.className == 'open'")
        await draw_sheet(page, "captions.png", tiles=samples, columns=5, width=214, height=226, zoom=1.04, words=5)
    print("\n".join(f"{tile['label']}: {tile['text']}" for tile in samples))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
