"""facecue prefer, as a user calls it and on its page."""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streamer.cli import main
from streamer.commands import prefer
from streamer.contest import Contest, Jury
from streamer.preferences import Choices, read
from tests.browser import Page, browsing, program
from tests.doubles import Client, Running, running
from tests.page import press
from tests.streamer.test_contest import pair

TINY = Path(__file__).parents[1] / "vectors" / "tiny.onnx"
FACECUE = [sys.executable, "-c", "import sys; from streamer.cli import main; sys.exit(main())"]
LINES = [
    {"id": "a", "line": "You came back! I knew you would.", "emotion": "overjoyed"},
    {"id": "b", "line": "Put it down.", "emotion": "cold anger", "background": "A heist."},
    {"id": "c", "line": "Did you hear that? Run!", "emotion": "panic"},
]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return write(tmp_path / "lines.jsonl", LINES)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "choices.jsonl"


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@contextmanager
def session(*arguments: object) -> Iterator[tuple["subprocess.Popen[str]", Running]]:
    """The command in a process of its own, and where to reach it."""
    command = [*FACECUE, "prefer", *map(str, arguments), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/prefer", process.stdout.readline())
            assert found, process.stderr.read()
            yield process, Running(int(found[1]), *[None] * 5)  # type: ignore[arg-type]
        finally:
            process.kill()


async def choose(host: Running, *verdicts: str) -> None:
    async with host.client() as page:
        await choose_on(page, *verdicts)


async def choose_on(page: Client, *verdicts: str) -> None:
    await page.send({"type": "subscribe", "characters": ["left", "right"]})
    for verdict in verdicts:
        await page.send({"type": "choose", "id": (await page.until("pair"))["id"], "choice": verdict})
    await page.until("pair")


def test_choices_survive_a_kill_and_the_same_command_goes_on(sheet: Path, out: Path) -> None:
    with session(sheet, "-o", out) as (process, host):
        asyncio.run(choose(host, "left"))
        process.kill()
    whole = out.read_bytes()
    out.write_bytes(whole + whole[:100])  # as if the power had gone while the second was written
    with session(sheet, "-o", out) as (process, host):
        asyncio.run(choose(host, "right"))
        process.send_signal(signal.SIGINT)
        told, complaints = process.communicate(timeout=20)
    assert process.returncode == 0 and "Traceback" not in complaints
    assert "2 of 3 chosen, 0 of them the same" in told and "the same command goes on" in told
    assert [(choice.pair.id, choice.verdict) for choice in read(out)] == [("a", "left"), ("b", "right")]
    assert out.read_bytes().startswith(whole)
    for choice in read(out):
        assert {choice.pair.left.model, choice.pair.right.model} == {"rules"}
        assert [choice.pair.left.how, choice.pair.right.how].count("as planned") == 1


def test_it_ends_by_itself_when_all_is_chosen_and_asks_nothing_again(
    sheet: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefer, "GRACE", 0.05)
    arguments = ["prefer", str(sheet), "-o", str(out), "--port", "0"]
    codes: list[int] = []
    command = threading.Thread(target=lambda: codes.append(main(arguments)))
    command.start()
    told = ""
    while not (found := re.search(r":(\d+)/prefer: 1 of 3", told)) and command.is_alive():
        told += capsys.readouterr().out
        time.sleep(0.02)
    assert found
    asyncio.run(choose(Running(int(found[1]), *[None] * 5), "left", "same", "right"))  # type: ignore[arg-type]
    command.join(20)
    assert codes == [0]
    told = capsys.readouterr().out
    assert "3 of 3 chosen, 1 of them the same" in told and "next: python -m train prefer" in told
    assert main(arguments) == 0 and "3 of 3 chosen" in capsys.readouterr().out


def test_two_models_play_on_shuffled_sides_that_a_seed_decides(tmp_path: Path, sheet: Path, out: Path) -> None:
    rows = [{"id": f"{i}", "line": LINES[i % 3]["line"], "emotion": "joy"} for i in range(24)]
    lines = list(prefer._lines(str(write(sheet, rows))))
    both = prefer._contestants([str(TINY), "rules"])
    sides = [[one.left.model == "rules" for one in prefer._pairs(lines, {}, both, seed)] for seed in (0, 0, 1)]
    assert sides[0] == sides[1] != sides[2] and 4 < sum(sides[0]) < 20
    for one in prefer._pairs(lines, {}, both, 0):
        assert {one.left.model, one.right.model} == {both[0].model, "rules"} and one.left.how == "as planned"
    assert re.fullmatch(r".+ [0-9a-f]{8}", both[0].model)


def test_wins_are_counted_with_an_interval() -> None:
    assert prefer.interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert prefer.interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert prefer.interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)


BAD: list[tuple[list[Any], str]] = [
    ([], "lines.jsonl has no lines, expected one JSON object a line"),
    ([LINES[0], "{\n"], "lines.jsonl: line 2: message is not JSON"),
    ([LINES[0], "\n", {"lin": "x"}], "lines.jsonl: line 3: unknown field 'lin'"),
    ([LINES[0], LINES[0]], "lines.jsonl: line 2: id 'a' is that of line 1, too"),
    ([{"line": "x", "keyframes": [{"text": "smile"}]}], "line 1: keyframes are given, expected a line that is still"),
]


@pytest.mark.parametrize(("rows", "told"), BAD)
def test_a_sheet_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, out: Path, rows: list[Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prefer", str(write(tmp_path / "lines.jsonl", rows)), "-o", str(out)]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (["nowhere.onnx"], "nowhere.onnx: No such file or directory"),
        ([__file__], "is no model that can be run"),
        (["rules", "rules"], "rules and rules are the same model"),
        ([str(TINY), "COPY"], "are the same model"),
        (["rules", str(TINY), "rules"], "3 models are given, expected one or two"),
    ],
)
def test_models_that_cannot_be_compared_are_told(
    sheet: Path, out: Path, models: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(TINY, tmp_path / "copy.onnx")
    flags = [
        word for model in models for word in ("--model", str(tmp_path / "copy.onnx") if model == "COPY" else model)
    ]
    assert main(["prefer", str(sheet), "-o", str(out), *flags]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "z"}, "choices.jsonl:1: 'z' is not in"),
        ({"line": "Put it up."}, "choices.jsonl:1: 'a' has other words in"),
        ({"choice": "both"}, "choices.jsonl:1: choice is 'both', expected one of left, right, same; mend it"),
        ({"left": "m"}, "choices.jsonl:1: the takes are of another and rules, got rules"),
        ({}, "choices.jsonl:2: 'a' was chosen before in the same file"),
    ],
)
def test_choices_of_other_lines_or_models_are_refused_and_stay(
    sheet: Path, out: Path, change: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with session(sheet, "-o", out) as (_, host):
        asyncio.run(choose(host, "left"))
    row = json.loads(out.read_text())
    if change == {"left": "m"}:
        change = {"left": row["left"] | {"model": "another"}}
    write(out, [row | change] if change else [row, row])
    before = out.read_bytes()
    assert main(["prefer", str(sheet), "-o", str(out)]) == 2
    assert told in capsys.readouterr().err and out.read_bytes() == before


def test_a_port_in_use_and_one_that_is_none_are_told(
    sheet: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with session(sheet, "-o", out.with_suffix(".other")) as (_, host):
        assert main(["prefer", str(sheet), "-o", str(out), "--port", str(host.port)]) == 1
        assert "the port is in use" in capsys.readouterr().err
    assert main(["prefer", str(sheet), "-o", str(out), "--port", "70000"]) == 2
    assert "port is 70000" in capsys.readouterr().err


def test_lines_whose_takes_look_the_same_are_left_out_and_told(
    sheet: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefer, "SAME", 99.0)
    assert main(["prefer", str(sheet), "-o", str(out), "--model", "rules", "--model", str(TINY)]) == 1
    told = capsys.readouterr()
    assert "3 lines (a, b, c): left out, the two takes look the same" in told.out
    assert "no line with two takes that one can tell apart" in told.err


def show(tmp_path: Path, scene: Any, path: str = "/prefer") -> None:
    """Runs a scene on the page of a contest of three pairs, beside its driver."""

    async def play() -> None:
        with Choices(tmp_path / "choices.jsonl") as choices:
            contest = Contest([pair(name) for name in "abc"], choices)
            async with (
                running(house=lambda driver: Jury(driver, contest)) as host,
                browsing(f"http://127.0.0.1:{host.port}{path}") as page,
            ):
                await page.until("window.facecuePrefer?.pair() && document.getElementById('state').className == 'open'")
                await scene(page, host)
                assert page.complaints == []

    asyncio.run(play())


async def key(page: Page, name: str) -> None:
    for kind in ("keyDown", "keyUp"):
        await page.call("Input.dispatchKeyEvent", type=kind, key=name)


def count(text: str) -> str:
    return f"document.getElementById('count').textContent == '{text}'"


def jaw(side: str) -> str:
    """A script: how open a face's jaw is at this moment."""
    return f"facecuePrefer.faces.shown.get('{side}').values[facecuePrefer.face.names.indexOf('JawOpen')]"


in_browser = pytest.mark.skipif(program() is None, reason="chromium is not installed")


@pytest.mark.long
@in_browser
def test_the_keyboard_chooses_plays_again_and_takes_back(tmp_path: Path, out: Path) -> None:
    async def scene(page: Page, host: Running) -> None:
        await page.until(count("1 of 3"))
        assert await page.run("document.getElementById('text').textContent") == "Line a."
        await page.until(f"{jaw('left')} > 0.05")
        await key(page, "1")
        await page.until(count("2 of 3"))
        assert [choice.verdict for choice in read(out)] == ["left"]
        await key(page, "0")
        await page.until(count("3 of 3"))
        await key(page, "Backspace")
        await page.until(count("2 of 3"))
        assert [choice.verdict for choice in read(out)] == ["left"]
        await page.run("""(({ face }) => { const send = face.send.bind(face); window.sent = [];
            face.send = (message) => { sent.push(message); return send(message); }; })(facecuePrefer)""")
        await key(page, " ")
        assert await page.run("sent.map((m) => `${m.type} ${m.character} ${m.when}`)") == [
            "line left interrupt", "line right interrupt",
        ]  # fmt: skip
        await key(page, "2")
        await page.until(count("3 of 3"))
        await key(page, "2")
        await page.until(count("All 3 are chosen: the terminal has the result"))
        await key(page, "1")  # there is nothing to choose
        assert [choice.verdict for choice in read(out)] == ["left", "right", "right"]

    show(tmp_path, scene)


@pytest.mark.long
@in_browser
def test_a_page_that_is_reloaded_goes_on_and_a_second_one_is_told_that_it_came_late(tmp_path: Path, out: Path) -> None:
    async def scene(page: Page, host: Running) -> None:
        await press(page, "#faces figure canvas")
        await page.until(count("2 of 3"))
        await page.call("Page.reload")
        await page.until(f"window.facecuePrefer && {count('2 of 3')}")
        await page.run("facecuePrefer.face.listeners.pair.length = 0")  # a page that is behind
        async with host.client() as other:
            await choose_on(other, "same")
        await key(page, "1")
        note = await page.until(
            "!document.getElementById('note').hidden && document.getElementById('note').textContent"
        )
        assert note == "'b' is chosen already, on another page"
        assert [choice.verdict for choice in read(out)] == ["left", "same"]

    show(tmp_path, scene)


@pytest.mark.long
@in_browser
def test_a_driver_that_has_gone_is_told_and_nothing_counts_as_chosen(tmp_path: Path, out: Path) -> None:
    async def scene(page: Page, host: Running) -> None:
        host.stopping.set()
        await page.until("document.getElementById('state').className == 'closed'")
        await key(page, "1")
        assert "nothing was stored" in await page.until("document.getElementById('note').textContent")
        assert await page.run(count("1 of 3")) and read(out) == []
        page.complaints.clear()  # the browser tells of the connections that were refused

    show(tmp_path, scene)


@pytest.mark.long
@in_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_readable_in_both_themes_on_a_desk_and_on_a_phone(
    tmp_path: Path, width: int, height: int, theme: str
) -> None:
    contrast = """(() => {
      const shade = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map((v) => (v / 255) ** 2.2);
                                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const paper = shade(getComputedStyle(document.body).backgroundColor);
      return ['#text', '#count', '#scene', '#captions li', '#state'].map((one) => {
        const ink = shade(getComputedStyle(document.querySelector(one)).color);
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05); }); })()"""

    async def scene(page: Page, host: Running) -> None:
        await page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                        mobile=width < 500)  # fmt: skip
        await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert min(await page.run(contrast)) > 4.5
        boxes = await page.run("""[...document.querySelectorAll('#faces figure, #choices')].map((one) => {
            const { top, bottom } = one.getBoundingClientRect(); return [top, bottom]; })""")
        assert boxes[0] == boxes[1] and boxes[2][1] <= height  # side by side, and what to press is seen
        nameless = await page.run(
            """[...document.querySelectorAll('button, select, progress')].filter((one) => one.checkVisibility()
            && !(one.textContent.trim() || one.ariaLabel || one.labels?.length)).map((one) => one.outerHTML)"""
        )
        assert nameless == []

    show(tmp_path, scene)


@pytest.mark.long
@in_browser
def test_the_page_of_a_driver_without_a_contest_says_how_to_start_one() -> None:
    async def play() -> None:
        async with running() as host, browsing(f"http://127.0.0.1:{host.port}/prefer") as page:
            await page.until("document.getElementById('state')?.className == 'open'")
            assert "facecue prefer LINES.jsonl" in await page.run("document.getElementById('count').textContent")
            assert page.complaints == []

    asyncio.run(play())
