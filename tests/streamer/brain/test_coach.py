"""A large model beside the stream: late answers better what plays, and failures disturb nothing."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from protocols.arkit import INDEX
from streamer import config
from streamer.brain.coach import Coach
from streamer.brain.endpoint import AnswerError, TeacherError
from streamer.brain.keyframeface import Scene, read_face
from streamer.brain.teacher import Lesson
from streamer.cli import main
from streamer.cues import Prompt
from streamer.performance import FPS
from tests import school as tricks
from tests.clock import run
from tests.doubles import running
from tests.school import MODEL, school
from tests.vectors.keyframeface import FIRST, SECOND, answer

LESSON = Lesson(Scene("", "", ("Brows down.",)), (read_face(answer(FIRST, 0), 0),))
LINE = {"type": "line", "character": "guard", "text": "Well... who goes there?", "id": "a", "duration": 60.0}


class Teaching:
    """A teacher that answers when the test lets it, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.asked: list[Prompt] = []
        self.error = error

    def plan(self, prompt: Prompt) -> Lesson:
        self.asked.append(prompt)
        self.go.wait(10)
        if self.error:
            raise self.error
        return LESSON


def coached(scene: Callable[[Coach], object], teaching: Teaching, counts: Counter[str] | None = None) -> None:
    async def play() -> None:
        coach = Coach(lambda: teaching, counts)
        try:
            result = scene(coach)
            if asyncio.iscoroutine(result):
                await result
        finally:
            teaching.go.set()
            coach.close()

    asyncio.run(play())


def test_a_lesson_is_delivered_on_the_loop_and_remembered() -> None:
    teaching = Teaching()

    async def scene(coach: Coach) -> None:
        first: asyncio.Future[Lesson] = asyncio.get_running_loop().create_future()
        coach.ask(Prompt("Halt!"), first.set_result)
        assert not first.done()
        teaching.go.set()
        assert await asyncio.wait_for(first, 10) is LESSON
        again: list[Lesson] = []
        coach.ask(Prompt("Halt!"), again.append)
        assert again == [LESSON]

    coached(scene, teaching)
    assert teaching.asked == [Prompt("Halt!")]


def test_a_line_that_is_over_is_not_asked_about() -> None:
    teaching = Teaching()
    teaching.go.set()
    counts: Counter[str] = Counter()

    async def scene(coach: Coach) -> None:
        done: asyncio.Future[Lesson] = asyncio.get_running_loop().create_future()
        coach.ask(Prompt("Over."), lambda lesson: None, lambda: False)
        for number in range(8):  # more than there are threads
            coach.ask(Prompt(f"Line {number}."), lambda lesson: None)
        coach.ask(Prompt("Now."), done.set_result)
        await asyncio.wait_for(done, 10)

    coached(scene, teaching, counts)
    assert counts["late"] == 1
    assert Prompt("Over.") not in teaching.asked and len(teaching.asked) == 9


def test_too_many_lines_are_left_to_the_small_model(caplog: pytest.LogCaptureFixture) -> None:
    def scene(coach: Coach) -> None:
        for number in range(100):
            coach.ask(Prompt(f"Line {number}."), lambda lesson: None)

    teaching = Teaching()
    coached(scene, teaching)
    assert "16 lines wait for the large model; the small model plays on" in caplog.text
    assert len(teaching.asked) < 40


@pytest.mark.parametrize(
    ("error", "asked"), [(AnswerError("no face"), 2), (TeacherError("a liar"), 1), (ZeroDivisionError("a mistake"), 2)]
)
def test_an_endpoint_that_cannot_be_used_is_left_alone_for_a_while(
    error: Exception, asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    teaching = Teaching(error)
    teaching.go.set()

    async def scene(coach: Coach) -> None:
        for number in (1, 2):
            coach.ask(Prompt(f"Line {number}."), lambda lesson: None)
            for _ in range(500):
                await asyncio.sleep(0.01)
                if len(teaching.asked) == number and str(error) in caplog.text:
                    break
                if number > asked:
                    break
            await asyncio.sleep(0.05)

    coached(scene, teaching)
    assert len(teaching.asked) == asked
    assert f"{error}; the small model plays on" in caplog.text


class Days:
    """A coach, a teacher that fails as the test says, and a clock that the test turns on."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.error: Exception | None = None
        self.found = self.lines = self._shift = 0
        self.counts: Counter[str] = Counter()
        self.coach = Coach(self._find, self.counts)
        time = loop.time
        loop.time = lambda: time() + self._shift  # type: ignore[method-assign]

    def _find(self) -> "Days":
        self.found += 1
        return self

    def plan(self, prompt: Prompt) -> Lesson:
        if self.error:
            raise self.error
        return LESSON

    async def line(self, after: int, error: Exception | None = None) -> None:
        """So many seconds pass, then a line comes and what becomes of it is waited for."""
        self._shift += after
        self.error = error
        self.lines += 1
        before = self.counts.total()
        self.coach.ask(Prompt(f"Line {self.lines}."), self._deliver)
        for _ in range(30_000):
            await asyncio.sleep(0.001)
            if self.counts.total() > before:
                return
        raise AssertionError("no line came to an end")

    def _deliver(self, lesson: Lesson) -> None:
        self.counts["taught"] += 1


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [record.getMessage() for record in caplog.records if record.name == "streamer.brain.coach"]
    caplog.clear()
    return lines


def test_each_change_is_told_of_once_and_what_goes_on_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    gone, liar = TeacherError("nothing answers there"), TeacherError("a liar")

    async def scene() -> None:
        days = Days()
        await days.line(0, gone)
        assert told(caplog) == ["coach: nothing answers there; the small model plays on (1 lines)"]
        await days.line(1, gone)  # left alone
        for _ in range(9):
            await days.line(6, gone)
        assert told(caplog) == []
        await days.line(6, gone)
        assert told(caplog) == ["coach: nothing answers there; the small model plays on (11 lines)"]
        await days.line(11, liar)
        assert told(caplog) == ["coach: a liar; the small model plays on (1 lines)"]
        await days.line(6, gone)
        await days.line(6)
        assert told(caplog) == ["coach: the large model answers again (1 more lines went without it)"]
        await days.line(1)
        assert told(caplog) == []
        assert days.counts == {"failed": 13, "unasked": 1, "taught": 2}
        assert days.found == 14  # what comes up again may be another teacher
        days.coach.close()

    asyncio.run(scene())


def test_an_endpoint_that_comes_and_goes_is_told_of_no_more_than_every_ten_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene() -> None:
        days = Days()
        for number in range(60):
            await days.line(1, AnswerError(f"mumbles {number}") if number % 2 else None)
        assert len(told(caplog)) <= 2 * 60 / 10
        assert days.counts == {"failed": 30, "taught": 30} and days.found == 1
        days.coach.close()

    asyncio.run(scene())


BOTH = Lesson(Scene("", "", ("Brows.", "Wide.")), (read_face(answer(FIRST, 0), 0), read_face(answer(SECOND, 1), 1)))


class Later:
    """A coach whose lesson takes two seconds of the loop's time."""

    def ask(self, prompt: Prompt, deliver: Callable[[Lesson], None], is_wanted: Callable[[], bool]) -> None:
        asyncio.get_running_loop().call_later(2.0, deliver, BOTH)


def test_what_comes_after_two_seconds_betters_the_rest_of_the_line_and_nothing_before() -> None:
    cues = [{"at": at, "text": "smile"} for at in (0.1, 0.9)]

    async def scene() -> None:
        async with running() as host, host.client() as game:
            host.driver.coach = Later()  # type: ignore[assignment]
            await game.send(LINE | {"keyframes": cues, "duration": 4.0})
            kinds = [(await game.answer())["type"] for _ in range(4)]
            assert kinds == ["accepted", "planned", "started", "planned"]
            before = [p.values for p in host.engine.packets() if p.values is not None]
            assert len(before) == pytest.approx(2.0 * FPS, abs=3)
            assert (await game.until("finished"))["reason"] == "done"
            after = [p.values for p in host.engine.packets() if p.values is not None]
        smile, brows, down = INDEX["MouthSmileLeft"], INDEX["BrowInnerUp"], INDEX["BrowDownLeft"]
        assert max(v[smile] for v in before) > 0.2 and not max(v[brows] for v in before)
        assert max(v[brows] for v in after) == pytest.approx(0.4, abs=1e-3)
        assert not max(v[down] for v in [*before, *after])  # the first keyframe had begun

    run(scene())


def test_a_line_plays_at_once_and_an_endpoints_keyframes_come_after() -> None:
    async def scene() -> None:
        with school() as taught:
            release = threading.Event()

            def held(pupil: tricks.Pupil) -> None:
                release.wait(30)
                tricks.honest(pupil)

            taught.tricks += [held]
            settings = {"brain": "llm", "teacher": config.Teacher(url=taught.url)}
            async with running(**settings) as host, host.client() as game:
                await game.send(LINE | {"background": "Night."})
                kinds = [(await game.answer())["type"] for _ in range(3)]
                assert kinds == ["accepted", "planned", "started"]
                release.set()
                planned = await game.until("planned")
                assert planned["keyframes"][-1]["text"] == "Eyes wide."
                assert planned["keyframes"][-1]["values"]["BrowInnerUp"] == 0.4
                assert {body["model"] for body in taught.asked} == {MODEL} and len(taught.asked) == 3
                assert 'facecue_lessons_total{result="bettered"} 1\n' in host.driver.metrics()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("trick", "told"),
    [
        (tricks.lying, "answered as 'something-cheap-3b'"),
        (tricks.failing(401), "answered 401"),
        (tricks.saying("no"), "holds no JSON object"),
        (tricks.cut, "no whole answer"),
    ],
)
def test_a_large_model_that_fails_is_told_of_and_the_line_plays_on(
    trick: tricks.Trick, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        with school() as taught:
            taught.tricks += [trick] * 4
            settings = {"brain": "llm", "teacher": config.Teacher(url=taught.url, model=MODEL)}
            async with running(**settings) as host, host.client() as game:
                await game.send(LINE)
                kinds = [(await game.answer())["type"] for _ in range(3)]
                assert kinds == ["accepted", "planned", "started"]
                for _ in range(3000):
                    await asyncio.sleep(0.01)
                    if "plays on" in caplog.text:
                        break
                assert told in caplog.text
                assert 'facecue_lessons_total{result="failed"} 1\n' in host.driver.metrics()
                assert not host.driver.performance.is_idle("guard")

    asyncio.run(scene())


@pytest.mark.parametrize(
    "teacher", [{}, {"url": "nonsense"}, {"url": "http://x/", "timeout": 0.0}, {"url": "http://x/", "parallel": 0}]
)
def test_a_large_model_that_nobody_can_be_is_refused_at_the_start(
    teacher: dict[str, object], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "facecue.toml"
    rows = [f"{key} = {json.dumps(value)}" for key, value in teacher.items()]
    path.write_text("\n".join(['brain = "llm"', "port = 0", 'model = "rules"', "livelink = []", "[teacher]", *rows]))
    assert main(["serve", "--config", str(path)]) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert "teacher" in line


def test_the_flags_of_the_large_model_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--url", "http://127.0.0.1:8000/v1"]) == 2
    assert main(["serve", "--brain", "llm"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "--brain llm is missing" in first and "--url" in second
