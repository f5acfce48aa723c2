"""A bot that talks: the face answers while the voice is still being made, then the lips move with the sound.

Start `facecue serve`, run this and type. You will see the face react, then speak with the voice, as yet only a hum.
"""

import asyncio
import base64
import io
import json
import math
import struct
import wave

from websockets.asyncio.client import ClientConnection, connect

URL = "ws://127.0.0.1:8765"
LATENCY = 0.1  # seconds from play() to what is heard


async def think(said: str) -> tuple[str, str]:
    """FILL IN, with a language model: the answer, and what the bot feels about it, in words."""
    return f"So you say: {said}", "curious, a little amused"


async def speak(text: str) -> bytes:
    """FILL IN, with any speech service: the text as a WAV."""
    with io.BytesIO() as file, wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        hum = (round(8_000 * math.sin(i / 20) * math.sin(i / 1_000)) for i in range(1_000 * len(text)))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in hum))
        return file.getvalue()


async def play(sound: bytes) -> None:
    """FILL IN, with your audio device: starts the sound and returns when it has ended."""
    await asyncio.sleep(len(sound) / 32_000)


async def turn(driver: ClientConnection, said: str) -> None:
    async def act(**line: object) -> None:
        await driver.send(json.dumps({"type": "line", "character": "bot", **line}))

    text, feeling = await think(said)
    await act(text="", emotion=feeling, duration=2)
    sound = await speak(text)
    audio = base64.b64encode(sound).decode()
    await act(text=text, emotion=feeling, audio=audio, delay=LATENCY, when="interrupt")
    print(f"bot: {text}")
    await play(sound)


async def main(url: str = URL) -> None:
    async with connect(url, max_queue=None) as driver:
        while said := await asyncio.to_thread(input, "you: "):
            await turn(driver, said)


if __name__ == "__main__":
    asyncio.run(main())
