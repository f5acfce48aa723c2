"""What every way in shares: who sends, whom it sends to, and how a text becomes a message."""

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


def submit(house: House, data: str | bytes, sender: Sender, kind: str = "") -> None:
    """Hands a message in JSON over, or has its sender told what is wrong with it.

    `kind` is the type of a message that names none.
    """
    try:
        message = messages.decode(data, kind=kind)
        if not isinstance(message, messages.ToFacecue):
            raise DecodeError(f"{type(message).__name__} is what facecue sends", code="unknown_type")
    except DecodeError as error:
        house.reject(error, sender)
    else:
        _log.debug("< %s", data[:500])
        house.receive(message, sender)
