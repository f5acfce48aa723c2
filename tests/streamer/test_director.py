import random
from dataclasses import dataclass

import pytest

from protocols.messages import Line
from streamer.cues import CueSheet
from streamer.director import MAX_WAITING, SIGNAL_PATIENCE, Begin, Director, End, Event, Refused, Take, Voice

SHEET = CueSheet(())


def line(id: str, **fields: object) -> Line:
    return Line(**({"character": "guard", "text": "Halt!", "duration": 2.0, "id": id} | fields))  # type: ignore[arg-type]


def submit(director: Director, now: float, id: str, **fields: object) -> Take:
    take, _ = director.submit(line(id, **fields), now)
    director.plan(take, SHEET)
    return take


def told(events: list[Event]) -> list[tuple[str, str]]:
    names = {Begin: "begin", Voice: "voice"}
    return [(e.take.id, e.reason if isinstance(e, End) else names[type(e)]) for e in events]


def test_lines_play_one_after_the_other() -> None:
    director = Director()
    submit(director, 0.0, "a"), submit(director, 0.0, "b")
    assert told(director.advance(0.0)) == [("a", "begin")]
    assert told(director.advance(1.99)) == []
    assert told(director.advance(2.0)) == [("a", "done"), ("b", "begin")]
    assert told(director.advance(4.0)) == [("b", "done")]
    assert director.is_idle("guard")


def test_the_position_counts_the_lines_ahead() -> None:
    director = Director()
    assert director.submit(line("a"), 0.0)[1] == 0
    assert director.submit(line("b"), 0.0)[1] == 1
    assert director.submit(line("c", priority=5), 0.0)[1] == 0


def test_an_interrupt_ends_what_plays_and_leaves_the_queue() -> None:
    director = Director()
    submit(director, 0.0, "a"), submit(director, 0.0, "b")
    director.advance(0.0)
    submit(director, 0.5, "c", when="interrupt")
    assert told(director.advance(0.5)) == [("a", "interrupted"), ("c", "begin")]
    assert told(director.advance(2.5)) == [("c", "done"), ("b", "begin")]


def test_an_interrupt_waits_for_a_higher_priority() -> None:
    director = Director()
    submit(director, 0.0, "shout", priority=2)
    director.advance(0.0)
    submit(director, 0.5, "chat"), submit(director, 0.6, "cut", when="interrupt")
    assert told(director.advance(0.6)) == []
    assert told(director.advance(2.0)) == [("shout", "done"), ("cut", "begin")]


def test_a_higher_priority_preempts_and_the_line_resumes_where_it_was() -> None:
    director = Director()
    low = submit(director, 0.0, "low")
    director.advance(0.0)
    submit(director, 0.5, "high", priority=1)
    assert told(director.advance(0.5)) == [("high", "begin")]
    (done, resumed) = director.advance(2.5)
    assert told([done, resumed]) == [("high", "done"), ("low", "begin")]
    assert isinstance(resumed, Begin) and not resumed.is_first and low.voice == 2.0
    assert told(director.advance(3.99)) == []
    assert told(director.advance(4.0)) == [("low", "done")]


def test_a_preempted_line_whose_time_to_live_is_over_expires() -> None:
    director = Director()
    submit(director, 0.0, "low", ttl=1.0)
    director.advance(0.0)
    submit(director, 0.5, "high", priority=1)
    assert told(director.advance(0.5)) == [("high", "begin")]
    assert told(director.advance(1.0)) == [("low", "expired")]


def test_a_line_that_waits_too_long_expires_and_one_that_plays_does_not() -> None:
    director = Director()
    submit(director, 0.0, "a", ttl=1.0), submit(director, 0.0, "b", ttl=1.0)
    director.advance(0.0)
    assert told(director.advance(1.5)) == [("b", "expired")]
    assert told(director.advance(2.0)) == [("a", "done")]


def test_if_idle_is_refused_while_anything_plays_or_waits() -> None:
    director = Director()
    submit(director, 0.0, "a", when="if_idle")
    with pytest.raises(Refused, match="guard is not idle"):
        director.submit(line("b", when="if_idle"), 0.0)
    director.advance(0.0), director.advance(2.0)
    submit(director, 2.0, "c", when="if_idle")


def test_a_line_that_is_not_planned_holds_its_place_and_disturbs_nothing() -> None:
    director = Director()
    submit(director, 0.0, "a")
    director.advance(0.0)
    cut, _ = director.submit(line("cut", when="interrupt"), 0.5)
    submit(director, 0.5, "b")
    assert told(director.advance(1.0)) == []
    assert told(director.advance(2.0)) == [("a", "done")]
    director.plan(cut, SHEET)
    assert told(director.advance(2.1)) == [("cut", "begin")]


def test_a_delayed_voice_moves_the_end_but_not_the_beginning() -> None:
    director = Director()
    take = submit(director, 0.0, "a", delay=0.5)
    assert told(director.advance(0.0)) == [("a", "begin")] and take.voice == 0.5
    assert told(director.advance(2.0)) == []
    assert told(director.advance(2.5)) == [("a", "done")]


def test_a_delay_has_passed_when_the_line_has_waited_longer() -> None:
    director = Director()
    submit(director, 0.0, "a")
    late = submit(director, 0.0, "b", delay=0.5)
    director.advance(0.0), director.advance(2.0)
    assert late.voice == 2.0


def test_a_signalled_line_lasts_from_its_signal() -> None:
    director = Director()
    submit(director, 0.0, "a", delay="signal")
    director.advance(0.0)
    assert told(director.advance(5.0)) == []
    assert told(director.start_voice("a", 5.0)) == [("a", "voice")]
    assert director.start_voice("a", 5.5) == []
    assert told(director.advance(7.0)) == [("a", "done")]


def test_a_signal_that_never_comes_ends_the_line() -> None:
    director = Director()
    submit(director, 0.0, "a", delay="signal")
    director.advance(0.0)
    assert told(director.advance(SIGNAL_PATIENCE)) == [("a", "expired")]


def test_stop_ends_everything_of_one_character_once() -> None:
    director = Director()
    submit(director, 0.0, "a"), submit(director, 0.0, "b"), submit(director, 0.0, "c", character="smith")
    director.advance(0.0)
    assert told(director.stop("guard")) == [("a", "stopped"), ("b", "stopped")]
    assert director.stop("guard") == [] and director.stop("nobody") == []
    assert told(director.advance(9.0)) == [("c", "done")]


def test_an_id_in_use_and_a_full_queue_are_refused() -> None:
    director = Director()
    for number in range(MAX_WAITING):
        submit(director, 0.0, str(number))
    with pytest.raises(Refused, match="still in use"):
        director.submit(line("3"), 0.0)
    with pytest.raises(Refused, match="queue of guard is full: 64 lines wait"):
        director.submit(line("one more"), 0.0)
    with pytest.raises(KeyError):
        director.start_voice("nobody", 0.0)


def test_alarms_do_not_pile_up() -> None:
    director = Director()
    for number in range(2000):
        now = number * 0.1
        submit(director, now, str(number), when="interrupt", ttl=1000.0, duration=300.0)
        director.advance(now)
    assert len(director._alarms) < 10


@dataclass
class Model:
    """One line of the reference scheduler."""

    id: str
    character: str
    priority: int
    is_interrupt: bool
    number: int
    deadline: float
    duration: float
    remaining: float | None = None  # set once it has begun


class Reference:
    """The rules of the director written down naively: everything is looked at on every step."""

    def __init__(self) -> None:
        self.waiting: list[Model] = []
        self.playing: dict[str, tuple[Model, float]] = {}  # and when it ends
        self.log: list[tuple[str, str]] = []

    def advance(self, now: float) -> None:
        for character in sorted({m.character for m in self.waiting} | set(self.playing)):
            self._advance(character, now)

    def stop(self, character: str) -> None:
        if character in self.playing:
            self.log.append((self.playing.pop(character)[0].id, "stopped"))
        self.log += [(m.id, "stopped") for m in self._queue(character)]
        self.waiting = [m for m in self.waiting if m.character != character]

    def _queue(self, character: str) -> list[Model]:
        mine = [m for m in self.waiting if m.character == character]
        return sorted(mine, key=lambda m: (-m.priority, not (m.is_interrupt and m.remaining is None), m.number))

    def _advance(self, character: str, now: float) -> None:
        late = [m for m in self.waiting if m.character == character and m.deadline <= now]
        for model in sorted(late, key=lambda m: m.number):
            self.waiting.remove(model)
            self.log.append((model.id, "expired"))
        if character in self.playing and self.playing[character][1] <= now:
            self.log.append((self.playing.pop(character)[0].id, "done"))
        for model in self._queue(character):
            current = self.playing.get(character)
            if current is not None:
                other, end = current
                cuts = model.is_interrupt and model.remaining is None and model.priority >= other.priority
                if cuts:
                    self.log.append((other.id, "interrupted"))
                elif model.priority > other.priority:
                    other.remaining = end - now
                    self.waiting.append(other)
                else:
                    return
            self.waiting.remove(model)
            self.log.append((model.id, "begin"))
            rest = model.duration if model.remaining is None else model.remaining
            model.remaining = rest
            self.playing[character] = (model, now + rest)


@pytest.mark.parametrize("seed", range(12))
def test_the_director_does_what_the_reference_scheduler_does(seed: int) -> None:
    chance = random.Random(seed)
    director, reference = Director(), Reference()
    log: dict[str, list[tuple[str, str]]] = {"x": [], "y": []}
    accepted: set[str] = set()
    now = 0.0
    for number in range(1500):
        now += chance.choice([0.0, 0.125, 0.125, 0.25, 1.0])  # exact in binary, so that both agree on equal times
        character = chance.choice("xy")
        events: list[Event] = []
        if chance.random() < 0.5:
            fields = {
                "character": character,
                "when": chance.choice(["queue", "queue", "interrupt", "if_idle"]),
                "priority": chance.randrange(3),
                "duration": chance.choice([0.25, 1.0, 3.0]),
                "ttl": chance.choice([None, 0.5, 2.0]),
            }
            try:
                take = submit(director, now, str(number), **fields)
            except Refused:
                assert (
                    fields["when"] == "if_idle"
                    or len([m for m in reference.waiting if m.character == character]) >= MAX_WAITING
                )
            else:
                accepted.add(take.id)
                reference.waiting.append(
                    Model(take.id, character, take.line.priority, take.line.when == "interrupt", number,
                          take.deadline, take.duration)
                )  # fmt: skip
        elif chance.random() < 0.05:
            events += director.stop(character)
            reference.stop(character)
        events += director.advance(now)
        reference.advance(now)
        for event in events:
            log[event.take.line.character] += told([event])
    for character in "xy":
        for event in director.stop(character):
            log[character] += told([event])
        reference.stop(character)
    everything = log["x"] + log["y"]
    mine = {m for m, _ in everything}
    assert sorted(everything) == sorted(reference.log)
    for character in "xy":
        ours = set(log[character])
        assert log[character] == [entry for entry in reference.log if entry in ours]
    ends = [id for id, what in everything if what != "begin"]
    assert sorted(ends) == sorted(accepted) and mine == accepted
