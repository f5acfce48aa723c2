"""Who plays what when: queues, priorities, interrupts and times to live. A pure state machine that is told the time.

Among the lines that wait for a character the highest priority goes first, then interrupts, then the order of arrival.
A line of higher priority preempts the one that plays, which takes its place in the queue again and resumes where it
was, if its time to live allows. An interrupt ends a line of its own or a lower priority. A line that nobody has planned
yet holds its place, and whatever plays goes on until the plan is there.
"""

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Final, Literal

from protocols.messages import Line
from streamer.cues import CueSheet
from streamer.face.speech import Speech, speech_of

Reason = Literal["done", "interrupted", "stopped", "expired"]

MAX_WAITING: Final = 64  # lines a character; a game that is further ahead has lost the thread
HEARING_PATIENCE: Final = 20.0  # seconds that a line waits for its audio to be heard before its text's length counts
SIGNAL_PATIENCE: Final = 30.0  # seconds that a playing line waits for audio_started before it is given up


class Refused(Exception):  # noqa: N818 - what happened, as with the standard library's StopIteration
    """The line cannot be taken; the message says why."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True, eq=False)
class Take:
    """One accepted line on its way through the director."""

    id: str
    line: Line
    number: int  # order of arrival
    accepted: float
    speech: Speech
    sheet: CueSheet | None = None
    voice: float | None = None  # when the voice starts or would have started; None until it is known
    begun: float | None = None  # when the line was last taken up
    laid: float | None = None  # when its keyframes were last laid out in time
    played: float | None = None  # seconds of voice played before a preemption
    is_unheard: bool = False  # its audio is still being listened to, so that its end is not known

    @property
    def duration(self) -> float:
        """Seconds of the voice."""
        return self.speech.duration

    @property
    def rank(self) -> tuple[int, bool, int]:
        is_interrupting = self.line.when == "interrupt" and self.begun is None
        return (-self.line.priority, not is_interrupting, self.number)

    @property
    def deadline(self) -> float:
        return float("inf") if self.line.ttl is None else self.accepted + self.line.ttl

    @property
    def end(self) -> float:
        """When the line is over; while the voice has not started, when it is given up."""
        assert self.begun is not None
        if self.voice is None:
            return self.begun + SIGNAL_PATIENCE
        end = self.voice + self.duration
        return max(end, self.begun + HEARING_PATIENCE) if self.is_unheard else end


@dataclass(frozen=True, slots=True)
class Begin:
    """A take starts or resumes; `is_first` tells which."""

    take: Take
    is_first: bool


@dataclass(frozen=True, slots=True)
class Voice:
    """The voice of a playing take has started, or is known better."""

    take: Take


@dataclass(frozen=True, slots=True)
class End:
    """A take is over; `was_playing` tells whether the face showed it just now."""

    take: Take
    reason: Reason
    was_playing: bool


Event = Begin | Voice | End


@dataclass(slots=True)
class _Desk:
    """What one character plays and what waits for it."""

    playing: Take | None = None
    waiting: list[Take] = field(default_factory=list)
    alarm: float = float("inf")  # the earliest time at which the director will look here again

    def due(self) -> float:
        """When time alone will change something here."""
        times = [take.deadline for take in self.waiting]
        if self.playing:
            times.append(self.playing.end)
        return min(times, default=float("inf"))


class Director:
    """The lines of all characters."""

    def __init__(self) -> None:
        self._desks: dict[str, _Desk] = {}
        self._takes: dict[str, Take] = {}
        self._alarms: list[tuple[float, str]] = []
        self._changed: list[str] = []  # characters to look at whatever the time
        self._numbers = itertools.count(1)

    def submit(self, line: Line, now: float) -> tuple[Take, int]:
        """Takes a line in; returns it with the number of lines ahead of it, or raises Refused."""
        desk = self._desks.setdefault(line.character, _Desk())
        if line.id in self._takes:
            raise Refused(f"id {line.id!r} is still in use", "duplicate_id")
        if line.when == "if_idle" and (desk.playing or desk.waiting):
            raise Refused(f"{line.character} is not idle")
        if len(desk.waiting) >= MAX_WAITING:
            raise Refused(f"queue of {line.character} is full: {MAX_WAITING} lines wait")
        take = Take(line.id or self._new_id(), line, next(self._numbers), now, speech_of(line))
        self._takes[take.id] = take
        desk.waiting.append(take)
        self._set_alarm(line.character, desk.due())
        return take, self._position(take, desk)

    def find(self, line_id: str) -> Take | None:
        """The take of a line that waits or plays."""
        return self._takes.get(line_id)

    def plan(self, take: Take, sheet: CueSheet) -> None:
        """Hands a take its cue sheet; it can begin from now on."""
        take.sheet = sheet
        self._changed.append(take.line.character)

    def is_playing(self, take: Take) -> bool:
        """Whether a take is what its character shows just now."""
        desk = self._desks.get(take.line.character)
        return desk is not None and desk.playing is take

    def time(self, take: Take, speech: Speech) -> list[Event]:
        """Gives a take better timed speech; tells of it where it plays."""
        take.speech, take.is_unheard = speech, False
        desk = self._desks[take.line.character]
        self._set_alarm(take.line.character, desk.due())
        return [Voice(take)] if desk.playing is take else []

    def start_voice(self, line_id: str, now: float) -> list[Event]:
        """The game began to play the line's audio; raises KeyError for an unknown line."""
        take = self._takes[line_id]
        if take.line.delay != "signal" or take.voice is not None:
            return []
        take.voice = now
        desk = self._desks[take.line.character]
        self._set_alarm(take.line.character, desk.due())
        return [Voice(take)] if desk.playing is take else []

    def stop(self, character: str) -> list[Event]:
        """Ends everything that a character plays or was going to play."""
        desk = self._desks.get(character)
        if desk is None:
            return []
        takes = ([desk.playing] if desk.playing else []) + sorted(desk.waiting, key=lambda take: take.rank)
        playing, desk.playing, desk.waiting = desk.playing, None, []
        return [self._end(take, "stopped", take is playing) for take in takes]

    def advance(self, now: float) -> list[Event]:
        """Everything that time has changed up to `now`, which never goes backwards."""
        while self._alarms and self._alarms[0][0] <= now:
            time, character = heapq.heappop(self._alarms)
            if time == self._desks[character].alarm:  # an alarm that an earlier one replaced is stale
                self._desks[character].alarm = float("inf")
                self._changed.append(character)
        changed, self._changed = self._changed, []
        events: list[Event] = []
        for character in dict.fromkeys(changed):
            desk = self._desks[character]
            events += self._settle(desk, now)
            self._set_alarm(character, desk.due())
        return events

    def is_idle(self, character: str) -> bool:
        """Whether a character neither plays nor is about to."""
        desk = self._desks.get(character)
        return desk is None or not (desk.playing or desk.waiting)

    def _settle(self, desk: _Desk, now: float) -> list[Event]:
        events: list[Event] = []
        late = [take for take in desk.waiting if take.deadline <= now]
        for take in sorted(late, key=lambda take: take.number):
            desk.waiting.remove(take)
            events.append(self._end(take, "expired", False))
        if desk.playing and desk.playing.end <= now:
            reason: Reason = "expired" if desk.playing.voice is None else "done"
            events.append(self._end(desk.playing, reason, True))
            desk.playing = None
        while desk.waiting:
            take = min(desk.waiting, key=lambda take: take.rank)
            if take.sheet is None or not _may_begin(take, desk.playing):
                break
            desk.waiting.remove(take)
            if desk.playing:
                events += self._clear(desk, take, now)
            desk.playing = take
            events.append(_begin(take, now))
        return events

    def _clear(self, desk: _Desk, take: Take, now: float) -> list[Event]:
        """Makes room for a take: what plays is ended by an interrupt, preempted by a higher priority."""
        playing = desk.playing
        assert playing is not None
        if take.line.when == "interrupt" and take.begun is None:
            return [self._end(playing, "interrupted", True)]
        playing.played = None if playing.voice is None else now - playing.voice
        desk.waiting.append(playing)
        return []

    def _end(self, take: Take, reason: Reason, was_playing: bool) -> End:
        del self._takes[take.id]
        return End(take, reason, was_playing)

    def _set_alarm(self, character: str, time: float) -> None:
        desk = self._desks[character]
        if time < desk.alarm:
            desk.alarm = time
            heapq.heappush(self._alarms, (time, character))

    def _position(self, take: Take, desk: _Desk) -> int:
        ahead = sum(other.rank < take.rank for other in desk.waiting)
        return ahead + (desk.playing is not None and not _may_begin(take, desk.playing))

    def _new_id(self) -> str:
        return next(name for n in self._numbers if (name := f"line-{n}") not in self._takes)


def _may_begin(take: Take, playing: Take | None) -> bool:
    if playing is None or take.line.priority > playing.line.priority:
        return True
    is_interrupting = take.line.when == "interrupt" and take.begun is None
    return is_interrupting and take.line.priority == playing.line.priority


def _begin(take: Take, now: float) -> Begin:
    is_first = take.begun is None
    take.begun = now
    if take.played is not None:
        take.voice = now - take.played
    elif take.line.delay != "signal":
        take.voice = max(now, take.accepted + take.line.delay)
    return Begin(take, is_first)
