"""The brain beside the stream: prompts are answered in a thread of their own, in batches, and remembered.
Prompts that are known beforehand are planned one at a time while nobody waits, so that a line waits for one at most.

A prompt that cannot wait for the brain, or that the brain fails on, is answered by the rules: a face must always move.
"""

import asyncio
import logging
import math
import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Final

from streamer.cues import Brain, CueSheet, Prompt
from streamer.threads import be_nice

_log = logging.getLogger(__name__)
_MAX_WAITING: Final = 256  # prompts; above it the rules answer at once
_BATCH: Final = 32  # prompts that are planned together
_TELL_EVERY: Final = 1.0  # seconds
_REMEMBERED: Final = 2048  # sheets, of some kilobytes each

Deliver = Callable[[CueSheet], None]
Beside = Callable[[], object]
Asked = tuple[Prompt, Deliver, Beside]
_LOOK: Final = ()  # what wakes the thread to look for prompts that are to be planned ahead


class Planner:
    """Answers prompts on the loop that it was made on; the rules are quick enough to be asked in place.

    Without a brain prompts wait until there is one.
    """

    def __init__(self, brain: Brain | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.Queue[Asked | tuple[()] | None] = queue.Queue(_MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._brain: Brain | None = None
        self._refused, self._told = 0, -math.inf
        self._sheets: OrderedDict[Prompt, CueSheet] = OrderedDict()
        self._prepared: dict[Prompt, CueSheet | None] = {}  # None: still to be planned
        self._ahead: deque[Prompt] = deque()
        if brain is not None:
            self.use(brain)

    @property
    def name(self) -> str:
        return self._brain.name if self._brain else ""

    def use(self, brain: Brain) -> None:
        """Plans with this brain from now on, the prompts that wait already among them."""
        self._brain = brain
        self._sheets.clear()
        self._prepared = dict.fromkeys(self._prepared)
        if self._thread is not None:
            self._look_ahead()
            return
        if isinstance(brain, type(_rules())):
            self._catch_up(brain)
        else:
            self._thread = threading.Thread(target=self._work, name="brain", daemon=True)
            self._thread.start()
            self._look_ahead()

    def prepare(self, prompts: Iterable[Prompt]) -> None:
        """Has these planned whenever nobody waits, and keeps their sheets until it is called with others."""
        self._prepared = {prompt: self._prepared.get(prompt) for prompt in prompts}
        self._look_ahead()

    def ask(self, prompt: Prompt, deliver: Deliver, beside: Beside = lambda: None) -> None:
        """Has `deliver` called with the sheet: at once when it is known, else from the loop when it is planned.

        `beside` is work that the thread does first, so that the loop finds it done.
        """
        prepared = self._prepared.get(prompt)
        if prepared is not None:
            deliver(prepared)
        elif prompt in self._sheets:
            self._sheets.move_to_end(prompt)
            deliver(self._sheets[prompt])
        elif self._brain and self._thread is None:
            deliver(self._plan(self._brain, [prompt])[0])
        else:
            try:
                self._waiting.put_nowait((prompt, deliver, beside))
            except queue.Full:
                self._tell()
                deliver(_rules().plan([prompt])[0])

    def close(self) -> None:
        """Ends the thread; what still waits is not answered."""
        if self._thread is None:
            return
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._waiting.put(None)
        self._thread.join()

    def _tell(self) -> None:
        """Logs once a second that too much waits."""
        self._refused += 1
        if self._loop.time() - self._told >= _TELL_EVERY:
            _log.warning("brain: %d prompts wait, the rules answered %d", _MAX_WAITING, self._refused)
            self._told, self._refused = self._loop.time(), 0

    def _catch_up(self, brain: Brain) -> None:
        """Answers in place what waited for a brain."""
        with suppress(queue.Empty):
            while waiting := self._waiting.get_nowait():
                prompt, deliver, _ = waiting
                deliver(self._plan(brain, [prompt])[0])

    def _look_ahead(self) -> None:
        """Has the thread plan what is not yet prepared; the rules are quick enough to be asked when it is time."""
        if self._thread is None:
            return
        self._ahead = deque(prompt for prompt, sheet in self._prepared.items() if sheet is None)
        with suppress(queue.Full):  # a thread that has so much to do looks by itself
            self._waiting.put_nowait(_LOOK)

    def _work(self) -> None:
        be_nice()
        while (batch := self._next()) is not None:
            brain = self._brain or _rules()
            sheets = self._plan(brain, [prompt for prompt, _, _ in batch])
            for (prompt, deliver, beside), sheet in zip(batch, sheets, strict=True):
                beside()
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._finish, brain, prompt, deliver, sheet)

    def _next(self) -> list[Asked] | None:
        """Whoever waits, together, or else one prompt of those to be planned ahead; None at the end."""
        batch: list[Asked] = []
        while len(batch) < _BATCH:
            try:
                asked = self._waiting.get(block=not (batch or self._ahead))
            except queue.Empty:
                batch = batch or self._foreseen()
                if batch:
                    break
                continue
            if asked is None and not batch:
                return None
            if asked is None:
                self._waiting.put(None)  # the end comes after this batch
                break
            if asked:
                batch.append(asked)
        return batch

    def _foreseen(self) -> list[Asked]:
        """The next prompt to be planned ahead that nobody has asked for in the meantime."""
        try:
            prompt = self._ahead.popleft()
        except IndexError:
            return []
        return [] if self._prepared.get(prompt) else [(prompt, _keep, lambda: None)]

    def _finish(self, brain: Brain, prompt: Prompt, deliver: Deliver, sheet: CueSheet) -> None:
        if brain is self._brain:
            self._remember(prompt, sheet)
        deliver(sheet)

    def _remember(self, prompt: Prompt, sheet: CueSheet) -> None:
        if prompt in self._prepared:
            self._prepared[prompt] = sheet
            return
        self._sheets[prompt] = sheet
        if len(self._sheets) > _REMEMBERED:
            self._sheets.popitem(last=False)

    def _plan(self, brain: Brain, prompts: list[Prompt]) -> list[CueSheet]:
        try:
            return brain.plan(prompts)
        except Exception:
            _log.exception("brain: %s failed, the rules answer", brain.name)
            return _rules().plan(prompts)


def _keep(_: CueSheet) -> None:
    """Nobody waits for a sheet that was planned ahead."""


@cache
def _rules() -> Brain:
    """What answers in the brain's place; loaded with the brain or when it is needed, as frames come first."""
    from streamer.brain.rules import Rules

    return Rules()
