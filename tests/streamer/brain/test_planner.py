import asyncio
import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from streamer.brain.planner import Planner
from streamer.brain.rules import Rules
from streamer.cues import CueSheet, Keyframe, Prompt


class Slow:
    """A brain whose answers are the lengths of the lines, given when the test lets it."""

    name = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.batches: list[int] = []
        self.threads: set[str] = set()

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
        self.go.wait(10)
        self.batches.append(len(prompts))
        self.threads.add(threading.current_thread().name)
        return [CueSheet((Keyframe(0.0, "ease", prompt.line, np.zeros(61, np.float32)),)) for prompt in prompts]


class Broken(Slow):
    name = "broken"

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
        raise RuntimeError("no luck")


def captions(brain: Slow, ask: Callable[[Planner, Callable[[CueSheet], None]], int]) -> list[str]:
    """What a planner delivers to the loop, in order."""

    async def scene() -> list[str]:
        delivered: asyncio.Queue[str] = asyncio.Queue()
        planner = Planner(brain)
        count = ask(planner, lambda sheet: delivered.put_nowait(sheet.keyframes[0].text))
        brain.go.set()
        try:
            return [await asyncio.wait_for(delivered.get(), 10) for _ in range(count)]
        finally:
            planner.close()

    return asyncio.run(scene())


def test_prompts_are_answered_in_order_in_batches_and_beside_the_loop() -> None:
    brain = Slow()

    def ask(planner: Planner, deliver: Callable[[CueSheet], None]) -> int:
        for number in range(100):
            planner.ask(Prompt(f"line {number}"), deliver)
        return 100

    assert captions(brain, ask) == [f"line {number}" for number in range(100)]
    assert max(brain.batches) <= 32 and len(brain.batches) < 10
    assert brain.threads == {"brain"}


def test_a_prompt_that_was_planned_is_not_planned_again() -> None:
    brain = Slow()
    brain.go.set()

    async def scene() -> None:
        planner = Planner(brain)
        first: asyncio.Future[CueSheet] = asyncio.get_running_loop().create_future()
        planner.ask(Prompt("Halt!"), first.set_result)
        sheet = await asyncio.wait_for(first, 10)
        again: list[CueSheet] = []
        planner.ask(Prompt("Halt!"), again.append)
        assert again == [sheet]
        other = Slow()
        planner.use(other)
        planner.ask(Prompt("Halt!"), again.append)
        assert len(again) == 1  # another brain has its own answers
        other.go.set()
        planner.close()

    asyncio.run(scene())
    assert brain.batches == [1]


@pytest.mark.filterwarnings("ignore")
def test_a_brain_that_fails_leaves_the_face_to_the_rules(caplog: pytest.LogCaptureFixture) -> None:
    def ask(planner: Planner, deliver: Callable[[CueSheet], None]) -> int:
        planner.ask(Prompt("Get out!", "furious"), deliver)
        return 1

    (caption,) = captions(Broken(), ask)
    assert caption.startswith("fury") and "broken failed, the rules answer" in caplog.text


def test_too_many_waiting_prompts_are_answered_by_the_rules_at_once(caplog: pytest.LogCaptureFixture) -> None:
    answered: list[str] = []

    def ask(planner: Planner, deliver: Callable[[CueSheet], None]) -> int:
        for number in range(400):
            planner.ask(Prompt(f"line {number}", "furious"), lambda sheet: answered.append(sheet.keyframes[0].text))
        return 0

    captions(Slow(), ask)
    assert sum(caption.startswith("fury") for caption in answered) > 100
    assert "256 prompts wait" in caplog.text


def test_the_rules_are_asked_in_place() -> None:
    async def scene() -> None:
        threads = threading.active_count()
        answers: list[CueSheet] = []
        planner = Planner(Rules())
        planner.ask(Prompt("Halt!"), answers.append)
        assert len(answers) == 1 and threading.active_count() == threads
        planner.close()

    asyncio.run(scene())


@pytest.mark.parametrize("brain", [Rules(), Slow()], ids=lambda brain: brain.name)
def test_prompts_wait_for_a_brain_that_is_still_loaded(brain: Rules | Slow) -> None:
    async def scene() -> CueSheet:
        delivered: asyncio.Queue[CueSheet] = asyncio.Queue()
        planner = Planner()
        planner.ask(Prompt("Halt!", "fury"), delivered.put_nowait)
        await asyncio.sleep(0)
        assert planner.name == "" and delivered.empty()
        if isinstance(brain, Slow):
            brain.go.set()
        planner.use(brain)
        try:
            return await asyncio.wait_for(delivered.get(), 10)
        finally:
            planner.close()

    captions = [keyframe.text for keyframe in asyncio.run(scene()).keyframes]
    assert captions == [keyframe.text for keyframe in brain.plan([Prompt("Halt!", "fury")])[0].keyframes]


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not claim():  # noqa: ASYNC110 - what is waited for happens in a thread
            await asyncio.sleep(0.001)


def test_what_is_prepared_is_planned_one_at_a_time_and_then_known() -> None:
    brain = Slow()
    brain.go.set()
    prompts = [Prompt(f"line {number}") for number in range(20)]

    async def scene() -> None:
        planner = Planner()
        planner.prepare(prompts)
        planner.use(brain)
        await until(lambda: len(brain.batches) == 20)
        await asyncio.sleep(0.01)
        known: list[str] = []
        for prompt in prompts:
            planner.ask(prompt, lambda sheet: known.append(sheet.keyframes[0].text))
        assert known == [prompt.line for prompt in prompts]
        planner.prepare([*prompts[5:], Prompt("new")])
        await until(lambda: len(brain.batches) == 21)
        planner.close()

    asyncio.run(scene())
    assert brain.batches == [1] * 21


def test_a_line_goes_before_all_that_is_prepared() -> None:
    class Patient(Slow):
        def plan(self, prompts: list[Prompt]) -> list[CueSheet]:
            order.extend(prompt.line for prompt in prompts)
            self.go.wait(10)
            return super().plan(prompts)

    order: list[str] = []
    brain = Patient()

    async def scene() -> None:
        planner = Planner(brain)
        planner.prepare([Prompt(f"line {number}") for number in range(50)])
        await until(lambda: order)
        delivered: asyncio.Queue[CueSheet] = asyncio.Queue()
        planner.ask(Prompt("Halt!"), delivered.put_nowait)
        brain.go.set()
        await asyncio.wait_for(delivered.get(), 10)
        planner.close()

    asyncio.run(scene())
    assert order.index("Halt!") == 1


def test_another_brain_prepares_anew() -> None:
    brains = Slow(), Slow()

    async def scene() -> None:
        planner = Planner()
        planner.prepare([Prompt("a"), Prompt("b")])
        for count, brain in enumerate(brains, 1):
            brain.go.set()
            planner.use(brain)
            await until(partial(has_planned, 2 * count))
        planner.close()

    def has_planned(count: int) -> bool:
        return sum(len(brain.batches) for brain in brains) == count

    asyncio.run(scene())


def test_a_planner_ends_in_the_middle_of_what_it_prepares() -> None:
    brain = Slow()

    async def scene() -> None:
        planner = Planner(brain)
        planner.prepare([Prompt(f"line {number}") for number in range(1000)])
        await asyncio.sleep(0.01)
        brain.go.set()
        planner.close()

    asyncio.run(scene())
    assert len(brain.batches) < 1000


def test_the_end_that_comes_while_a_batch_is_gathered_comes_after_it() -> None:
    async def scene() -> None:
        planner = Planner()
        planner.ask(Prompt("Halt!"), lambda sheet: None)
        planner._waiting.put(None)
        batch = planner._next()
        assert batch is not None and [prompt.line for prompt, _, _ in batch] == ["Halt!"]
        assert planner._waiting.qsize() == 1 and planner._next() is None

    asyncio.run(scene())


def test_work_beside_a_plan_is_done_before_the_sheet_is_delivered() -> None:
    done: list[str] = []

    async def scene() -> None:
        brain = Slow()
        brain.go.set()
        planner = Planner(brain)
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        planner.ask(
            Prompt("Halt!"), lambda _: came.set_result(None), lambda: done.append(threading.current_thread().name)
        )
        await asyncio.wait_for(came, 10)
        assert done == ["brain"]
        planner.close()

    asyncio.run(scene())
