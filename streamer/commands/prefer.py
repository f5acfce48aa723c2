"""facecue prefer: two takes of every line of a sheet side by side on a page, and which of them was liked better."""

import argparse
import asyncio
import hashlib
import math
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from protocols import messages
from protocols.arkit import by_name
from protocols.profiles import Profile
from streamer import app, config, files, sheets
from streamer.brain.loading import RULES, VARIABLE
from streamer.brain.rules import Rules
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.contest import LEFT, RIGHT, Contest, Jury
from streamer.cues import Brain, CueSheet, Prompt
from streamer.preferences import PLANNED, Choice, Choices, Pair, Take
from streamer.progress import Progress
from streamer.variations import SAME, difference, vary

PAGE: Final = "prefer"
GRACE: Final = 5.0  # seconds after the last choice, in which it can be taken back
_STILL: Final = Profile(still=0.0)  # no blink or glance makes one of two faces the better one
_NAMED: Final = 100  # characters of a model's own name that are kept
_Z: Final = 1.96  # of a 95 % interval
_SHOWN: Final = 5  # ids that a remark names


@dataclass(frozen=True, slots=True)
class Contestant:
    """A brain, and the name that its takes bear in the file."""

    brain: Brain
    model: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sheet", metavar="LINES.jsonl", help='{"id", "line", "emotion", "background"} a line')
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE",
                        help="the choices, JSON lines; what it holds already is not asked again")  # fmt: skip
    parser.add_argument("--model", action="append", metavar="PATH", help='a model file (the shipped one), or "rules"; '
                        "given twice, the two play against each other")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws the sides and the variations (0)")
    parser.add_argument("--port", type=int, default=8765, help="of the page (8765); 0 takes a free one")


def run(options: argparse.Namespace) -> int:
    lines = list(_lines(options.sheet))
    contestants = _contestants(options.model or [""])
    with Choices(options.output) as choices:
        _check(choices, lines, contestants, options)
        known = {choice.pair.id: choice.pair for choice in choices.made}
        pairs = list(_pairs(lines, known, contestants, options.seed))
        if not pairs:
            raise UserError(f"{options.sheet} has no line with two takes that one can tell apart")
        contest = Contest(pairs, choices)
        if contest.current:
            _serve(contest, options)
        print(_summary(choices.made, len(pairs)))
        print(f"{options.output} has the choices; next: " + (
            "the same command goes on" if contest.current else f"python -m train prefer {options.output}"))  # fmt: skip
    return FINE


def _lines(name: str) -> Iterator[messages.Line]:
    """The lines of a sheet; raises UserError at the first that cannot be used."""
    seen: dict[str, int] = {}
    with files.reading(name) as sheet:
        for item in sheets.items(sheet, LEFT):
            if isinstance(item, sheets.Mistake):
                raise UserError(f"{name}: {item}", USAGE)
            line, where = item.line, f"{name}: line {item.number}"
            assert line.id is not None
            if line.keyframes:
                raise UserError(f"{where}: keyframes are given, expected a line that is still to be planned", USAGE)
            if line.id in seen:
                raise UserError(f"{where}: id {line.id!r} is that of line {seen[line.id]}, too", USAGE)
            if len(seen) == messages.MAX_PAIRS:
                raise UserError(f"{name} has more than {messages.MAX_PAIRS} lines", USAGE)
            seen[line.id] = item.number
            yield line
    if not seen:
        raise UserError(f"{name} has no lines, expected one JSON object a line", USAGE)


def _contestants(models: Sequence[str]) -> list[Contestant]:
    """The models that plan, one or two; raises UserError."""
    if len(models) > 2:
        raise UserError(f"{len(models)} models are given, expected one or two", USAGE)
    contestants = [_contestant(model) for model in models]
    if len({one.model for one in contestants}) < len(contestants):
        raise UserError(f"{models[0]} and {models[1]} are the same model ({contestants[0].model}): "
                        "name one of them to compare its variations", USAGE)  # fmt: skip
    return contestants


def _contestant(model: str) -> Contestant:
    model = model or os.environ.get(VARIABLE, "")
    if model == RULES:
        return Contestant(Rules(), RULES)
    try:
        from streamer.brain.model import WEIGHTS, Model  # what runs it is not there on every machine

        path = Path(model) if model else WEIGHTS
        brain = Model(path)
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    except (ImportError, RuntimeError, OSError) as error:
        raise UserError(str(error), USAGE) from error
    name = " ".join(brain.name.split())[:_NAMED] or "model"
    return Contestant(brain, f"{name} {mark}")


def _check(
    choices: Choices, lines: Sequence[messages.Line], contestants: Sequence[Contestant], options: argparse.Namespace
) -> None:
    """Refuses choices that are about other lines or other models; raises UserError."""
    words = {line.id: (line.text, line.emotion, line.background) for line in lines}
    models = {one.model for one in contestants}
    seen: set[str] = set()
    for number, choice in enumerate(choices.made, 1):
        pair, where = choice.pair, f"{options.output}:{number}"
        if words.get(pair.id) != (pair.line, pair.emotion, pair.background):
            what = "has other words in" if pair.id in words else "is not in"
            raise UserError(f"{where}: {pair.id!r} {what} {options.sheet}; name another file with -o", USAGE)
        if pair.id in seen:
            raise UserError(f"{where}: {pair.id!r} was chosen before in the same file", USAGE)
        if {pair.left.model, pair.right.model} != models:
            theirs = " and ".join(sorted({pair.left.model, pair.right.model}))
            raise UserError(f"{where}: the takes are of {theirs}, got {' and '.join(sorted(models))}; "
                            "name another file with -o", USAGE)  # fmt: skip
        seen.add(pair.id)


def _pairs(
    lines: Sequence[messages.Line], known: dict[str, Pair], contestants: Sequence[Contestant], seed: int
) -> Iterator[Pair]:
    """Every line with two takes on shuffled sides, those that are chosen as they were; says what could not be told."""
    forced: list[str] = []
    alike: list[str] = []
    with Progress("lines") as progress:
        for done, line in enumerate(lines, 1):
            assert line.id is not None
            if line.id in known:
                yield known[line.id]
                continue
            chance = Random(f"{seed} {line.id}")
            takes, is_forced = _takes(line, contestants, chance)
            (forced if is_forced else []).append(line.id)
            if takes:
                chance.shuffle(takes)
                yield Pair(line.id, line.text, line.emotion, line.background, *takes)
            else:
                alike.append(line.id)
            progress.advance(1, done / len(lines))
    if forced:
        print(f"{_counted(forced)}: nothing moderate could be seen, so all of the face is varied much")
    if alike:
        print(f"{_counted(alike)}: left out, the two takes look the same")


def _takes(line: messages.Line, contestants: Sequence[Contestant], chance: Random) -> tuple[list[Take], bool]:
    """Two takes, none where they look the same; and whether they had to be driven apart."""
    prompt = Prompt(line.text, line.emotion, line.background)
    sheets = [one.brain.plan([prompt])[0] for one in contestants]
    planned = [_take(one.model, PLANNED, sheet) for one, sheet in zip(contestants, sheets, strict=True)]
    if len(planned) == 2:
        return (planned if difference(*sheets) >= SAME else []), False
    variation = vary(contestants[0].brain, prompt, sheets[0], chance)
    if variation is None:
        return [], False
    return [*planned, _take(contestants[0].model, variation.how, variation.sheet)], variation.is_forced


def _take(model: str, how: str, sheet: CueSheet) -> Take:
    return Take(model, how, tuple(
        messages.PlannedKeyframe(k.at, k.onset, k.text, by_name(k.values)) for k in sheet.keyframes))  # fmt: skip


def _counted(ids: Sequence[str]) -> str:
    named = ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
    return f"{len(ids)} line{'s' if len(ids) > 1 else ''} ({named})"


def _serve(contest: Contest, options: argparse.Namespace) -> None:
    settings = config.Settings(
        port=options.port, livelink=(), model=RULES, profile=_STILL,
        character=(config.Character(LEFT), config.Character(RIGHT)),
    )  # fmt: skip
    try:
        config.check(settings)
    except config.ConfigError as error:
        raise UserError(str(error), USAGE) from error
    try:
        asyncio.run(show(contest, settings))
    except config.ConfigError as error:
        raise UserError(str(error), FAILED) from error


async def show(contest: Contest, settings: config.Settings) -> None:
    """Serves the page until all is chosen, or until Ctrl-C."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except (NotImplementedError, RuntimeError):  # Windows, or not the main thread: Ctrl-C raises as ever
            break

    def tell(port: int, driver: app.Driver) -> None:
        told = contest.told()
        print(f"choose on http://{settings.host}:{port}/{PAGE}: {told.number} of {told.total} is next; Ctrl-C ends, "
              "the same command goes on", flush=True)  # fmt: skip

    running = asyncio.create_task(
        app.run(settings, stopping, tell, house=lambda driver: Jury(driver, contest)), name="driver"
    )
    ending = asyncio.create_task(_end(contest, stopping), name="end")
    try:
        await running
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)


async def _end(contest: Contest, stopping: asyncio.Event) -> None:
    """Stops a while after the last choice, unless it is taken back."""
    while True:
        await contest.is_over.wait()
        await asyncio.sleep(GRACE)
        if contest.is_over.is_set():
            stopping.set()
            return


def _summary(choices: Sequence[Choice], total: int) -> str:
    """Who won how often, of the pairs where one did."""
    decided = [choice for choice in choices if choice.winner]
    same = len(choices) - len(decided)
    rows = [f"{len(choices)} of {total} chosen, {same} of them the same"]
    won = Counter(name for choice in decided if choice.winner for name in [_name(choice, choice.winner)])
    met = Counter(_name(choice, take) for choice in decided for take in (choice.pair.left, choice.pair.right))
    width = max(map(len, met), default=0)
    for name, count in met.most_common():
        low, high = interval(won[name], count)
        rows.append(f"  {name:<{width}}  liked better {won[name]} of {count} times, {won[name] / count:.0%} "
                    f"(95 %: {low:.0%} to {high:.0%})")  # fmt: skip
    return "\n".join(rows)


def _name(choice: Choice, take: Take) -> str:
    """What tells a take from the other one: its model, or what was changed of the plan."""
    return take.how if choice.pair.left.model == choice.pair.right.model else take.model


def interval(won: int, met: int) -> tuple[float, float]:
    """Wilson's interval of 95 % about a share."""
    share, z = won / met, _Z**2 / met
    middle, half = share + z / 2, _Z * math.sqrt(share * (1 - share) / met + z / (4 * met))
    return max((middle - half) / (1 + z), 0.0), min((middle + half) / (1 + z), 1.0)
