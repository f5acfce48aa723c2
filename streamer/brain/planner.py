"""The brain beside the stream: prompts are answered in a thread of their own, in batches, and remembered.

A prompt that cannot wait for the brain, or that the brain fails on, is answered by the rules: a face must always move.
"""

import asyncio
import logging
import math
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from streamer.brain.rules import Rules
from streamer.cues import Brain, CueSheet, Prompt
from streamer.threads import be_nice

_log = logging.getLogger(__name__)
_MAX_WAITING: Final = 256  # prompts; above it the rules answer at once
_BATCH: Final = 32  # prompts that are planned together
_TELL_EVERY: Final = 1.0  # seconds
_REMEMBERED: Final = 2048  # sheets, of some kilobytes each

Deliver = Callable[[CueSheet], None]


class Planner:
    """Answers prompts on the loop that it was made on; the rules are quick enough to be asked in place.

    Without a brain prompts wait until there is one.
    """

    def __init__(self, brain: Brain | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._rules = Rules()
        self._waiting: queue.Queue[tuple[Prompt, Deliver] | None] = queue.Queue(_MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._brain: Brain | None = None
        self._refused, self._told = 0, -math.inf
        self._sheets: OrderedDict[Prompt, CueSheet] = OrderedDict()
        if brain is not None:
            self.use(brain)

    @property
    def name(self) -> str:
        return self._brain.name if self._brain else ""

    def use(self, brain: Brain) -> None:
        """Plans with this brain from now on, the prompts that wait already among them."""
        self._brain = brain
        self._sheets.clear()
        if self._thread is not None:
            return
        if isinstance(brain, Rules):
            self._catch_up(brain)
        else:
            self._thread = threading.Thread(target=self._work, name="brain", daemon=True)
            self._thread.start()

    def ask(self, prompt: Prompt, deliver: Deliver) -> None:
        """Has `deliver` called with the sheet: at once when it is known, else from the loop when it is planned."""
        if prompt in self._sheets:
            self._sheets.move_to_end(prompt)
            deliver(self._sheets[prompt])
        elif self._brain and self._thread is None:
            deliver(self._plan(self._brain, [prompt])[0])
        else:
            try:
                self._waiting.put_nowait((prompt, deliver))
            except queue.Full:
                self._tell()
                deliver(self._rules.plan([prompt])[0])

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
            while (waiting := self._waiting.get_nowait()) is not None:
                prompt, deliver = waiting
                deliver(self._plan(brain, [prompt])[0])

    def _work(self) -> None:
        be_nice()
        while (first := self._waiting.get()) is not None:
            batch = [first]
            with suppress(queue.Empty):
                while len(batch) < _BATCH and (more := self._waiting.get_nowait()) is not None:
                    batch.append(more)
            brain = self._brain or self._rules
            sheets = self._plan(brain, [prompt for prompt, _ in batch])
            for (prompt, deliver), sheet in zip(batch, sheets, strict=True):
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._finish, brain, prompt, deliver, sheet)

    def _finish(self, brain: Brain, prompt: Prompt, deliver: Deliver, sheet: CueSheet) -> None:
        if brain is self._brain:
            self._sheets[prompt] = sheet
            if len(self._sheets) > _REMEMBERED:
                self._sheets.popitem(last=False)
        deliver(sheet)

    def _plan(self, brain: Brain, prompts: list[Prompt]) -> list[CueSheet]:
        try:
            return brain.plan(prompts)
        except Exception:
            _log.exception("brain: %s failed, the rules answer", brain.name)
            return self._rules.plan(prompts)
