"""Conducts two characters: each answers the other as soon as the line before has ended, and one is cut short.

Start `facecue serve` first. You will see two faces (Live Link subjects "guard" and "thief") take turns, until the
guard interrupts.
"""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

URL = "ws://127.0.0.1:8765"
SCENE = [
    ("guard", "Halt! Who goes there?", "suspicious"),
    ("thief", "Only a tired traveller, good sir.", "fear hidden behind a polite smile"),
    ("guard", "A traveller. With the king's own silver.", "cold contempt"),
]


async def say(driver: ClientConnection, character: str, text: str, emotion: str, **more: object) -> None:
    line = {"type": "line", "character": character, "text": text, "emotion": emotion, **more}
    await driver.send(json.dumps(line))


async def finished(driver: ClientConnection) -> str:
    async for message in driver:
        answer = json.loads(message)
        if answer["type"] == "finished":
            return str(answer["reason"])
    raise ConnectionError("the driver went away")


async def main(url: str = URL) -> None:
    async with connect(url) as driver:
        for character, text, emotion in SCENE:
            print(f"{character}: {text}")
            await say(driver, character, text, emotion)
            await finished(driver)
        await say(driver, "thief", "I can explain, it was like this when I found it, and", "panic")
        await asyncio.sleep(0.8)
        print("guard cuts in")
        await driver.send(json.dumps({"type": "stop", "character": "thief", "fade": 0.2}))
        await say(driver, "guard", "Enough!", "furious", when="interrupt")
        print("thief was", await finished(driver))
        print("guard is", await finished(driver))


if __name__ == "__main__":
    asyncio.run(main())
