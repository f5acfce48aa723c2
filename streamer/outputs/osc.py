"""Faces as plain OSC messages, for whatever takes floats by name."""

from protocols import plain
from protocols.arkit import CHANNELS, ROTATIONS
from protocols.frames import Frame
from protocols.selection import radian, safe, select
from streamer import config
from streamer.outputs.shares import Turns
from streamer.outputs.udp import Wire
from streamer.stats import Stats


class OscOutput:
    """Every channel of every wanted face as a message of its own, all in a row, or both."""

    def __init__(self, settings: config.Osc, stats: Stats) -> None:
        self._wire = Wire("osc", settings.address, stats)
        self.name = self._wire.name
        self._settings = settings
        self._turns = Turns(settings.rate)
        self._chosen = select(
            CHANNELS,
            settings.channels,
            flip=settings.flip,
            rename=config.renamed(settings),
            gains=dict.fromkeys(ROTATIONS, radian(settings.degrees_per_unit)),
        )
        self._messages: dict[str, plain.Messages] = {}  # by character

    def send(self, frame: Frame) -> None:
        if not self._turns.is_next(frame.number):
            return
        for name, row in zip(frame.names, frame.values, strict=True):
            if "*" not in self._settings.characters and name not in self._settings.characters:
                continue
            for datagram in self._of(name).fill(self._chosen.pick(safe(row))):
                self._wire.send(datagram)
            if plain.CHARACTER not in self._settings.prefix:  # the receiver could not tell a second face from it
                return

    def close(self) -> None:
        self._wire.close()

    def _of(self, character: str) -> plain.Messages:
        if character not in self._messages:
            prefix = plain.address(self._settings.prefix, character)
            self._messages[character] = plain.Messages(prefix, self._chosen.names, self._settings.layout)
        return self._messages[character]
