"""Lines by OSC: datagrams in, no answers; what is wrong with them is counted and logged, at most once a second."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from protocols import messages, osc, remote
from protocols.errors import DecodeError
from streamer.config import ConfigError, OscIn, is_loopback
from streamer.inputs.door import House

_log = logging.getLogger(__name__)
_MAX_BYTES: Final = 20_000  # of a datagram: a line whose text and background are as long as can be, in any script
_MAX_MESSAGES: Final = 64  # in a bundle: what a character's queue holds
_PERIOD: Final = 1.0  # seconds between two complaints in the log


@asynccontextmanager
async def listen(place: OscIn, token: str, house: House) -> AsyncIterator[None]:
    """Takes datagrams until the block is left. Raises ConfigError when the address cannot be had."""
    loop = asyncio.get_running_loop()
    wanted = "" if is_loopback(place.address.host) else token
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(house, wanted), local_addr=(place.address.host, place.address.port)
        )
    except OSError as error:
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise ConfigError(f"cannot listen for OSC on {place.address}: {reason}") from error
    _log.info("osc: listening on %s", place.address)
    try:
        yield
    finally:
        transport.close()


class Complaints:
    """Errors that nobody can be told of: in the log, the first at once and then what came in a second as one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._quiet_until = 0.0
        self._unsaid = 0

    def tell(self, answer: messages.FromFacecue, text: str) -> None:
        if isinstance(answer, messages.Error):
            self._complain(f"{answer.message} ({answer.code})")
        elif isinstance(answer, messages.Finished) and answer.reason == "refused":
            self._complain(f"line refused: {answer.message}")
        else:
            _log.debug("> %s", text[:500])

    def _complain(self, reason: str) -> None:
        now = self._loop.time()
        if now < self._quiet_until:
            self._unsaid += 1
            return
        others = f", and {self._unsaid} others since the last one" if self._unsaid else ""
        _log.warning("osc: %s%s", reason, others)
        self._quiet_until, self._unsaid = now + _PERIOD, 0


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self._token = token
        self._complaints = Complaints()

    def datagram_received(self, data: bytes, _: object) -> None:
        try:
            if len(data) > _MAX_BYTES:
                raise DecodeError(f"packet is {len(data)} bytes, expected at most {_MAX_BYTES}", code="too_long")
            found = osc.messages(osc.decode(data))
            if len(found) > _MAX_MESSAGES:
                raise DecodeError(
                    f"bundle has {len(found)} messages, expected at most {_MAX_MESSAGES}", code="too_long"
                )
        except DecodeError as error:
            self._house.reject(error, self._complaints)
            return
        for message in found:
            self._take(message)

    def _take(self, message: osc.Message) -> None:
        try:
            wanted = remote.decode(message, self._token)
        except DecodeError as error:
            self._house.reject(error, self._complaints)
        else:
            _log.debug("< %s %s", message.address, message.arguments)
            self._house.receive(wanted, self._complaints)
