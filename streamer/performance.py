"""The whole way of a line without a socket: messages in, answers and faces out, in the time of the frames.

Nothing here reads a clock: time moves when a frame is taken. A message takes effect at the frame that was taken last,
so the very next frame shows it, and the same messages at the same frames give the same faces, live or offline.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from protocols import messages
from protocols.arkit import GAZE_RADIANS, HIGHEST, LOWEST, Floats, by_name
from protocols.frames import Frame
from protocols.profiles import Profile
from streamer.cues import CueSheet, Description, Keyframe, Prompt
from streamer.director import Begin, Director, End, Event, Refused, Take
from streamer.face import curves
from streamer.face.describe import describe
from streamer.face.speech import Speech, speech_of, wants_hearing
from streamer.face.stage import Stage

FPS: Final = 60
MAX_CHARACTERS: Final = 4096
NO_MOOD: Final = frozenset(("", "neutral", "none"))

Answer = (
    messages.Accepted | messages.Planned | messages.Started | messages.Finished | messages.Explained | messages.Error
)


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt that waits for the brain, and whom its sheet is for: a line, a plan, or a character's mood."""

    prompt: Prompt
    take: Take | None = None
    plan: messages.Plan | None = None
    mood_of: str | None = None
    intensity: float = 1.0

    def rehearse(self) -> None:
        """Computes what the mouth will do, which any thread may; the frame that the line begins at has it then."""
        if self.take is not None:
            self.take.speech.curves()


class Performance:
    """Director and stage of all characters, and the prompts that want a brain."""

    def __init__(
        self,
        characters: Sequence[str] = (),
        max_characters: int = MAX_CHARACTERS,
        fps: float = FPS,
        profile: Profile | None = None,
        language: str = "en",
    ) -> None:
        self.language = language
        self.number = 0  # of the latest frame
        self.fps = fps
        self.profile = profile  # of whoever comes on without one of their own
        self._scale = 1.0  # of the game's clock
        self._since = (0, 0.0)  # the frame and the time at which it took that pace
        self._listeners: dict[str, str] = {}  # who listens: to whom
        self.max_characters = max_characters
        self._director = Director()
        self._stage = Stage()
        self._requests: list[Request] = []
        self._unheard: list[Take] = []
        for character in characters:
            self.admit(character)

    @property
    def now(self) -> float:
        """The time of the latest frame in the game's clock."""
        number, time = self._since
        return time + (self.number - number) / self.fps * self._scale

    @property
    def characters(self) -> tuple[str, ...]:
        return self._stage.names

    def is_idle(self, character: str) -> bool:
        """Whether a character neither plays a line nor has one waiting."""
        return self._director.is_idle(character)

    def requests(self) -> list[Request]:
        """The prompts that came up since the last call."""
        requests, self._requests = self._requests, []
        return requests

    def handle(self, message: messages.ToFacecue) -> list[Answer]:
        """Acts on one message; what it was refused for is an answer too."""
        try:
            match message:
                case messages.Line():
                    return self._take_in(message)
                case messages.Stop():
                    return self._stop(message)
                case messages.Mood():
                    self._settle(message)
                case messages.Gaze():
                    self._look(message)
                case messages.Listen():
                    return self._listen(message)
                case messages.Fit():
                    self.admit(message.character)
                    self._stage.fit(message.character, message.profile, self.now)
                case messages.Clock():
                    self._since, self._scale = (self.number, self.now), message.scale
                case messages.Explain():
                    return [self._explain(message.character)]
                case messages.Plan():
                    return self._draft(message)
                case messages.AudioStarted():
                    return self._answer(self._director.start_voice(message.id, self.now))
                case _:
                    return [messages.Error("unexpected", f"{type(message).__name__} is not for the stage")]
        except Refused as refusal:
            return [_refusal(message, refusal)]
        except KeyError:
            return [messages.Error("unknown_id", "no line with this id is waiting or playing", _id_of(message))]
        return []

    def deliver(self, request: Request, sheet: CueSheet) -> list[Answer]:
        """Gives the brain's answer to whom it is for."""
        if request.mood_of is not None:
            values = _scaled(sheet.keyframes[-1].values, request.intensity)
            self._stage.set_mood(request.mood_of, values, self.now)
            return []
        if request.plan is not None:
            return [_drafted(request.plan, sheet)]
        assert request.take is not None
        return self._plan(request.take, sheet)

    def revise(self, request: Request, sheet: CueSheet) -> list[Answer]:
        """Gives a planned take a better sheet: what has begun stays, and so does what the game gave itself."""
        take = request.take
        if take is None or take.sheet is None or not self.is_live(take):
            return []
        better = _merged(take.line, sheet)
        if take.begun is not None and take.laid != self.now:
            better = self._reachable(take, better)
        if better.keyframes == take.sheet.keyframes:
            return []
        self._director.plan(take, better)
        if self._director.is_playing(take):
            self._revise(take)
        return [_told(take, better)]

    def unheard(self) -> list[Take]:
        """The takes that came since the last call and whose lines are worth a hearing."""
        takes, self._unheard = self._unheard, []
        return takes

    def is_live(self, take: Take) -> bool:
        """Whether a take still waits or plays."""
        return self._director.find(take.id) is take

    def hear(self, take: Take, heard: Speech | ValueError) -> list[Answer]:
        """Gives a take its speech as it was heard, or says what is wrong with its audio."""
        if not self.is_live(take):
            return []
        if isinstance(heard, ValueError):
            answers = self._answer(self._director.time(take, take.speech))
            return [messages.Error("bad_audio", str(heard)[:200], take.id), *answers]
        return self._answer(self._director.time(take, heard))

    def frame(self, number: int) -> tuple[Frame, list[Answer]]:
        """Moves time on to a frame; its values are valid until the next one is taken."""
        self.number = number
        answers = self._answer(self._director.advance(self.now))
        values = self._stage.frame(self.now)
        return Frame(seq=number, number=number, t=self.now, names=self._stage.names, values=values), answers

    def close(self, fade: float) -> list[Answer]:
        """Stops everyone and lets every face go to neutral in `fade` seconds."""
        self._since, self._scale = (self.number, self.now), 1.0  # a paused face would never get there
        answers = self._stop(messages.Stop("*", fade))
        for character in self.characters:
            self._stage.set_mood(character, np.zeros_like(LOWEST), self.now, fade)
            self._stage.free_gaze(character, self.now)
            self._stage.calm(character, self.now, fade)
        return answers

    def calm(self, character: str, seconds: float) -> None:
        """Lets a character's idle life die away."""
        self._stage.calm(character, self.now, seconds)

    def admit(self, character: str, seed: int = 0, profile: Profile | None = None) -> None:
        """Brings a character on stage who is not yet there; raises Refused when the stage is full."""
        if character in self._stage:
            return
        if len(self.characters) >= self.max_characters:
            raise Refused(f"no room for another character: {self.max_characters} are on stage", "too_many_characters")
        self._stage.add(character, self.now, seed, profile or self.profile)

    def _take_in(self, line: messages.Line) -> list[Answer]:
        self.admit(line.character)
        take, position = self._director.submit(line, self.now)
        answers: list[Answer] = [messages.Accepted(take.id, position)]
        if wants_hearing(line, self.language):
            take.is_unheard = line.audio is not None
            self._unheard.append(take)
        wanted = prompt_of(take.line)
        if wanted is None:
            return answers + self._plan(take, CueSheet(()))
        self._requests.append(Request(wanted, take=take))
        return answers

    def _plan(self, take: Take, sheet: CueSheet) -> list[Answer]:
        if not self.is_live(take):
            return []
        sheet = _merged(take.line, sheet)
        self._director.plan(take, sheet)
        return [_told(take, sheet), *self._answer(self._director.advance(self.now))]

    def _draft(self, plan: messages.Plan) -> list[Answer]:
        """Plans what nobody plays."""
        if self._director.find(plan.id):
            raise Refused(f"id {plan.id!r} is still in use", "duplicate_id")
        wanted = prompt_of(plan)
        if wanted is None:
            return [_drafted(plan, CueSheet(()))]
        self._requests.append(Request(wanted, plan=plan))
        return []

    def _stop(self, stop: messages.Stop) -> list[Answer]:
        if stop.character != "*" and stop.character not in self._stage:
            return [messages.Error("unknown_character", f"no character {stop.character!r} is on stage")]
        answers: list[Answer] = []
        for character in self.characters if stop.character == "*" else (stop.character,):
            answers += self._answer(self._director.stop(character))
            self._stage.rest(character, self.now, stop.fade)
        return answers

    def _settle(self, mood: messages.Mood) -> None:
        """Asks for the face of a mood; no mood is a neutral face, whatever the brain."""
        self.admit(mood.character)
        if mood.emotion.strip().lower() not in NO_MOOD:
            prompt = Prompt(line="", emotion=mood.emotion)
            self._requests.append(Request(prompt, mood_of=mood.character, intensity=mood.intensity))
        else:
            self._stage.set_mood(mood.character, np.zeros_like(LOWEST), self.now)

    def _look(self, gaze: messages.Gaze) -> None:
        self.admit(gaze.character)
        if gaze.yaw is None or gaze.pitch is None:
            self._stage.free_gaze(gaze.character, self.now)
        else:
            self._stage.look(gaze.character, gaze.yaw, gaze.pitch, self.now)

    def _listen(self, listen: messages.Listen) -> list[Answer]:
        if listen.to is not None and listen.to not in self._stage:
            return [messages.Error("unknown_character", f"no character {listen.to!r} is on stage")]
        self.admit(listen.character)
        if listen.to is None:
            self._listeners.pop(listen.character, None)
            self._stage.listen(listen.character, self.now, None)
        else:
            self._listeners[listen.character] = listen.to
            yaw, pitch = (max(-GAZE_RADIANS, min(GAZE_RADIANS, angle)) for angle in (listen.yaw, listen.pitch))
            self._stage.listen(listen.character, self.now, (yaw, pitch))
        return []

    def _explain(self, character: str) -> Answer:
        if character not in self._stage:
            return messages.Error("unknown_character", f"no character {character!r} is on stage")
        return messages.Explained(character, self.now, self._stage.explain(character, self.now).channels())

    def _answer(self, events: Sequence[Event]) -> list[Answer]:
        answers: list[Answer] = []
        for event in events:
            match event:
                case End(take, reason):
                    answers.append(messages.Finished(take.id, reason))
                    if event.was_playing and reason == "expired":
                        self._stage.rest(take.line.character, self.now, curves.RELEASE_TIME)
                    elif event.was_playing and take.speech.outlasts:
                        self._stage.hush(take.line.character, self.now)
                case Begin(take, is_first):
                    self._play(take)
                    if is_first:
                        answers.append(messages.Started(take.id, self.number, self.now))
                case _:
                    self._play(event.take)
        return answers

    def _reachable(self, take: Take, better: CueSheet) -> CueSheet:
        """What a take that has begun shows and has shown, with what of a better sheet can still follow."""
        assert take.sheet is not None and take.laid is not None
        voice, begin = take.voice, take.laid
        if take.played is not None and not self._director.is_playing(take):  # it waits to resume
            voice = begin = self.now - take.played
        shown = curves.revised(take.sheet.keyframes, better.keyframes, begin, voice, take.duration, self.now)
        return CueSheet(tuple(shown))

    def _revise(self, take: Take) -> None:
        """Lays a playing take out anew from where it is: the segments that have begun go on."""
        assert take.laid is not None
        segments = _laid_out(take, take.laid)
        if take.laid != self.now:
            segments = [segment for segment in segments if segment.begin > self.now]
        self._stage.play(take.line.character, segments)

    def _play(self, take: Take) -> None:
        take.laid = self.now
        character = take.line.character
        self._stage.play(character, _laid_out(take, self.now))
        if take.voice is None:
            self._stage.hush(character, self.now)
            return
        self._stage.say(character, take.speech.curves(), take.voice, self.now)
        for listener, speaker in self._listeners.items():
            if speaker == character:
                self._stage.turn_to_home(listener, self.now)


def _laid_out(take: Take, begin: float) -> list[curves.Segment]:
    """The segments of a take that is taken up at `begin`."""
    assert take.sheet is not None
    keyframes = [replace(k, values=_scaled(k.values, take.line.intensity)) for k in take.sheet.keyframes]
    return curves.schedule(keyframes, begin, take.voice, take.duration, anticipate=not take.line.keyframes)


def _told(take: Take, sheet: CueSheet) -> messages.Planned:
    return messages.Planned(take.id, tuple(_planned(keyframe) for keyframe in sheet.keyframes))


def _scaled(values: Floats, intensity: float) -> Floats:
    scaled: Floats = np.clip(values * np.float32(intensity), LOWEST, HIGHEST)
    return scaled


def prompt_of(line: messages.Line | messages.Plan) -> Prompt | None:
    """What the brain is to be asked about a line; None when the game gave all values itself."""
    wanted = tuple(Description(cue.text, cue.at, cue.onset) for cue in line.keyframes if cue.values is None)
    if line.keyframes and not wanted:
        return None
    return Prompt(line.text, line.emotion, line.background, wanted)


def _merged(line: messages.Line | messages.Plan, sheet: CueSheet) -> CueSheet:
    """The game's own keyframes as they are, with the brain's values where they had only words."""
    if not line.keyframes:
        return sheet
    drawn = iter(sheet.keyframes)
    keyframes = []
    for cue, at in zip(line.keyframes, _times(line.keyframes), strict=True):
        if cue.values is None:
            answer = next(drawn)
            keyframes.append(replace(answer, at=at, onset=cue.onset or answer.onset, text=cue.text))
        else:
            values = np.array(cue.values, np.float32)
            keyframes.append(Keyframe(at, cue.onset or "ease", cue.text or describe(values), values))
    return CueSheet(tuple(keyframes))


def _times(cues: Sequence[messages.KeyframeCue]) -> list[float]:
    """Times for all keyframes: the given ones, and the others evenly in between."""
    known = [(-1, 0.0)] + [(i, cue.at) for i, cue in enumerate(cues) if cue.at is not None] + [(len(cues), 1.0)]
    positions, ats = zip(*known, strict=True)
    return [cue.at if cue.at is not None else float(np.interp(i, positions, ats)) for i, cue in enumerate(cues)]


def _drafted(plan: messages.Plan, sheet: CueSheet) -> messages.Planned:
    """The answer to a plan, with the seconds that a voice would take for its words."""
    speech = speech_of(messages.Line("plan", plan.text, duration=plan.duration))
    keyframes = _merged(plan, sheet).keyframes
    return messages.Planned(plan.id, tuple(_planned(keyframe) for keyframe in keyframes), round(speech.duration, 3))


def _planned(keyframe: Keyframe) -> messages.PlannedKeyframe:
    return messages.PlannedKeyframe(keyframe.at, keyframe.onset, keyframe.text, by_name(keyframe.values))


def _id_of(message: messages.ToFacecue) -> str | None:
    return message.id if isinstance(message, messages.Line | messages.Plan | messages.AudioStarted) else None


def _refusal(message: messages.ToFacecue, refusal: Refused) -> Answer:
    line_id = _id_of(message)
    if refusal.code == "refused" and line_id is not None:
        return messages.Finished(line_id, "refused", str(refusal))
    return messages.Error(refusal.code, str(refusal), line_id)
