"""facecue replay: a take, ours or a phone's, to whatever the settings send faces to; needs no driver."""

import argparse
import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from protocols import livelink, timecodes
from protocols.errors import DecodeError
from protocols.recording import Recording
from streamer import config, takes
from streamer.app import make_outputs
from streamer.arguments import above_zero, address
from streamer.cli import FINE, USAGE, UserError
from streamer.inputs.websocket import listen
from streamer.outputs.udp import Output
from streamer.player import Cinema, play
from streamer.stats import Stats

SUBJECT: Final = "Facecue"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("take", metavar="TAKE", help="as Live Link Face, facecue render or facecue record write it")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML, whose outputs get the take")
    parser.add_argument("--livelink", action="append", type=address, metavar="HOST:PORT",
                        help="where Unreal listens (127.0.0.1:11111 unless --vmc or --config is given)")  # fmt: skip
    parser.add_argument("--vmc", action="append", type=address, metavar="HOST:PORT",
                        help="where a VMC receiver listens (port 39539)")  # fmt: skip
    parser.add_argument(
        "--port", type=int, help="show it over WebSocket and on the preview page, too; 0 takes a free one"
    )
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
        if not outputs and options.port is None:
            raise UserError("the settings have no output to send the take to", USAGE)
        with contextlib.suppress(KeyboardInterrupt):  # where Ctrl-C cannot be a signal of the loop
            asyncio.run(_show(take, outputs, settings, options, stats))
    for output in outputs:
        print(f"{output.name}: {stats.sent[output.name]} packets sent, {stats.dropped[output.name]} dropped")
    if stats.skipped:
        print(f"{stats.skipped} frames came too late and were left out")
    return FINE


def _outputs(settings: config.Settings, stats: Stats) -> list[Output]:
    try:
        return make_outputs(settings, stats)
    except config.ConfigError as error:
        raise UserError(str(error)) from error


async def _show(
    take: Recording, outputs: Sequence[Output], settings: config.Settings, options: argparse.Namespace, stats: Stats
) -> None:
    """Plays the take, for whoever connects too where a port is open."""
    character = settings.character[0].name
    if options.port is None:
        await play(take, outputs, character, stats, options.speed, options.loop)
        return
    cinema = Cinema(character, stats)
    try:
        async with listen(settings, cinema) as port:
            print(f"facecue: showing {options.take} on ws://{settings.host}:{port}", flush=True)
            await play(take, [*outputs, cinema.audience], character, stats, options.speed, options.loop)
    except config.ConfigError as error:
        raise UserError(str(error)) from error


def _settings(options: argparse.Namespace) -> config.Settings:
    """The file's outputs, or Live Link to this machine; flags go over them, kind by kind; raises ConfigError."""
    settings = config.load(options.config) if options.config else config.Settings()
    if options.livelink or (options.vmc and not options.config):
        settings = replace(settings, livelink=tuple(map(config.LiveLink, options.livelink or ())))
    if options.vmc:
        settings = replace(settings, vmc=tuple(map(config.Vmc, options.vmc)))
    settings = replace(settings, port=settings.port if options.port is None else options.port)
    name = options.character or next((c.name for c in settings.character), SUBJECT)
    ours = next((c for c in settings.character if c.name == name), config.Character(name))
    others = tuple(c for c in settings.character if c.name != name)
    settings = replace(settings, character=(replace(ours, subject=options.subject or ours.subject), *others))
    config.check(settings)
    return settings
