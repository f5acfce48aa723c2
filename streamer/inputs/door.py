"""What every way in shares: who sends, whom it sends to, and how a text becomes a message."""

import asyncio
import logging
from typing import Final, Protocol

from protocols import messages
from protocols.errors import DecodeError

_log = logging.getLogger(__name__)
MAX_BYTES: Final = 16 * 1024 * 1024  # of a message: a line with all its audio


class Sender(Protocol):
    """Whoever sent a message; its answers go back on the road that it came by."""

    def tell(self, answer: messages.FromFacecue, text: str) -> None:
        """Passes on an answer; `text` is its JSON."""


class House(Protocol):
    """What a way in leads to."""

    def hello(self) -> messages.Hello: ...

    def receive(self, message: messages.ToFacecue, sender: Sender | None) -> None: ...

    def reject(self, error: DecodeError, sender: Sender) -> None: ...


async def submit(house: House, data: str | bytes, sender: Sender, kind: str = "") -> None:
    """Hands a message in JSON over, or has its sender told what is wrong with it.

    `kind` is the type of a message that names none. A long message is read in a thread, so that no frame waits for it.
    """
    is_long = len(data) > messages.MAX_MESSAGE_BYTES
    message = await asyncio.to_thread(_read, data, kind) if is_long else _read(data, kind)
    if isinstance(message, DecodeError):
        house.reject(message, sender)
    else:
        _log.debug("< %s", data[:500])
        house.receive(message, sender)


def _read(data: str | bytes, kind: str) -> messages.ToFacecue | DecodeError:
    try:
        message = messages.decode(data, kind=kind)
    except DecodeError as error:
        return error
    if isinstance(message, messages.ToFacecue):
        return message
    return DecodeError(f"{type(message).__name__} is what facecue sends", code="unknown_type")
