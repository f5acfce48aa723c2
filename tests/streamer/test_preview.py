import json

import pytest

from protocols.arkit import CHANNELS, ROTATIONS
from tests.browser import Page, program
from tests.page import CONNECTED, press, watch

pytestmark = [pytest.mark.long, pytest.mark.skipif(program() is None, reason="chromium is not installed")]

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

CHANGE = """async (one, other, [left, top, right, bottom]) => {
  const { draw } = await import('/face.js');
  const [a, b] = [one, other].map((values) => {
    const context = new OffscreenCanvas(300, 350).getContext('2d');
    draw(context, 300, 350, (name) => values[name] ?? 0);
    return context.getImageData(0, 0, 300, 350).data;
  });
  const count = { all: 0, inside: 0, own_left: 0 };
  for (let i = 0; i < a.length; i += 4) {
    if (Math.max(...[0, 1, 2, 3].map((k) => Math.abs(a[i + k] - b[i + k]))) <= 16) continue;
    const [x, y] = [(i / 4) % 300, Math.floor(i / 1200)];
    count.all++;
    count.own_left += x >= 150;
    count.inside += x >= left && x < right && y >= top && y < bottom;
  }
  return count;
}"""
# Where a picture 300 wide and 350 high changes: left, top, right and bottom, as the character's own left side has it.
BROW, EYE, CHEEK = (150, 60, 240, 152), (160, 104, 240, 172), (150, 110, 248, 270)
NOSE, MOUTH, CHIN, HEAD = (110, 110, 210, 232), (80, 165, 220, 262), (50, 160, 250, 300), (0, 0, 300, 300)
REGIONS = {
    "EyeBlink": EYE, "EyeLookDown": EYE, "EyeLookIn": EYE, "EyeLookOut": EYE, "EyeLookUp": EYE, "EyeSquint": EYE,
    "EyeWide": EYE, "JawForward": CHIN, "Jaw": CHIN, "JawOpen": CHIN, "MouthClose": MOUTH, "MouthFunnel": MOUTH,
    "MouthPucker": MOUTH, "Mouth": MOUTH, "MouthSmile": MOUTH, "MouthFrown": MOUTH, "MouthDimple": MOUTH,
    "MouthStretch": MOUTH, "MouthRollLower": MOUTH, "MouthRollUpper": MOUTH, "MouthShrugLower": CHIN,
    "MouthShrugUpper": MOUTH, "MouthPress": MOUTH, "MouthLowerDown": MOUTH, "MouthUpperUp": MOUTH, "BrowDown": BROW,
    "BrowInnerUp": (60, 60, 240, 152), "BrowOuterUp": BROW, "CheekPuff": (50, 110, 250, 270), "CheekSquint": CHEEK,
    "NoseSneer": NOSE, "TongueOut": MOUTH, "HeadYaw": HEAD, "HeadPitch": HEAD, "HeadRoll": HEAD, "EyeYaw": EYE,
    "EyePitch": EYE, "EyeRoll": EYE,
}  # fmt: skip
WHOLE = {"Jaw", "Mouth"}  # that move to a side, and do not lie on one


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
    rows = "[...document.querySelectorAll('#log tbody tr')].map((row) => row.textContent)"

    async def scene(page: Page) -> None:
        await page.run("facecuePreview.drafts.edit((sheet) => { sheet.duration = 300; })")  # longer than any test
        await press(page, "#line button[type=submit]")
        await page.until(STARTED)
        await press(page, "#interrupt")
        await page.until(f"{rows}.some((text) => text.includes('interrupted'))")
        await page.until(STARTED)
        await press(page, "#stop")
        await page.until(f"{rows}.some((text) => text.includes('stopped'))")
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
        assert unseen == []
        joy = {"MouthSmileLeft": 0.7, "MouthSmileRight": 0.7, "CheekSquintLeft": 0.6, "CheekSquintRight": 0.6}
        sad = {"BrowInnerUp": 0.7, "MouthFrownLeft": 0.6, "MouthFrownRight": 0.6}
        rows = await changed(page, joy, sad)
        assert sum(rows[60:150]) > 100 and sum(rows[190:290]) > 200  # the brows, the mouth
        assert sum(rows[320:]) == 0  # the shoulders stay

    watch(scene)


def part(channel: str) -> tuple[str, str]:
    """A channel's name without its side, and the side: Left, Right or nothing."""
    for side in ("Left", "Right"):
        if channel.startswith(side) or channel.endswith(side):
            return channel.replace(side, ""), side
    return channel, ""


def mirrored(region: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = region
    return 300 - right, top, 300 - left, bottom


async def change(
    page: Page, one: dict[str, object], other: dict[str, object], region: tuple[int, int, int, int] = HEAD
) -> dict[str, int]:
    """How many pixels differ between two faces: at all, inside a region, and on the character's left."""
    return dict(await page.run(f"({CHANGE})({json.dumps(one)}, {json.dumps(other)}, {json.dumps(region)})"))


def test_every_channel_alone_changes_the_face_where_it_should_and_on_its_own_side() -> None:
    async def scene(page: Page) -> None:
        wrong = []
        for channel in CHANNELS:
            name, side = part(channel)
            region = mirrored(REGIONS[name]) if side == "Right" else REGIONS[name]
            seen = await change(page, {}, {channel: 0.4 if channel in ROTATIONS else 0.8}, region)
            own = {"Left": seen["own_left"], "Right": seen["all"] - seen["own_left"]}.get(side, seen["all"])
            is_aside = name in WHOLE or own > 0.65 * seen["all"]
            if seen["all"] < 100 or seen["inside"] < 0.97 * seen["all"] or not is_aside:
                wrong.append((channel, seen))
        assert wrong == []

    watch(scene)


def test_what_lies_on_a_side_mirrors_and_never_looks_the_same_on_the_other() -> None:
    async def scene(page: Page) -> None:
        same = []
        for left in (channel for channel in CHANNELS if part(channel)[1] == "Left"):
            weight = 0.4 if left in ROTATIONS else 0.8
            if (await change(page, {left: weight}, {left.replace("Left", "Right"): weight}))["all"] < 100:
                same.append(left)
        assert same == []

    watch(scene)


def test_a_face_at_rest_is_drawn_the_same_again_and_after_any_other() -> None:
    async def scene(page: Page) -> None:
        same = await page.run("""(async () => {
          const { draw } = await import('/face.js');
          const context = new OffscreenCanvas(300, 350).getContext('2d');
          const picture = (weight) => {
            draw(context, 300, 350, () => weight);
            return context.getImageData(0, 0, 300, 350).data;
          };
          const rest = picture(0), loud = picture(1), again = picture(0);
          return [rest.every((value, i) => value === again[i]), rest.every((value, i) => value === loud[i])];
        })()""")
        assert same == [True, False]

    watch(scene)


def test_a_value_that_is_no_number_or_out_of_range_is_drawn_as_the_nearest_that_is() -> None:
    async def scene(page: Page) -> None:
        unlike = await page.run("""(async () => {
          const { draw } = await import('/face.js');
          const picture = (get) => {
            const context = new OffscreenCanvas(300, 350).getContext('2d');
            draw(context, 300, 350, get);
            return context.getImageData(0, 0, 300, 350).data;
          };
          const isLike = (one, other) => picture(one).every((value, i) => value === other[i]);
          const isAngle = (name) => /(Yaw|Pitch|Roll)$/.test(name), rest = picture(() => 0), unlike = [];
          for (const bad of [NaN, undefined, null, "", "much", {}, Infinity, -Infinity]) {
            if (!isLike(() => bad, rest)) unlike.push(String(bad));
          }
          if (!isLike(() => 1e9, picture(() => 1))) unlike.push("1e9");
          if (!isLike(() => -1e9, picture((name) => (isAngle(name) ? -1 : 0)))) unlike.push("-1e9");
          return unlike;
        })()""")
        assert unlike == []

    watch(scene)


def test_any_face_at_all_is_drawn_within_its_lines() -> None:
    async def scene(page: Page) -> None:
        broken = await page.run("""(async () => {
          const { draw } = await import('/face.js');
          let seed = 7;
          const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
          const context = new OffscreenCanvas(300, 350).getContext('2d'), broken = [];
          const calls = ['moveTo', 'lineTo', 'bezierCurveTo', 'quadraticCurveTo', 'arc', 'translate', 'transform'];
          for (const call of calls) context[call] = function (...numbers) {
            if (!numbers.every(Number.isFinite)) broken.push(call);
            return OffscreenCanvasRenderingContext2D.prototype[call].apply(this, numbers);
          };
          for (let i = 0; i < 60; i++) {
            const values = {}, any = () => (random() < 0.4 ? Math.round(random() * 2 - 0.5) : random() * 2 - 1);
            draw(context, 300, 350, (name) => (values[name] ??= any()));
            const { a, d, e } = context.getTransform();
            if (a !== 1 || d !== 1 || e !== 0) broken.push('transform left behind');
          }
          return broken;
        })()""")
        assert broken == []

    watch(scene)
