"""A large language model as a brain: a line's scene in one request, then its keyframes in parallel."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from protocols.errors import DecodeError
from streamer.brain import keyframeface
from streamer.brain.endpoint import AnswerError, Endpoint, Query, Reply, TeacherError
from streamer.brain.keyframeface import FACE_TOKENS, MAX_SYSTEM, SCENE_TOKENS, SYSTEM, Reading, Scene
from streamer.cues import CueSheet, Prompt

_log = logging.getLogger(__name__)
KEY: Final = "FACECUE_LLM_KEY"  # the environment's variable with the key of a hosted endpoint
T = TypeVar("T")
Ask = Callable[[Query], Reply]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teacher made of a prompt."""

    scene: Scene
    faces: tuple[Reading, ...]

    def sheet(self, own: CueSheet | None = None) -> CueSheet:
        """The lesson in time: that of a sheet of as many keyframes, else spread over the line."""
        return keyframeface.sheet(self.scene, self.faces, own)


@dataclass(frozen=True, slots=True)
class Teacher:
    """The two stages, each with the model it asks; for use from any thread."""

    ask: Ask
    ask_scene: Ask
    model: str
    scene_model: str
    system: str = SYSTEM
    json_mode: bool = False

    def plan(self, prompt: Prompt) -> Lesson:
        """A prompt's scene and faces; raises TeacherError."""
        scene = keyframeface.described(prompt) if prompt.descriptions else self._scene(prompt)
        faces = together([lambda index=i: self._face(scene, index) for i in range(len(scene.faces))])  # type: ignore[misc]
        return Lesson(scene, tuple(faces))

    def _scene(self, prompt: Prompt) -> Scene:
        query = Query(self.scene_model, keyframeface.ask_scene(prompt), SCENE_TOKENS, self.json_mode)
        return read_reply(self.ask_scene(query), lambda text: keyframeface.read_scene(text, prompt), "scene")

    def _face(self, scene: Scene, index: int) -> Reading:
        query = Query(self.model, keyframeface.ask_face(scene, index, self.system), FACE_TOKENS, self.json_mode)
        name = keyframeface.key(index)
        reading = read_reply(self.ask(query), lambda text: keyframeface.read_face(text, index), name)
        for remark in reading.remarks:
            _log.info("teacher: %s: %s", name, remark)
        return reading


def connect(
    endpoint: Endpoint, model: str = "", scene_endpoint: Endpoint | None = None, scene_model: str = "",
    system: str = SYSTEM, json_mode: bool = False,
) -> Teacher:  # fmt: skip
    """A teacher at an endpoint, its first model where none is named; raises TeacherError.

    Stage one asks the same model unless an endpoint or a model of its own is given.
    """
    model = model or endpoint.first_model()
    other = scene_endpoint or endpoint
    scene_model = scene_model or (other.first_model() if scene_endpoint else model)
    return Teacher(endpoint.ask, other.ask, model, scene_model, system, json_mode)


def read_system(path: str) -> str:
    """A system message of the user's own: a text, or that of a published example.jsonl; raises TeacherError."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TeacherError(f"cannot read {path}: {error}") from error
    if text.startswith("{"):
        try:
            text = keyframeface.example_system(text.partition("\n")[0])
        except DecodeError as error:
            raise TeacherError(f"{path}: {error}") from error
    if not 1 <= len(text.strip()) <= MAX_SYSTEM:
        raise TeacherError(f"{path} is {len(text)} characters, expected 1..{MAX_SYSTEM}")
    return text


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What each call returns, all made at once; raises what the first of them in order raised."""
    results: list[T | BaseException] = [AnswerError("not asked")] * len(calls)

    def work(i: int) -> None:
        try:
            results[i] = calls[i]()
        except BaseException as error:  # handed to whoever waits
            results[i] = error

    threads = [
        threading.Thread(target=work, args=(i,), name="teacher request", daemon=True) for i in range(1, len(calls))
    ]
    for thread in threads:
        thread.start()
    if calls:
        work(0)
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def read_reply(reply: Reply, read: Callable[[str], T], name: str) -> T:
    """What a reader makes of a whole reply; raises AnswerError, which tells of `name`."""
    if reply.is_cut:
        raise AnswerError(f"{name}: the answer was cut at {reply.answer_tokens or 'its most'} tokens")
    if not reply.text.strip():
        raise AnswerError(f"{name}: the answer has no text" + (f", but {reply.instead}" if reply.instead else ""))
    try:
        return read(reply.text)
    except DecodeError as error:
        raise AnswerError(f"{name}: {error}") from error
