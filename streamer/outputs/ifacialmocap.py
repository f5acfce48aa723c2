"""One face a tick as the line of text that the app iFacialMocap sends."""

from protocols import ifacialmocap
from protocols.arkit import CHANNELS
from protocols.frames import Frame
from protocols.selection import safe, select
from streamer import config
from streamer.outputs.shares import Turns, face_of
from streamer.outputs.udp import Wire
from streamer.stats import Stats


class IFacialMocapOutput:
    """Shapes that are left out are not in the line; turns that are left out are 0, since receivers want all three."""

    def __init__(self, settings: config.IFacialMocap, stats: Stats) -> None:
        self._wire = Wire("ifacialmocap", settings.address, stats)
        self.name = self._wire.name
        self._character = settings.character
        self._turns = Turns(settings.rate)
        chosen = select(CHANNELS, settings.channels, flip=settings.flip, rename=config.renamed(settings))
        self._gains = chosen.gains
        names = zip(chosen.indices, chosen.names, strict=True)
        self._names = {CHANNELS[i]: name for i, name in names if CHANNELS[i] in ifacialmocap.NAMES}
        self._degrees = settings.degrees_per_unit or 1.0

    def send(self, frame: Frame) -> None:
        if not self._turns.is_next(frame.number):
            return
        face = face_of(frame, self._character)
        if face is not None:
            self._wire.send(ifacialmocap.encode(safe(face) * self._gains, self._names, self._degrees))

    def close(self) -> None:
        self._wire.close()
