"""Watches a character: prints, some ten times a second, what its face shows as bars.

Start `facecue serve` first, then this, then `facecue say` from a third terminal. You will see the strongest channels of
the moment, each with a bar as long as it is strong.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect

URL = "ws://127.0.0.1:8765"
RATE = 10  # pictures a second
ROWS = 6
WIDTH = 30


def bars(values: dict[str, float]) -> list[str]:
    """The strongest channels, strongest first."""
    strongest = sorted(values.items(), key=lambda item: -abs(item[1]))[:ROWS]
    return [f"{name:>16} {value:+.2f} {'#' * round(WIDTH * abs(value))}" for name, value in strongest]


async def main(character: str = "guard", pictures: float = float("inf"), url: str = URL) -> None:
    async with connect(url) as driver:
        names = json.loads(await driver.recv())["names"]
        await driver.send(json.dumps({"type": "subscribe", "characters": [character], "format": "json", "rate": RATE}))
        async for message in driver:
            answer = json.loads(message)
            if answer["type"] == "planned":
                print(*(f"-- {keyframe['text']}" for keyframe in answer["keyframes"]), sep="\n")
            if answer["type"] == "frame" and character in answer["characters"]:
                values = dict(zip(names, answer["characters"][character], strict=True))
                print(f"{character} at {answer['t']:.1f} s", *bars(values), sep="\n")
                pictures -= 1
            if pictures <= 0:
                return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:2]))
