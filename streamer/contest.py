"""Pairs of takes to choose from, one after the other; whoever watches sees the same one."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from protocols import messages
from protocols.arkit import face
from streamer.app import Driver
from streamer.director import Refused
from streamer.face.describe import describe
from streamer.inputs.door import Sender
from streamer.outputs.websocket import Audience, Client
from streamer.preferences import Choice, Choices, Pair, Take

_log = logging.getLogger(__name__)
LEFT: Final = "left"
RIGHT: Final = "right"


class Contest:
    """What is to be chosen, in order, and what is chosen already."""

    def __init__(self, pairs: Sequence[Pair], choices: Choices) -> None:
        """Takes pairs with ids of their own, those of the choices among them."""
        self._pairs = {pair.id: pair for pair in pairs}
        self._choices = choices
        self.is_over = asyncio.Event()

    @property
    def current(self) -> Pair | None:
        """The first pair that is not chosen yet."""
        chosen = self._chosen()
        return next((pair for name, pair in self._pairs.items() if name not in chosen), None)

    def told(self) -> messages.Pair:
        """What a page is told: nothing of it says whose the takes are."""
        pair, made, total = self.current, self._choices.made, len(self._pairs)
        last = made[-1].pair.id if made else None
        if pair is None:
            return messages.Pair(total, total, last=last)
        return messages.Pair(
            len(made) + 1, total, pair.id, last, pair.line, pair.emotion, pair.background,
            _described(pair.left), _described(pair.right),
        )  # fmt: skip

    def judge(self, choose: messages.Choose) -> None:
        """Keeps a choice, or takes the last one back; raises Refused."""
        try:
            if choose.choice is None:
                self._undo(choose.id)
            else:
                self._keep(choose.id, choose.choice)
        except OSError as error:
            raise Refused(f"the choice could not be stored: {error.strerror}", "not_stored") from error
        if self.current:
            self.is_over.clear()
        else:
            self.is_over.set()

    def _keep(self, name: str, verdict: messages.Verdict) -> None:
        if name not in self._pairs:
            raise Refused(f"no pair has the id {name!r}", "unknown_id")
        if name in self._chosen():
            raise Refused(f"{name!r} is chosen already, on another page", "chosen")
        self._choices.append(Choice(self._pairs[name], verdict))

    def _undo(self, name: str) -> None:
        if not self._choices.made or self._choices.made[-1].pair.id != name:
            raise Refused(f"{name!r} is not what was chosen last", "not_last")
        self._choices.undo()

    def _chosen(self) -> set[str]:
        return {choice.pair.id for choice in self._choices.made}


class Jury:
    """A driver's front door, with a contest behind it besides."""

    def __init__(self, driver: Driver, contest: Contest) -> None:
        self._driver = driver
        self._contest = contest
        self.audience: Audience = driver.audience
        self.hello, self.reject = driver.hello, driver.reject
        self.health, self.metrics = driver.health, driver.metrics

    def receive(self, message: messages.ToFacecue, sender: Sender | None) -> None:
        """Acts on a choice; the driver does the rest. Whoever subscribes is told what is to be chosen."""
        if isinstance(message, messages.Choose):
            self._judge(message, sender)
            return
        self._driver.receive(message, sender)
        if isinstance(message, messages.Subscribe) and isinstance(sender, Client):
            _tell(sender, self._contest.told())

    def _judge(self, choose: messages.Choose, sender: Sender | None) -> None:
        try:
            self._contest.judge(choose)
        except Refused as refusal:
            _log.info("refused: %s", refusal)
            if sender is not None:
                _tell(sender, messages.Error(refusal.code, str(refusal), choose.id))
                _tell(sender, self._contest.told())
            return
        self.audience.tell(self.audience.listeners(LEFT), messages.encode(self._contest.told()))


def _described(take: Take) -> tuple[messages.PlannedKeyframe, ...]:
    """The keyframes with the describer's captions: a brain's own wording would tell whose they are."""
    return tuple(replace(keyframe, text=describe(face(keyframe.values))) for keyframe in take.keyframes)


def _tell(sender: Sender, answer: messages.FromFacecue) -> None:
    sender.tell(answer, messages.encode(answer))
