"""facecue replay: a Live Link Face CSV, ours or a phone's, to an engine; needs no driver."""

import argparse
import asyncio
import contextlib
import math
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Final

import numpy as np

from protocols import livelink, recording
from protocols.arkit import Floats
from protocols.errors import DecodeError
from protocols.frames import Frame
from protocols.recording import Recording
from streamer import config, files
from streamer.arguments import above_zero, address
from streamer.cli import FINE, USAGE, UserError
from streamer.clock import ticks
from streamer.outputs.udp import LiveLinkOutput, Output, VmcOutput
from streamer.performance import FPS
from streamer.progress import Progress
from streamer.stats import Stats
from streamer.stopping import until_stopped

SUBJECT: Final = "Facecue"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("take", metavar="take.csv", help="as Live Link Face, facecue render or facecue record write it")
    parser.add_argument("--livelink", action="append", type=address, metavar="HOST:PORT",
                        help="where Unreal listens (127.0.0.1:11111 unless --vmc is given)")  # fmt: skip
    parser.add_argument("--vmc", action="append", type=address, metavar="HOST:PORT",
                        help="where a VMC receiver listens (port 39539)")  # fmt: skip
    parser.add_argument("--subject", default=SUBJECT, metavar="NAME", help=f"the Live Link subject ({SUBJECT})")
    parser.add_argument("--speed", type=above_zero, default=1.0, help="2 is twice as fast (1)")
    parser.add_argument("--loop", action="store_true", help="begin again at the end, until Ctrl-C")


def run(options: argparse.Namespace) -> int:
    try:
        livelink.check_subject(options.subject)
    except DecodeError as error:
        raise UserError(f"--subject: {error}", USAGE) from error
    take = _read(options.take)
    stats = Stats()
    with ExitStack() as stack:
        outputs = _outputs(options, stats)
        for output in outputs:
            stack.enter_context(closing(output))
        with contextlib.suppress(KeyboardInterrupt):  # where Ctrl-C cannot be a signal of the loop
            asyncio.run(_play(take, outputs, options, stats))
    for output in outputs:
        print(f"{output.name}: {stats.sent[output.name]} packets sent, {stats.dropped[output.name]} dropped")
    if stats.skipped:
        print(f"{stats.skipped} frames came too late and were left out")
    return FINE


def face_at(take: Recording, time: float) -> Floats:
    """The face (61,) at some seconds of a take, linear between its rows."""
    after = int(np.searchsorted(take.times, time, side="right"))
    if after in (0, len(take.times)):
        return np.asarray(take.values[max(after - 1, 0)], np.float32)
    begin, end = take.times[after - 1 : after + 1]
    share = np.float32((time - begin) / (end - begin))
    return np.asarray(take.values[after - 1] + share * (take.values[after] - take.values[after - 1]), np.float32)


async def _play(take: Recording, outputs: Sequence[Output], options: argparse.Namespace, stats: Stats) -> None:
    """One frame a tick, by the time of the take: a late tick leaves rows out, it slows nothing down."""
    length = float(take.times[-1]) + 1 / take.fps  # the last row stands for a frame, too
    last = math.ceil(length * FPS / options.speed - 1e-6)
    first: int | None = None
    with Progress("frames") as progress:
        async with until_stopped():
            async for tick in ticks(FPS):
                first = tick.number if first is None else first
                stats.skipped += tick.skipped if tick.number > first else 0
                number = tick.number - first
                if number >= last and not options.loop:
                    return
                time = number / FPS * options.speed
                values = face_at(take, time % length)[None]
                for output in outputs:
                    output.send(Frame(number, number, number / FPS, (options.subject,), values))
                progress.advance(1 + tick.skipped, None if options.loop else (number + 1) / last)


def _read(name: str) -> Recording:
    with files.reading(name) as stream:
        try:
            return recording.decode(stream.read(recording.MAX_BYTES + 1))
        except DecodeError as error:
            raise UserError(f"{name}: {error}") from error
        except OSError as error:
            raise UserError(f"cannot read {name}: {error.strerror}") from error


def _outputs(options: argparse.Namespace, stats: Stats) -> list[Output]:
    links = options.livelink or ([] if options.vmc else [config.LiveLink().address])
    try:
        outputs: list[Output] = [LiveLinkOutput(config.LiveLink(link), {}, stats) for link in links]
        return outputs + [VmcOutput(config.Vmc(avatar), stats) for avatar in options.vmc or ()]
    except config.ConfigError as error:
        raise UserError(str(error)) from error
