"""Sends one line to a running driver and prints what comes back.

Start `facecue serve` first. You will see the line accepted, planned (its keyframes in words), started and finished,
and the face in your engine act it.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect

URL = "ws://127.0.0.1:8765"


async def main(text: str, url: str = URL) -> None:
    async with connect(url) as driver:
        hello = json.loads(await driver.recv())
        print(f"connected: {len(hello['names'])} channels at {hello['fps']} Hz, brain {hello['model']}")
        line = {"type": "line", "character": "guard", "text": text, "emotion": "suspicious"}
        await driver.send(json.dumps(line))
        async for message in driver:
            answer = json.loads(message)
            print(answer["type"], *(keyframe["text"] for keyframe in answer.get("keyframes", [])), sep="  ")
            if answer["type"] in ("finished", "error"):
                return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:] or ["Halt! Who goes there?"]))
