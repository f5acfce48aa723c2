"""The pipeline: lines -> director -> brain -> performance -> stage -> outputs, one frame a tick."""

import asyncio
import contextlib
import datetime
import itertools
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocols import messages
from protocols.arkit import CHANNELS
from protocols.errors import DecodeError
from streamer import collector, config, poses, script, threads
from streamer.brain import loading
from streamer.brain.planner import Planner
from streamer.clock import Tick, ticks
from streamer.cues import Brain, CueSheet
from streamer.director import Take
from streamer.ear import Ear
from streamer.face import speech
from streamer.inputs import osc, pipe
from streamer.inputs.door import Sender
from streamer.inputs.websocket import House, listen
from streamer.outputs.ifacialmocap import IFacialMocapOutput
from streamer.outputs.osc import OscOutput
from streamer.outputs.udp import LiveLinkOutput, Output, Subject, VmcOutput, device_id
from streamer.outputs.vrchat import VrChatOutput
from streamer.outputs.websocket import Audience, Client
from streamer.performance import FPS, Answer, Performance, Request
from streamer.script import Script
from streamer.stats import Stats
from streamer.watch import changes

if TYPE_CHECKING:
    from streamer.brain.coach import Coach
    from streamer.brain.teacher import Lesson

_log = logging.getLogger(__name__)
PROTOCOL_VERSION: Final = 1
FADE: Final = 0.25  # seconds to neutral when the driver stops


class Driver:
    """A performance with its brain, its outputs and its audience."""

    def __init__(self, settings: config.Settings, outputs: Sequence[Output] = (), stats: Stats | None = None) -> None:
        self.stats = stats or Stats()
        self.audience = Audience(self.stats)
        self.performance = Performance(
            (), settings.max_characters, profile=settings.profile, language=settings.language
        )
        self.planner = Planner()
        self.script = Script()
        self.poses = load_poses(settings.poses)
        self.coach = make_coach(settings.teacher, self.stats.lessons) if settings.brain == "llm" else None
        speech.warm()
        self.ear = Ear(Path(settings.audio) if settings.audio else None, settings.language)
        self._outputs = [*outputs, self.audience]
        self._senders: dict[str, tuple[str, Sender | None]] = {}  # line id: its character, its sender
        self._numbers = itertools.count(1)
        self._is_closing = False
        for character in settings.character:
            self.performance.admit(character.name, character.seed, character.profile)
            if character.mood:
                self.receive(messages.Mood(character.name, character.mood), None)

    def hello(self) -> messages.Hello:
        return messages.Hello(
            version=PROTOCOL_VERSION,
            fps=FPS,
            names=CHANNELS,
            units={"shapes": "0..1", "rotations": "radians"},
            characters=self.performance.characters,
            model=self.planner.name,
        )

    def receive(self, message: messages.ToFacecue, sender: Sender | None) -> None:
        """Acts on a message at once; answers go to its sender, and a line's also to whoever sees its character."""
        if isinstance(message, messages.Subscribe):
            self._subscribe(message, sender)
            return
        if self._is_closing:
            line_id = message.id if isinstance(message, messages.Line) else None
            self._answer([messages.Error("stopping", "the driver is stopping", line_id)], sender)
            return
        self.stats.lines += isinstance(message, messages.Line)
        if isinstance(message, messages.Line | messages.Plan):
            try:
                message = poses.posed(message, self.poses)
            except DecodeError as error:
                self._answer([messages.Error(error.code, str(error), message.id)], sender)
                return
        if isinstance(message, messages.Line):
            message = self.script.complete(self._name(message))
        answers = self.performance.handle(message)
        if isinstance(message, messages.Line) and isinstance(answers[0], messages.Accepted):
            self._senders[answers[0].id] = (message.character, sender)
        self._answer(answers, sender)
        for request in self.performance.requests():
            self.planner.ask(request.prompt, partial(self._deliver, request, sender), request.rehearse)
        for take in self.performance.unheard():
            self.ear.ask(take.line, partial(self._hear, take, sender), partial(self.performance.is_live, take))

    def rehearse(self, script: Script) -> None:
        """Plays by this script from now on, and plans its lines while nothing else is asked."""
        self.script = script
        self.planner.prepare(script.prompts())

    def attach(self, output: Output) -> None:
        """Sends every frame there from now on; whoever attaches it closes it."""
        self._outputs.append(output)

    def reject(self, error: DecodeError, sender: Sender) -> None:
        """Answers a message that could not be read."""
        self._answer([messages.Error(error.code, str(error), error.line_id)], sender)

    def tick(self, tick: Tick) -> None:
        """Plays one frame and sends it everywhere."""
        frame, answers = self.performance.frame(tick.number)
        for output in self._outputs:
            output.send(frame)
        self._answer(answers, None)
        self.stats.frames += 1
        self.stats.skipped += tick.skipped
        self.stats.lateness.append(tick.lateness)
        if tick.number % FPS == 0:
            self.stats.log_losses()

    def close(self) -> None:
        """Everyone stops; the faces go to neutral over the next frames."""
        self._is_closing = True
        self._answer(self.performance.close(FADE), None)

    def health(self) -> dict[str, object]:
        return {"status": "ok", "fps": FPS, "characters": len(self.performance.characters),
                "clients": len(self.audience), "model": self.planner.name, "frames": self.stats.frames}  # fmt: skip

    def metrics(self) -> str:
        return self.stats.page(len(self.performance.characters), len(self.audience))

    def _subscribe(self, message: messages.Subscribe, sender: Sender | None) -> None:
        if isinstance(sender, Client):
            self.audience.subscribe(sender, message)
        else:
            self._answer([messages.Error("unexpected", "frames are for WebSocket clients to subscribe to")], sender)

    def _deliver(self, request: Request, sender: Sender | None, sheet: CueSheet) -> None:
        if self._is_closing:  # a plan that comes too late moves no face
            return
        self._answer(self.performance.deliver(request, sheet), sender)
        if self.coach and request.take:
            is_live = partial(self.performance.is_live, request.take)
            self.coach.ask(request.prompt, partial(self._revise, request, sender, sheet), is_live)

    def _revise(self, request: Request, sender: Sender | None, own: CueSheet, lesson: "Lesson") -> None:
        if self._is_closing:
            return
        answers = self.performance.revise(request, lesson.sheet(own))
        self.stats.lessons["bettered" if answers else "late"] += 1
        self._answer(answers, sender)

    def _hear(self, take: Take, sender: Sender | None, heard: speech.Speech | ValueError) -> None:
        if not self._is_closing:
            self._answer(self.performance.hear(take, heard), sender)

    def _name(self, line: messages.Line) -> messages.Line:
        if line.id is not None:
            return line
        return replace(line, id=next(n for i in self._numbers if (n := f"line-{i}") not in self._senders))

    def _answer(self, answers: Sequence[Answer], sender: Sender | None) -> None:
        for answer in answers:
            listeners: set[Client] = set()
            owner = sender
            if isinstance(answer, messages.Explained | messages.Error):
                self.stats.errors += isinstance(answer, messages.Error)
            elif answer.id in self._senders:
                character, owner = self._senders[answer.id]
                listeners = self.audience.listeners(character)
            if isinstance(answer, messages.Finished):
                self.stats.finished[answer.reason] += 1
                self._senders.pop(answer.id, None)
            text = messages.encode(answer)
            self.audience.tell(listeners.difference([owner]), text)
            if owner is not None:
                owner.tell(answer, text)


def make_coach(teacher: config.Teacher, counts: Counter[str]) -> "Coach":
    """The large model of the settings, which is first asked when a line needs it; raises ConfigError.

    What speaks to it is loaded only where it is wanted: most drivers start without.
    """
    from streamer.brain.coach import Coach
    from streamer.brain.endpoint import Endpoint, TeacherError
    from streamer.brain.keyframeface import SYSTEM
    from streamer.brain.teacher import KEY, connect, read_system

    asked = partial(
        Endpoint, key=os.environ.get(KEY, ""), timeout=teacher.timeout, attempts=2, parallel=teacher.parallel
    )
    try:
        endpoint = asked(teacher.url)
        other = asked(teacher.scene_url) if teacher.scene_url else None
        system = read_system(teacher.system) if teacher.system else SYSTEM
    except TeacherError as error:
        raise config.ConfigError(f"teacher: {error}") from error
    models = teacher.model, other, teacher.scene_model
    return Coach(lambda: connect(endpoint, *models, system, teacher.json_mode), counts)


def load_poses(path: str) -> poses.Poses:
    """The pose library of the settings; raises ConfigError."""
    try:
        return poses.load(Path(path)) if path else poses.NONE
    except DecodeError as error:
        raise config.ConfigError(f"poses: {error}") from error


def make_outputs(
    settings: config.Settings, stats: Stats, wall: Callable[[], datetime.datetime] = datetime.datetime.now
) -> list[Output]:
    """The datagram outputs of the settings; raises ConfigError."""
    subjects = {c.name: Subject(c.subject or c.name, c.device_id or device_id(c.name)) for c in settings.character}
    outputs: list[Output] = [LiveLinkOutput(link, subjects, stats, wall) for link in settings.livelink]
    outputs += [VmcOutput(avatar, stats) for avatar in settings.vmc]
    outputs += [OscOutput(receiver, stats) for receiver in settings.osc]
    outputs += [IFacialMocapOutput(receiver, stats) for receiver in settings.ifacialmocap]
    return outputs + [VrChatOutput(client, stats) for client in settings.vrchat]


Ready = Callable[[int, Driver], None]


async def run(
    settings: config.Settings,
    stopping: asyncio.Event,
    ready: Ready,
    beats: Callable[[int, bool], AsyncGenerator[Tick, None]] = ticks,
    house: Callable[[Driver], House] = lambda driver: driver,
) -> None:
    """Serves until `stopping` is set, then lets the faces rest and closes everything.

    `house` is what the front door leads to, where that is more than the driver.
    """
    stats = Stats()
    with ExitStack() as stack:
        outputs = make_outputs(settings, stats)
        for output in outputs:
            stack.enter_context(closing(output))
        driver = Driver(settings, outputs, stats)
        stack.callback(driver.planner.close)
        stack.callback(driver.ear.close)
        if driver.coach:
            stack.callback(driver.coach.close)
        async with _playing(driver, stopping, beats(FPS, settings.precise)) as playing:
            driver.planner.use(await _brain(settings))
            watching = _watching(settings, driver.planner)
            async with (
                listen(settings, house(driver)) as port,
                _other_inputs(settings, port, driver, stopping),
                watching,
            ):
                ready(port, driver)
                stack.enter_context(collector.tamed())
                stack.enter_context(threads.yielding())
                await playing


@contextlib.asynccontextmanager
async def _other_inputs(
    settings: config.Settings, port: int, driver: Driver, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """The ways in beside the WebSocket, those that the settings ask for."""
    async with contextlib.AsyncExitStack() as stack:
        if settings.sheet:
            await stack.enter_async_context(script.watching(Path(settings.sheet), driver.rehearse, driver.poses))
        for place in settings.osc_in:
            await stack.enter_async_context(osc.listen(place, settings.token, driver))
        for number, correspondence in enumerate(settings.mqtt, 1):
            name = f"{socket.gethostname()}-{port}-{number}"
            await stack.enter_async_context(_mqtt(correspondence, name, driver))
        if settings.stdin:
            await stack.enter_async_context(pipe.listen(driver, stopping))
        yield


def _mqtt(settings: config.Mqtt, name: str, driver: Driver) -> contextlib.AbstractAsyncContextManager[None]:
    try:
        from streamer.inputs import mqtt  # its package is an extra, and takes its time to load
    except ImportError as error:
        raise config.ConfigError(f'mqtt wants the package {error.name}: pip install "facecue[mqtt]"') from error
    return mqtt.correspond(settings, settings.client_id or f"facecue-{name}", driver)


async def _brain(settings: config.Settings) -> Brain:
    """The brain, loaded beside the stream: the faces already live."""
    if settings.model == loading.RULES:
        return loading.load(settings.model)
    return await asyncio.to_thread(loading.load, settings.model, settings.device)


@contextlib.asynccontextmanager
async def _playing(
    driver: Driver, stopping: asyncio.Event, beats: AsyncGenerator[Tick, None]
) -> AsyncIterator["asyncio.Task[None]"]:
    """The frames, as a task that ends with the block."""
    task = asyncio.create_task(_play(driver, stopping, beats), name="frames")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _play(driver: Driver, stopping: asyncio.Event, beats: AsyncGenerator[Tick, None]) -> None:
    """Frame after frame, until the faces are at rest after `stopping` was set."""
    last: int | None = None
    async with contextlib.aclosing(beats):
        async for tick in beats:
            if last is None and stopping.is_set():
                driver.close()
                last = tick.number + round(FADE * FPS) + 1
            driver.tick(tick)
            collector.sweep(tick.number)
            if last is not None and tick.number >= last:
                break


@contextlib.asynccontextmanager
async def _watching(settings: config.Settings, planner: Planner) -> AsyncIterator[None]:
    """Takes a refreshed model file into use while the driver plays on."""
    if settings.model in ("", loading.RULES):
        yield
        return
    task = asyncio.create_task(_reload(Path(settings.model), settings.device, planner), name="model watch")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _reload(path: Path, device: config.Device, planner: Planner) -> None:
    async for _ in changes(path):
        brain = await asyncio.to_thread(loading.refresh, path, device)
        if brain is not None:
            planner.use(brain)
            _log.info("brain: took up %s", brain.name)
