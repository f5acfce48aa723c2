import json

import pytest

from tests.browser import Page, program
from tests.page import CONNECTED, watch

pytestmark = pytest.mark.skipif(program() is None, reason="chromium is not installed")

STARTED = "document.querySelector('#log [data-step=started]')?.textContent.includes('ms')"
DIFFERENCE = """async (one, other) => {
  const { draw } = await import('/face.js');
  const [a, b] = [one, other].map((values) => {
    const context = new OffscreenCanvas(300, 350).getContext('2d');
    draw(context, 300, 350, (name) => values[name] ?? 0);
    return context.getImageData(0, 0, 300, 350).data;
  });
  const rows = new Array(350).fill(0);
  for (let i = 0; i < a.length; i += 4) {
    if (Math.max(...[0, 1, 2, 3].map((k) => Math.abs(a[i + k] - b[i + k]))) > 40) rows[Math.floor(i / 1200)]++;
  }
  return rows;
}"""


async def changed(page: Page, one: dict[str, float], other: dict[str, float]) -> list[int]:
    """How many pixels differ between two faces, row by row of a picture 350 high."""
    return list(await page.run(f"({DIFFERENCE})({json.dumps(one)}, {json.dumps(other)})"))


def test_a_line_moves_the_face_and_is_answered_on_the_page() -> None:
    async def scene(page: Page) -> None:
        await page.run("document.querySelector('#examples button').click()")
        await page.until(STARTED)
        await page.until("facecuePreview.characters.get('Mira')?.values.some((v) => v > 0.4)")
        assert await page.until("document.querySelectorAll('#keyframes li').length >= 1")
        assert await page.until("document.getElementById('rate').textContent.includes('frames/s')")

    watch(scene)


def test_an_interrupt_and_a_stop_show_on_the_page() -> None:
    async def scene(page: Page) -> None:
        await page.run("document.querySelectorAll('#examples button')[0].click()")
        await page.until(STARTED)
        await page.run("document.querySelectorAll('#examples button')[3].click()")
        await page.until(
            "[...document.querySelectorAll('#log tbody tr')].some((r) => r.textContent.includes('interrupted'))"
        )
        await page.run("document.getElementById('stop').click()")
        await page.until(
            "[...document.querySelectorAll('#log tbody tr')].some((r) => r.textContent.includes('stopped'))"
        )
        await page.until("Math.max(...facecuePreview.characters.get('Mira').values) < 0.02")

    watch(scene)


def test_an_edited_and_locked_keyframe_is_played_and_stays() -> None:
    async def scene(page: Page) -> None:
        await page.run("document.querySelectorAll('#examples button')[0].click()")
        await page.until("facecuePreview.keyframes().length >= 1")
        await page.run("""(() => { const k = facecuePreview.keyframes()[0];
            for (const name of Object.keys(k.values)) k.values[name] = name === 'CheekPuff' ? 0.9 : 0;
            k.at = 0.1;
            document.querySelector('#keyframes input[type=checkbox]').click();
            document.getElementById('play').click(); })()""")
        puff = "facecuePreview.characters.get('Mira')?.values?.[facecuePreview.face.names.indexOf('CheekPuff')]"
        await page.until(f"{puff} > 0.05")
        await page.run("document.querySelector('#line').requestSubmit()")
        await page.until("facecuePreview.keyframes().length >= 2")
        assert (
            await page.run("facecuePreview.keyframes().filter((k) => k.isLocked).map((k) => k.values.CheekPuff)[0]")
            == 0.9
        )

    watch(scene)


def test_a_dropped_connection_recovers() -> None:
    async def scene(page: Page) -> None:
        await page.run("facecuePreview.face.socket.close()")
        await page.until("document.getElementById('state').className == 'closed'")
        await page.until(CONNECTED)
        await page.run("document.querySelectorAll('#examples button')[0].click()")
        await page.until("facecuePreview.characters.get('Mira')?.values.some((v) => v > 0.4)")

    watch(scene)


def test_every_channel_is_seen_and_joy_and_sadness_differ_where_they_should() -> None:
    async def scene(page: Page) -> None:
        names = await page.until("facecuePreview.face.names.length && facecuePreview.face.names")
        unseen = []
        for name in names:
            closed = {"JawOpen": 0.5} if name == "MouthClose" else {}
            if sum(await changed(page, closed, closed | {name: 0.6})) < 25:
                unseen.append(name)
        assert unseen == ["LeftEyeRoll", "RightEyeRoll"]  # a round iris looks the same
        joy = {"MouthSmileLeft": 0.7, "MouthSmileRight": 0.7, "CheekSquintLeft": 0.6, "CheekSquintRight": 0.6}
        sad = {"BrowInnerUp": 0.7, "MouthFrownLeft": 0.6, "MouthFrownRight": 0.6}
        rows = await changed(page, joy, sad)
        assert sum(rows[60:150]) > 100 and sum(rows[190:290]) > 200  # the brows, the mouth
        assert sum(rows[320:]) == 0  # the shoulders stay

    watch(scene)
