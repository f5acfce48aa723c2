"""What clients have sent and nobody has taken yet: bounded over all connections together.

A message may be large, and a client may stop in the middle of one; a crowd that does must not fill the memory.
"""

import logging
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode

from streamer.inputs import door

_log = logging.getLogger(__name__)
MAX_UNTAKEN: Final = 8 * door.MAX_BYTES  # some lines with all their audio at the same moment
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_REASON: Final = "too much is being sent at once, and this was longest on its way"
_PATIENCE: Final = 0.5  # seconds to hear the reason before the connection is cut


class Intake:
    """The bytes that connections hold; where these are too many, those go that held most for longest."""

    def __init__(self) -> None:
        self._holding: set[Connection] = set()
        self._bytes = 0

    def note(self, connection: "Connection", change: int) -> None:
        """Takes note of so many bytes more, or less, in a connection."""
        self._bytes += change
        if connection.untaken:
            self._holding.add(connection)
        else:
            self._holding.discard(connection)
        while self._bytes > MAX_UNTAKEN:
            max(self._holding, key=Connection.burden).turn_away()


class Connection(ServerConnection):
    """A connection that counts what it holds: a message in part, and those that wait for their turn."""

    def __init__(self, intake: Intake, *rest: Any, **options: Any) -> None:  # Any: what the library passes on
        super().__init__(*rest, **options)
        self.untaken = 0  # bytes
        self._intake = intake
        self._since = 0.0  # when it began to hold something
        self._is_over = False

    def burden(self) -> float:
        """Bytes times the seconds of holding them."""
        return self.untaken * (self.loop.time() - self._since)

    async def recv(self, decode: bool | None = None) -> Any:  # Any: as the library has it, by `decode`
        data = await super().recv(decode)
        self._hold(-len(data if isinstance(data, bytes) or data.isascii() else data.encode()))
        return data

    def turn_away(self) -> None:
        """Lets go of what it holds and says why; the connection is cut soon."""
        _log.warning("websocket: %s holds %d bytes of messages, closing", self.remote_address, self.untaken)
        self._let_go()
        self.protocol.fail(CloseCode.TRY_AGAIN_LATER, _REASON)
        self.send_data()
        self.loop.call_later(_PATIENCE, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        self._hold(len(data))
        super().data_received(data)

    def process_event(self, event: Any) -> None:  # Any: a request at first, then frames
        self._hold(-_framing(event) if isinstance(event, Frame) else -self.untaken)
        super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._let_go()

    def _hold(self, more: int) -> None:
        if self._is_over:
            return
        if not self.untaken:
            self._since = self.loop.time()
        before, self.untaken = self.untaken, max(self.untaken + more, 0)
        self._intake.note(self, self.untaken - before)

    def _let_go(self) -> None:
        self._hold(-self.untaken)
        self._is_over = True


def _framing(frame: Frame) -> int:
    """Bytes on the wire of a client's frame but for the part that is a message's; RFC 6455, 5.2."""
    size = len(frame.data)
    head = 6 if size < 126 else 8 if size < 65536 else 14
    return head if frame.opcode in _DATA else head + size
