"""One face a tick as the face tracking parameters of a VRChat avatar."""

from protocols import vrchat
from protocols.frames import Frame
from protocols.selection import radian, select
from streamer import config
from streamer.outputs.shares import Turns, face_of
from streamer.outputs.udp import Wire
from streamer.stats import Stats


class VrChatOutput:
    """All parameters that ARKit's channels say something about, or the chosen ones."""

    def __init__(self, settings: config.VrChat, stats: Stats) -> None:
        self._wire = Wire("vrchat", settings.address, stats)
        self.name = self._wire.name
        self._character = settings.character
        self._turns = Turns(settings.rate)
        self._chosen = select(
            vrchat.NAMES,
            settings.channels,
            flip=settings.flip,
            rename=config.renamed(settings),
            gains=dict.fromkeys(vrchat.ANGLES, radian(settings.degrees_per_unit)),
        )
        self._messages = vrchat.Messages(self._chosen.names, settings.prefix)

    def send(self, frame: Frame) -> None:
        if not self._turns.is_next(frame.number):
            return
        face = face_of(frame, self._character)
        if face is None:
            return
        for datagram in self._messages.fill(self._chosen.pick(vrchat.parameters(face))):
            self._wire.send(datagram)

    def close(self) -> None:
        self._wire.close()
