"""facecue replay: a take, ours or a phone's, to whatever the settings send faces to; needs no driver."""

import argparse
import asyncio
import contextlib
import math
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from protocols import livelink, recording, timecodes
from protocols.errors import DecodeError
from protocols.frames import Frame
from protocols.recording import Recording
from streamer import config, takes
from streamer.app import make_outputs
from streamer.arguments import above_zero, address
from streamer.cli import FINE, USAGE, UserError
from streamer.clock import ticks
from streamer.outputs.udp import Output
from streamer.performance import FPS
from streamer.progress import Progress
from streamer.stats import Stats
from streamer.stopping import until_stopped

SUBJECT: Final = "Facecue"
_SAME: Final = 1e-6  # of a frame: two times that rounding alone tells apart


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("take", metavar="TAKE", help="as Live Link Face, facecue render or facecue record write it")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML, whose outputs get the take")
    parser.add_argument("--livelink", action="append", type=address, metavar="HOST:PORT",
                        help="where Unreal listens (127.0.0.1:11111 unless --vmc or --config is given)")  # fmt: skip
    parser.add_argument("--vmc", action="append", type=address, metavar="HOST:PORT",
                        help="where a VMC receiver listens (port 39539)")  # fmt: skip
    parser.add_argument("--character", metavar="NAME", help=f"whose face it is (the first of the file, or {SUBJECT})")
    parser.add_argument("--subject", metavar="NAME", help="the Live Link subject (the character's)")
    parser.add_argument("--fps", choices=timecodes.RATES, metavar="N",
                        help="what the take's timecode counts; told from its rhythm, but for 59.94")  # fmt: skip
    parser.add_argument("--speed", type=above_zero, default=1.0, help="2 is twice as fast (1)")
    parser.add_argument("--loop", action="store_true", help="begin again at the end, until Ctrl-C")


def run(options: argparse.Namespace) -> int:
    try:
        if options.subject is not None:
            livelink.check_subject(options.subject)
    except DecodeError as error:
        raise UserError(f"--subject: {error}", USAGE) from error
    try:
        settings = _settings(options)
    except config.ConfigError as error:
        raise UserError(str(error), USAGE) from error
    take = takes.read(options.take, options.fps and timecodes.RATES[options.fps])
    stats = Stats()
    with ExitStack() as stack:
        outputs = _outputs(settings, stats)
        for output in outputs:
            stack.enter_context(closing(output))
        with contextlib.suppress(KeyboardInterrupt):  # where Ctrl-C cannot be a signal of the loop
            asyncio.run(play(take, outputs, settings.character[0].name, stats, options.speed, options.loop))
    for output in outputs:
        print(f"{output.name}: {stats.sent[output.name]} packets sent, {stats.dropped[output.name]} dropped")
    if stats.skipped:
        print(f"{stats.skipped} frames came too late and were left out")
    return FINE


async def play(
    take: Recording, outputs: Sequence[Output], character: str, stats: Stats, speed: float = 1.0, is_loop: bool = False
) -> None:
    """One frame a tick, by the time of the take: a late tick leaves rows out, it slows nothing down."""
    frames = take.length * FPS / speed  # of one time through
    last = math.ceil(frames - _SAME)
    first: int | None = None
    with Progress("frames") as progress:
        async with until_stopped():
            async for tick in ticks(FPS):
                first = tick.number if first is None else first
                stats.skipped += tick.skipped if tick.number > first else 0
                number = tick.number - first
                if number >= last and not is_loop:
                    return
                at = (number + _SAME) % frames - _SAME  # where rounding falls short, the loop has begun again
                values = recording.sample(take, np.array([at / FPS * speed]))
                for output in outputs:
                    output.send(Frame(number, number, number / FPS, (character,), values))
                progress.advance(1 + tick.skipped, None if is_loop else (number + 1) / last)


def _outputs(settings: config.Settings, stats: Stats) -> list[Output]:
    try:
        outputs = make_outputs(settings, stats)
    except config.ConfigError as error:
        raise UserError(str(error)) from error
    if not outputs:
        raise UserError("the settings have no output to send the take to", USAGE)
    return outputs


def _settings(options: argparse.Namespace) -> config.Settings:
    """The file's outputs, or Live Link to this machine; flags go over them, kind by kind; raises ConfigError."""
    settings = config.load(options.config) if options.config else config.Settings()
    if options.livelink or (options.vmc and not options.config):
        settings = replace(settings, livelink=tuple(map(config.LiveLink, options.livelink or ())))
    if options.vmc:
        settings = replace(settings, vmc=tuple(map(config.Vmc, options.vmc)))
    name = options.character or next((c.name for c in settings.character), SUBJECT)
    ours = next((c for c in settings.character if c.name == name), config.Character(name))
    others = tuple(c for c in settings.character if c.name != name)
    settings = replace(settings, character=(replace(ours, subject=options.subject or ours.subject), *others))
    config.check(settings)
    return settings
