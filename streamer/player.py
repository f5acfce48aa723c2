"""A take that plays by itself: its faces to outputs, and to whoever watches over WebSocket."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from websockets.asyncio.server import ServerConnection

from protocols import messages, recording
from protocols.arkit import CHANNELS
from protocols.errors import DecodeError
from protocols.frames import Frame
from protocols.recording import Recording
from streamer.app import PROTOCOL_VERSION
from streamer.clock import ticks
from streamer.outputs.udp import Output
from streamer.outputs.websocket import Audience
from streamer.performance import FPS
from streamer.progress import Progress
from streamer.stats import Stats
from streamer.stopping import until_stopped

_SAME: Final = 1e-6  # of a frame: two times that rounding alone tells apart


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
                stats.frames += 1
                progress.advance(1 + tick.skipped, None if is_loop else (number + 1) / last)


class Cinema:
    """Where clients see a take as they see a driver's stage, and can do nothing but watch."""

    def __init__(self, character: str, stats: Stats) -> None:
        self.audience = Audience(stats)
        self._character = character
        self.stats = stats

    def hello(self) -> messages.Hello:
        units = {"shapes": "0..1", "rotations": "radians"}
        return messages.Hello(PROTOCOL_VERSION, FPS, CHANNELS, units, (self._character,), "a take")

    def receive(self, message: messages.ToFacecue, sender: ServerConnection) -> None:
        if isinstance(message, messages.Subscribe):
            self.audience.subscribe(sender, message)
            return
        line_id = message.id if isinstance(message, messages.Line) else None
        self.audience.tell([sender], messages.encode(messages.Error("replaying", "a take plays, nobody acts", line_id)))

    def reject(self, error: DecodeError, sender: ServerConnection) -> None:
        """Answers a message that could not be read."""
        self.audience.tell([sender], messages.encode(messages.Error(error.code, str(error), error.line_id)))

    def health(self) -> dict[str, object]:
        return {
            "status": "ok",
            "fps": FPS,
            "characters": 1,
            "clients": len(self.audience),
            "frames": self.stats.frames,
        }

    def metrics(self) -> str:
        return self.stats.page(1, len(self.audience))
