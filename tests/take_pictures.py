"""python -m tests.take_pictures: the preview page acting two lines, and contact sheets of its face, into docs/."""

import asyncio
import base64
import json
import sys
from pathlib import Path

from protocols import messages
from protocols.arkit import ROTATIONS, SHAPES
from streamer.brain.loading import load
from streamer.commands.plan import BATCH, plan
from streamer.config import LiveLink
from tests.browser import Page, browsing
from tests.doubles import running

DOCS = Path(__file__).parent.parent / "docs"
PICTURES = {"joy": (0, 1.1), "anger": (3, 1.2)}  # the button of its line, and the seconds until the picture
LINES = (  # text, emotion
    ("You came back. After all this time.", "joy, close to tears"),
    ("We won! We actually won!", "overjoyed"),
    ("Thank you. That means a lot to me.", "warm gratitude"),
    ("Maybe five blue monkeys form a very loud band.", "amused"),
    ("I am so proud of you.", "tender pride"),
    ("She is not coming home, is she?", "grief"),
    ("I miss him every single day.", "quiet sadness"),
    ("It is all my fault. I am sorry.", "guilt and shame"),
    ("Put it down. I will not ask you a second time.", "cold anger"),
    ("Get out! Get out of my house!", "rage"),
    ("You promised me you would be there.", "bitter disappointment"),
    ("Can nobody here do anything right?", "irritated"),
    ("Did you hear that? No... no, it can't be. Run!", "fear turning to panic"),
    ("Please, don't hurt me.", "terrified"),
    ("What if they find out?", "worried"),
    ("Is that... cheese? In the soup?", "quiet disgust"),
    ("That is the most revolting thing I have ever seen.", "strong disgust"),
    ("What? You are alive?", "shocked surprise"),
    ("Oh! Is all of this for me?", "happy surprise"),
    ("People like you always lose.", "contempt"),
    ("Of course I trust you. Why would I not?", "sarcastic"),
    ("Hm. And you expect me to believe that?", "suspicious"),
    ("So... do you want to go for a walk with me?", "shy and nervous"),
    ("I have not slept for two days.", "exhausted"),
)
SHEET = """async ({ tiles, columns, width, height, zoom, words }) => {
  const { draw } = await import('/face.js');
  const tall = height + 14 + 12 * words, rows = Math.ceil(tiles.length / columns);
  const sheet = new OffscreenCanvas(columns * width, rows * tall), pen = sheet.getContext('2d');
  pen.fillStyle = '#f6f3ee';
  pen.fillRect(0, 0, sheet.width, sheet.height);
  tiles.forEach(({ label, text, values }, i) => {
    const [x, y] = [(i % columns) * width, Math.floor(i / columns) * tall];
    const face = new OffscreenCanvas(width * zoom, width * zoom * 7 / 6);
    draw(face.getContext('2d'), face.width, face.height, (name) => values[name] ?? 0);
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    pen.drawImage(face, x + (width - face.width) / 2, y - 0.03 * face.height);
    pen.restore();
    pen.fillStyle = '#22262b';
    pen.font = '600 11px system-ui, sans-serif';
    pen.fillText(label, x + 6, y + height + 11, width - 10);
    pen.font = '10px system-ui, sans-serif';
    pen.fillStyle = '#5d666f';
    let line = '', row = 0;
    for (const word of (text ?? '').split(' ')) {
      if (pen.measureText(line + word).width > width - 12) {
        pen.fillText(line, x + 6, y + height + 23 + 12 * row++);
        line = '';
      }
      line += word + ' ';
    }
    if (row < words) pen.fillText(line, x + 6, y + height + 23 + 12 * row);
  });
  const bytes = new Uint8Array(await (await sheet.convertToBlob()).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}"""


def shapes() -> list[dict[str, object]]:
    """A face at rest, and one for each channel; closed lips are shown on the open jaw that they close."""
    alone: dict[str, dict[str, float]] = {"neutral": {}}
    alone |= {name: {name: 0.8} for name in SHAPES} | {name: {name: 0.4} for name in ROTATIONS}
    alone["MouthClose"] = {"JawOpen": 0.6, "MouthClose": 0.6}
    return [{"label": name, "values": values} for name, values in alone.items()]


def poses() -> list[dict[str, object]]:
    """The loudest keyframe of each line, as the model plans it, with its caption."""
    lines = [messages.Line(character="Mira", text=text, emotion=emotion, id=text) for text, emotion in LINES]
    brain = load()
    planned = [answer for i in range(0, len(lines), BATCH) for answer in plan(lines[i : i + BATCH], brain)]
    tiles: list[dict[str, object]] = []
    for (text, emotion), answer in zip(LINES, planned, strict=True):
        frame = max(answer.keyframes, key=lambda frame: sum(map(abs, frame.values.values())))
        tiles.append({"label": emotion, "text": f"“{text}” {frame.text}", "values": dict(frame.values)})
    return tiles


async def draw_sheet(page: Page, name: str, **sheet: object) -> None:
    (DOCS / name).write_bytes(base64.b64decode(await page.run(f"({SHEET})({json.dumps(sheet)})")))


async def main() -> None:
    DOCS.mkdir(exist_ok=True)
    planned = poses()
    async with (
        running(model="", livelink=(LiveLink(),)) as host,
        browsing(f"http://127.0.0.1:{host.port}/") as page,
    ):
        await page.until("document.getElementById('state')?.className == 'open'")
        await draw_sheet(page, "shapes.png", tiles=shapes(), columns=9, width=172, height=192, zoom=1.04, words=0)
        await draw_sheet(page, "poses.png", tiles=planned, columns=6, width=182, height=200, zoom=1.08, words=6)
        for name, (button, seconds) in PICTURES.items():
            await page.run(f"document.querySelectorAll('#examples button')[{button}].click()")
            await asyncio.sleep(seconds)
            (DOCS / f"{name}.png").write_bytes(await page.picture())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
