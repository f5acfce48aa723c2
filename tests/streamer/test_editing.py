"""The preview page as an editor: timeline, keyframes, sheets, and nothing lost."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protocols import messages
from protocols.arkit import CHANNELS
from streamer.brain.rules import Rules
from streamer.cli import main
from streamer.face.layers import GROUPS
from streamer.performance import FPS, Performance
from tests.browser import Page, browsing, program
from tests.doubles import STATUE, Running, running
from tests.page import CONNECTED, MIRA, column, press, watch, watch_with, write

pytestmark = [pytest.mark.long, pytest.mark.skipif(program() is None, reason="chromium is not installed")]

PLANNED = "facecuePreview.keyframes().length >= 1 && !facecuePreview.keyframes().some((k) => k.isStale)"
LINE = "document.querySelectorAll('#examples button')[0].click()"
SAVED = """(() => { window.saved = null;
  URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return 'data:,'; };
  HTMLAnchorElement.prototype.click = () => {};
  document.getElementById('save').click(); })()"""


async def planned(page: Page) -> list[dict[str, Any]]:
    """The keyframes of the page once there are some."""
    await page.until(PLANNED)
    return list(await page.run("JSON.parse(JSON.stringify(facecuePreview.keyframes()))"))


async def saved(page: Page) -> str:
    """What the page writes as a sheet."""
    await page.run(SAVED)
    return str(await page.until("window.saved"))


async def opened(page: Page, name: str, text: str) -> str:
    """Drops a file on the page; what the page says of it."""
    await page.run("document.getElementById('note').hidden = true")
    await page.run(
        f"""(() => {{ const data = new DataTransfer();
        data.items.add(new File([{json.dumps(text)}], {name!r}));
        document.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true }})); }})()"""
    )
    await page.until("!document.getElementById('note').hidden")
    return str(await page.run("document.getElementById('note').textContent"))


def test_a_line_is_told_in_milliseconds_from_accepted_to_finished() -> None:
    async def scene(page: Page) -> None:
        await write(page, "#text", "Yes.")
        await press(page, "#line button[type=submit]")
        told = "[...document.querySelectorAll('#log tbody tr:first-child td')].map((cell) => cell.textContent)"
        cells = await page.until(f"{told}.every((text) => text.includes('ms')) && {told}")
        assert "face" in cells[1] and "#" in cells[2] and "done" in cells[3]

    watch(scene)


def test_words_get_their_face_from_the_brain_before_anybody_plays_it() -> None:
    async def scene(page: Page) -> None:
        await page.run("facecuePreview.openSheet('a', JSON.stringify({keyframes: [{at: 0.4, text: 'neutral'}]}))")
        await planned(page)
        await write(page, "#keyframes textarea", "both cheeks puffed")
        await page.until(f"{PLANNED} && facecuePreview.keyframes()[0].values.CheekPuff > 0.2")
        assert await page.run("facecuePreview.keyframes()[0].at") == 0.4
        assert await page.run(f"!{MIRA} || Math.max(...{MIRA}.values) < 0.05")
        assert await page.run("document.querySelectorAll('#log tbody tr').length") == 0
        await press(page, "#play")
        await page.until(f"{column('CheekPuff')} > 0.1")

    watch(scene)


def test_a_line_is_planned_without_being_played() -> None:
    async def scene(page: Page) -> None:
        await write(page, "#emotion", "joy")
        await press(page, "#plan")
        await planned(page)
        assert await page.run("document.querySelectorAll('#log tbody tr').length") == 0
        assert 0.5 < await page.run("facecuePreview.drafts.sheet.seconds") < 5

    watch(scene)


def test_a_keyframe_is_dragged_in_time_with_the_pointer_and_with_the_keys() -> None:
    async def scene(page: Page) -> None:
        await page.run("facecuePreview.openSheet('a', JSON.stringify({text: 'Well.', "
                       "keyframes: [{at: 0.2, values: {CheekPuff: 0.5}}]}))")  # fmt: skip
        await page.until("facecuePreview.drafts.sheet.seconds")  # the marks stand where they will stay
        box = await page.run("(() => { const {x, y} = document.querySelector('.marks i').getBoundingClientRect();"
                             "scrollTo(0, 0); return [x + 7, y + 7]; })()")  # fmt: skip
        for kind, shift in (("mousePressed", 0), ("mouseMoved", 60), ("mouseMoved", 150), ("mouseReleased", 150)):
            await page.call(
                "Input.dispatchMouseEvent", type=kind, x=box[0] + shift, y=box[1], button="left", clickCount=1
            )
        dragged = await page.until("facecuePreview.keyframes()[0].at > 0.25 && facecuePreview.keyframes()[0].at")
        await page.run("document.querySelector('.marks button').focus()")
        await page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowLeft")
        assert await page.until("facecuePreview.keyframes()[0].at") == pytest.approx(dragged - 0.01)
        await press(page, "#keyframes input[type=checkbox]")
        await page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowLeft")
        assert await page.run("facecuePreview.keyframes()[0].at") == pytest.approx(dragged - 0.01)
        await press(page, "#undo")  # the lock
        await press(page, "#undo")  # the key, or the whole drag with it
        assert await page.run("facecuePreview.keyframes()[0].at") in (pytest.approx(dragged), pytest.approx(0.2))

    watch(scene)


def test_sliders_stand_by_the_regions_of_the_driver_and_change_the_face() -> None:
    async def scene(page: Page) -> None:
        await page.run(LINE)
        await planned(page)
        regions = await page.run(
            """[...document.querySelectorAll('#editor details')].map((one) => [
            one.querySelector('summary').firstChild.data,
            [...one.querySelectorAll('label span')].map((name) => name.textContent)])"""
        )
        assert [name for name, _ in regions] == list(GROUPS)
        seen: set[str] = set()
        for name, channels in regions:
            assert channels == [channel for channel in GROUPS[name] if channel not in seen]
            seen |= set(channels)
        assert seen == set(CHANNELS)
        await page.run(
            """((slider) => { slider.value = 0.8; slider.dispatchEvent(new Event('input', {bubbles: true})); })(
            [...document.querySelectorAll('#editor label')].find((one) => one.textContent.startsWith('NoseSneerLeft'))
            .querySelector('input'))"""
        )
        assert await page.run("facecuePreview.editing.selected.values.NoseSneerLeft") == 0.8
        await press(page, "#play")
        await page.until(f"{column('NoseSneerLeft')} > 0.1")

    watch(scene)


def test_a_locked_keyframe_survives_every_plan_unchanged_and_is_played() -> None:
    async def scene(page: Page) -> None:
        await page.run(LINE)
        await planned(page)
        await page.run("""facecuePreview.drafts.edit((sheet) => { const k = sheet.keyframes[0];
            Object.assign(k, { at: 0.31, onset: 'snap', text: 'my own', isLocked: true });
            k.values.NoseSneerLeft = 0.765432; })""")
        locked = "JSON.stringify(facecuePreview.keyframes().find((k) => k.isLocked))"
        before = await page.run(locked)
        await write(page, "#text", "No! Get away from me, all of you!")
        await write(page, "#emotion", "terror")
        await press(page, "#plan")
        await page.until("facecuePreview.drafts.steps.length > 3 && facecuePreview.keyframes().length >= 2")
        assert await page.run(locked) == before
        await press(page, "#line button[type=submit]")
        await page.until(f"{column('NoseSneerLeft')} > 0.2")
        assert await page.run(locked) == before

    watch(scene)


def test_a_saved_sheet_is_planned_rendered_and_played_by_the_driver(tmp_path: Path) -> None:
    files: list[Path] = []

    async def scene(page: Page, host: Running) -> None:
        await page.run(LINE)
        await planned(page)
        await page.run("""facecuePreview.drafts.edit((sheet) => { sheet.id = 'q1'; sheet.duration = 1.5;
            sheet.keyframes[0].text = 'a "smile", with commas'; sheet.keyframes[0].values.CheekPuff = 0.75; })""")
        text = await saved(page)
        files.append(tmp_path / "q1.jsonl")
        files[0].write_text(text, encoding="utf-8")
        await asyncio.to_thread(commands)
        async with host.client() as client:
            await client.send({"type": "line", "character": "other", **json.loads(text)})
            answer = await client.until("planned")
            assert answer["keyframes"][0]["values"]["CheekPuff"] == 0.75
        async with running(sheet=str(files[0])) as served, served.client() as client:
            await client.send({"type": "line", "character": "other", "id": "q1", "text": json.loads(text)["text"]})
            answer = await client.until("planned")
            assert answer["keyframes"][0]["values"]["CheekPuff"] == 0.75

    def commands() -> None:
        assert main(["plan", str(files[0]), "-o", str(tmp_path / "out.jsonl"), "--model", "rules"]) == 0
        row = json.loads((tmp_path / "out.jsonl").read_text())
        given = json.loads(files[0].read_text())
        assert row["id"] == "q1" and row["keyframes"] == given["keyframes"]
        assert main(["render", "--jsonl", str(files[0]), "-o", str(tmp_path / "take.csv"), "--model", "rules"]) == 0
        assert len((tmp_path / "take.csv").read_text().splitlines()) > 90

    watch_with(scene)


def test_a_sheet_is_opened_line_by_line_changed_and_saved_whole() -> None:
    rows = [
        {"id": "a", "line": "One.", "keyframes": [{"at": 0.5, "onset": "snap", "values": {"JawOpen": 0.5}}]},
        {"id": "b", "text": "Two.", "emotion": "joy", "duration": 2.5},
    ]

    async def scene(page: Page) -> None:
        told = await opened(page, "sheet.jsonl", "\n".join(json.dumps(row) for row in rows))
        assert told == "opened sheet.jsonl: 2 lines"
        await page.run("facecuePreview.drafts.edit((sheet) => { sheet.keyframes[0].values.JawOpen = 0.25; })")
        await page.run("((book) => { book.value = '1'; book.dispatchEvent(new Event('change')); })"
                       "(document.querySelector('#book select'))")  # fmt: skip
        await page.until("document.getElementById('text').value == 'Two.'")
        await planned(page)
        one, two = (json.loads(row) for row in (await saved(page)).splitlines())
        assert one["id"] == "a" and one["keyframes"][0]["values"]["JawOpen"] == 0.25
        assert (two["id"], two["text"], two["duration"]) == ("b", "Two.", 2.5) and two["keyframes"]

    watch(scene)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("GIF89a", "hello.txt is no cue sheet: line 1 is not JSON, expected one object a line"),
        ("", "hello.txt is no cue sheet: it is empty"),
        ('{"id":"a"}\n[1]', "hello.txt is no cue sheet: line 2 is no object"),
        ('{"keyframes":[{"values":{"Nose":1}}]}', 'line 1 is with an unknown channel "Nose" in keyframe 1'),
        ('{"keyframes":[{}]}', "line 1 is with neither text nor values in keyframe 1"),
        ('{"lines":1}', 'line 1 is about "lines", expected id, line, text'),
    ],
)
def test_a_file_that_is_no_sheet_is_told_and_what_is_edited_stays(text: str, reason: str) -> None:
    async def scene(page: Page) -> None:
        await page.run("facecuePreview.drafts.edit((sheet) => { sheet.text = 'mine'; })")
        assert reason in await opened(page, "hello.txt", text)
        assert await page.run("document.getElementById('text').value") == "mine"

    watch(scene)


def test_nothing_is_lost_when_the_driver_is_killed_started_again_and_the_page_reloaded() -> None:
    async def scene(page: Page, host: Running) -> None:
        await page.run(LINE)
        await planned(page)
        await page.run("facecuePreview.drafts.edit((sheet) => { sheet.keyframes[0].isLocked = true; })")
        kept = await page.run("JSON.stringify(facecuePreview.keyframes())")
        host.stopping.set()
        await page.until("document.getElementById('state').className == 'closed'")
        await write(page, "#keyframes li:not(.locked) textarea, #background", "eyes wide open")
        await press(page, "#play")
        assert "not connected" in await page.until("document.getElementById('note').textContent")
        assert await page.run("JSON.stringify(facecuePreview.keyframes().filter((k) => k.isLocked)[0])") in kept
        await host.task
        async with running(port=host.port):
            await page.until(CONNECTED)
            await page.until(PLANNED)
            held = await page.run("JSON.stringify([facecuePreview.keyframes(), facecuePreview.drafts.sheet.text])")
            await press(page, "#play")
            await page.until(f"{MIRA}.values.some((v) => v > 0.3)")
            await page.call("Page.reload")
            await page.until(f"window.facecuePreview && {CONNECTED}")
            assert (
                await page.run("JSON.stringify([facecuePreview.keyframes(), facecuePreview.drafts.sheet.text])") == held
            )
        page.complaints.clear()  # the browser tells of the connections that were refused

    watch_with(scene)


def test_planned_curves_are_what_the_driver_plays() -> None:
    line = messages.Line("guard", "You came back. After all this time.", emotion="fear", duration=4.0)
    performance = Performance(("guard",), profile=STATUE)
    performance.handle(line)
    (request,) = performance.requests()
    keyframes = Rules().plan([request.prompt])[0].keyframes
    performance.deliver(request, Rules().plan([request.prompt])[0])
    count = round(5.0 * FPS)
    played = np.array([performance.frame(number)[0].values[0].copy() for number in range(1, count + 1)])
    moving = [CHANNELS[i] for i in np.flatnonzero(played.max(0) > 0.2)]
    given = [
        {"at": k.at, "onset": k.onset, "values": dict(zip(CHANNELS, map(float, k.values), strict=True))}
        for k in keyframes
    ]

    async def scene(page: Page) -> None:
        drawn = await page.run(
            f"""import('/motion.js').then(({{ schedule, sample }}) => {{
            const segments = schedule({json.dumps(given)}, 4.0, true);
            return {json.dumps(moving)}.map((name) => Array.from({{ length: {count} }},
                (_, i) => sample(segments, name, (i + 1) / 60))); }})"""
        )
        expected = played[:, [CHANNELS.index(name) for name in moving]].T
        assert moving and np.abs(np.array(drawn) - expected).max() < 0.03

    watch(scene)


def test_a_moment_of_the_past_shows_its_face_and_its_owners_and_of_the_future_the_plan() -> None:
    async def scene(page: Page) -> None:
        await page.run(LINE)
        await planned(page)
        moment = await page.until(
            """(({ take, explained }) => { const one = explained.find(({ t, channels }) =>
            take && t > take.time && channels.BrowInnerUp); return one && one.t - take.time; })
            (facecuePreview.takes.of('Mira'))"""
        )
        await page.run(f"facecuePreview.timeline.look({moment})")
        assert "explanation" in await page.run("document.getElementById('moment-told').textContent")
        assert "expression" in await page.run("document.querySelector('#explained tbody').textContent")
        await page.run("facecuePreview.timeline.look(facecuePreview.timeline.to - 0.6)")
        await page.until("document.getElementById('moment-told').textContent.includes('as planned')")
        await page.run("document.querySelector('#timeline canvas').focus()")
        before = await page.run("facecuePreview.timeline.moment")
        await page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowLeft")
        assert await page.run("facecuePreview.timeline.moment") < before

    watch(scene)


def test_several_characters_stand_side_by_side_and_each_keeps_a_sheet() -> None:
    async def scene(page: Page) -> None:
        await page.run(LINE)
        first = await planned(page)
        await write(page, "#character", "Ivo")
        await press(page, "#line button[type=submit]")
        await page.until("facecuePreview.characters.size == 2 && facecuePreview.keyframes().length")
        await page.until("document.querySelectorAll('#faces figure:not(.away)').length == 2")
        await press(page, "#faces figure:first-of-type button")
        assert await page.run("document.getElementById('character').value") == "Mira"
        assert [k["text"] for k in await planned(page)] == [k["text"] for k in first]

    watch(scene)


def test_lines_of_other_programs_go_to_the_sheet_of_their_character_and_leave_an_edited_one() -> None:
    smile = {"text": "smile", "values": {"MouthSmileLeft": 0.5}}

    async def scene(page: Page, host: Running) -> None:
        async with host.client() as client:
            await client.send({"type": "line", "character": "guard", "text": "Hi.", "keyframes": [smile]})
            await page.until("facecuePreview.characters.has('guard')")
            assert await page.until("document.getElementById('character').value") == "guard"
            assert await page.run("[...facecuePreview.characters.keys()].join()") == "guard"
            await client.send({"type": "line", "character": "guard", "text": "Hi.", "keyframes": [smile]})
            await page.until("facecuePreview.keyframes()[0]?.text == 'smile'")
            await page.until("facecuePreview.takes.of('guard').take")
            other = {"text": "frown", "values": {"MouthFrownLeft": 0.5}}
            await client.send({"type": "line", "character": "thief", "text": "Oh.", "id": "o", "keyframes": [other]})
            await page.until("facecuePreview.characters.has('thief')")
            assert await page.run("facecuePreview.keyframes()[0].text") == "smile"
            await page.run("facecuePreview.drafts.edit((sheet) => { sheet.keyframes[0].text = 'mine'; })")
            await client.send({"type": "line", "character": "guard", "text": "No.", "keyframes": [other]})
            await page.until("document.getElementById('note').textContent.includes('from elsewhere')")
            assert await page.run("facecuePreview.keyframes()[0].text") == "mine"

    watch_with(scene)


def test_markup_and_very_long_text_are_shown_and_never_interpreted() -> None:
    markup = "<img src=x onerror=alert(1)><b>bold</b>"

    async def scene(page: Page, host: Running) -> None:
        row = {"id": markup, "text": markup + "a" * 1900, "keyframes": [{"text": markup, "values": {"JawOpen": 0.5}}]}
        await opened(page, "markup.jsonl", json.dumps(row))
        await write(page, "#character", "<i>Ivo</i>")
        await press(page, "#line button[type=submit]")
        await page.until("document.querySelectorAll('#log tbody tr').length == 1")
        async with host.client() as client:
            await client.send({"type": "line", "character": "Mira", "text": "Hi.", "id": markup})
            await client.until("started")
        await page.until("document.querySelectorAll('#log tbody tr').length == 2")
        assert await page.run("document.querySelectorAll('main img, main b, main i:not(.marks i, .key i)').length") == 0
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")

    watch_with(scene)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_readable_in_both_themes_on_a_desk_and_on_a_phone(width: int, height: int, theme: str) -> None:
    contrast = """(() => {
      const shade = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map((v) => (v / 255) ** 2.2);
                                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const card = shade(getComputedStyle(document.getElementById('desk')).backgroundColor);
      return ['#desk label', '#text', '#state', 'h2'].map((one) => {
        const ink = shade(getComputedStyle(document.querySelector(one)).color);
        return (Math.max(ink, card) + 0.05) / (Math.min(ink, card) + 0.05); }); })()"""

    async def scene(page: Page) -> None:
        await page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                        mobile=width < 500)  # fmt: skip
        await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        await page.run(LINE)
        await planned(page)
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert min(await page.run(contrast)) > 4.5
        seen = await page.run("getComputedStyle(document.body).backgroundColor")
        await write(page, "#theme", "light" if theme == "dark" else "dark")
        assert await page.run("getComputedStyle(document.body).backgroundColor") != seen
        assert min(await page.run(contrast)) > 4.5

    watch(scene)


def test_everything_is_reached_by_the_keyboard_and_has_a_name() -> None:
    async def scene(page: Page) -> None:
        await page.run(LINE)
        await planned(page)
        nameless = await page.run(
            """[...document.querySelectorAll('button, input:not([type=file]), select, textarea, [tabindex]')]
            .filter((one) => one.checkVisibility() && !(one.textContent.trim() || one.ariaLabel || one.labels?.length))
            .map((one) => one.outerHTML)"""
        )
        assert nameless == []
        for _ in range(12):
            await page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", windowsVirtualKeyCode=9)
            ring = await page.run("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid", await page.run("document.activeElement.outerHTML")

    watch(scene)


def test_the_page_reaches_nobody_but_its_driver() -> None:
    async def scene(page: Page) -> None:
        reached = await page.run("fetch('http://127.0.0.1:1/').then(() => 'reached', (error) => error.name)")
        assert reached == "TypeError"
        assert any("Content Security Policy" in complaint for complaint in page.complaints)
        page.complaints.clear()

    watch(scene)


def test_a_driver_with_a_token_serves_its_page() -> None:
    async def play() -> None:
        async with running(token="sesame") as host, browsing(f"http://127.0.0.1:{host.port}/?token=sesame") as page:
            await page.until(CONNECTED)
            assert page.complaints == []

    asyncio.run(play())
