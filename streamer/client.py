"""Talking to a running driver, as a game would: used by the commands, and an example to copy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from protocols import messages
from streamer.cli import UserError

DEFAULT_URL: Final = "ws://127.0.0.1:8765"
_MAX_MESSAGE: Final = 16 * 1024 * 1024  # bytes: a frame of 4096 faces in JSON is a few million


@asynccontextmanager
async def visit(url: str, token: str = "") -> AsyncIterator[tuple[ClientConnection, messages.Hello]]:
    """A connection to a driver and its greeting; raises UserError where none answers."""
    address = f"{url}{'&' if '?' in url else '/?'}token={token}" if token else url
    try:
        connection = await connect(address, max_size=_MAX_MESSAGE, compression=None, open_timeout=5)
    except InvalidURI as error:
        raise UserError(f"{url!r} is no WebSocket address, expected ws://HOST:PORT", 2) from error
    except (OSError, InvalidHandshake, TimeoutError) as error:
        raise UserError(f"no driver answers at {url} ({error}); start one with: facecue serve") from error
    async with connection:
        try:
            hello = messages.decode(await connection.recv(), _MAX_MESSAGE)
        except (ConnectionClosed, ValueError) as error:
            raise UserError(f"what answers at {url} is no facecue driver") from error
        if not isinstance(hello, messages.Hello):
            raise UserError(f"what answers at {url} is no facecue driver")
        yield connection, hello
