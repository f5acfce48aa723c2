"""The driver's front door: lines and subscriptions over WebSocket, /health and /metrics over plain HTTP."""

import asyncio
import contextlib
import errno
import hmac
import http
import json
import logging
import urllib.parse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib import resources
from typing import Final, Protocol

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from protocols import messages
from protocols.errors import DecodeError
from streamer.config import ConfigError, Settings, is_loopback
from streamer.inputs import door
from streamer.outputs.websocket import Audience, Client

_log = logging.getLogger(__name__)
_MAX_FRAME: Final = door.MAX_BYTES  # above it the connection is closed
_FACE: Final = ("body", "brows", "brush", "colours", "eyes", "hair", "mouth", "nose", "skin", "skull")
_SCRIPTS: Final = ("preview", "drafts", "editing", "face", "facecue", "faces", "glb", "lines", "model", "motion",
                   "owners", "plans", "prefer", "rate", "sheet", "takes", "theme", "timeline",
                   *(f"face/{part}" for part in _FACE))  # fmt: skip
_PAGES: Final = {"/": "index.html", "/prefer": "prefer.html"}
_PREVIEW: Final = _PAGES | {
    f"/{name}": name for name in ("preview.css", "prefer.css", *(f"{script}.js" for script in _SCRIPTS))
}
_CONFINED: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:"
)
_MAX_QUEUE: Final = 16  # messages of one client that wait, before its socket is no longer read
_GOODBYE: Final = 0.5  # seconds that clients have to answer the close; a hung game does not hold up the end
_MAX_CLIENTS: Final = 2000  # connections; each costs memory and a share of the tick


class House(door.House, Protocol):
    """What the front door leads to."""

    audience: Audience

    def health(self) -> dict[str, object]: ...

    def metrics(self) -> str: ...


@asynccontextmanager
async def listen(settings: Settings, house: House) -> AsyncIterator[int]:
    """Serves until the block is left; gives the port. Raises ConfigError when the address cannot be had."""

    async def converse(connection: ServerConnection) -> None:
        _log.info("connected: %s", connection.remote_address)
        client = house.audience.join(connection)
        try:
            await connection.send(messages.encode(house.hello()))
            async for data in connection:
                _receive(house, data, client)
                await asyncio.sleep(0)  # a thousand messages that came together do not hold up a frame
        except ConnectionClosed:
            pass
        finally:
            house.audience.leave(client)
            _log.info("gone: %s", connection.remote_address)

    try:
        server = await serve(
            converse, settings.host, settings.port, process_request=_Porter(settings, house).answer,
            compression=None, max_size=_MAX_FRAME, max_queue=_MAX_QUEUE, server_header="facecue",
            close_timeout=_GOODBYE,
        )  # fmt: skip
    except OSError as error:
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise ConfigError(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error
    try:
        yield _port(server)
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await server.wait_closed()


def _receive(house: House, data: str | bytes, client: Client) -> None:
    if isinstance(data, bytes):
        house.reject(DecodeError("message is binary, expected JSON text", code="bad_message"), client)
    else:
        door.submit(house, data, client)


class _Porter:
    """Decides who may come in, and answers plain HTTP requests."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._token = settings.token
        self._house = house
        self._pages: dict[str, Callable[[], tuple[str, str]]] = {
            "/health": lambda: ("application/json", json.dumps(house.health()) + "\n"),
            "/metrics": lambda: ("text/plain; version=0.0.4; charset=utf-8", house.metrics()),
            **{path: partial(_preview, name) for path, name in _PREVIEW.items()},
        }

    def answer(self, client: ServerConnection, request: Request) -> Response | None:
        try:
            url = urllib.parse.urlsplit(request.path)
        except ValueError:
            return client.respond(http.HTTPStatus.BAD_REQUEST, "the address cannot be read\n")
        has_token = bool(self._token) and self._is_token(url.query, request)
        is_guest = request.headers.get("Upgrade", "").lower() == "websocket"
        is_part = url.path in _PREVIEW and url.path not in _PAGES  # what the pages are made of holds no secret
        if self._token and not has_token and (is_guest or not is_part):
            return client.respond(http.HTTPStatus.UNAUTHORIZED, "a token is required: ?token=...\n")
        if is_guest:
            return self._admit(client, request, has_token)
        page = self._pages.get(url.path)
        if page is None:
            return client.respond(http.HTTPStatus.NOT_FOUND, "facecue: connect with WebSocket; /, /health, /metrics\n")
        kind, text = page()
        response = client.respond(http.HTTPStatus.OK, text)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = kind
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = _CONFINED  # nothing leaves the machine
        return response

    def _admit(self, client: ServerConnection, request: Request, has_token: bool) -> Response | None:
        if len(self._house.audience) >= _MAX_CLIENTS:
            return client.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, f"{_MAX_CLIENTS} clients are connected\n")
        origin = request.headers.get("Origin", "")
        if not has_token and not _is_own_page(origin):
            _log.warning("refused a page of %s", origin[:100])
            return client.respond(http.HTTPStatus.FORBIDDEN, "pages of other sites need a token\n")
        return None

    def _is_token(self, query: str, request: Request) -> bool:
        given = urllib.parse.parse_qs(query).get("token", [""])[0]
        given = given or request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._token.encode())


def _preview(name: str) -> tuple[str, str]:
    """One file of the preview page."""
    kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}[name.rpartition(".")[2]]
    return f"{kind}; charset=utf-8", (resources.files("streamer") / "preview" / name).read_text("utf-8")


def _is_own_page(origin: str) -> bool:
    """Whether a browser's page comes from this machine; programs send no origin, files say "null"."""
    if origin in ("", "null"):
        return True
    try:
        return is_loopback(urllib.parse.urlsplit(origin).hostname or "")
    except ValueError:
        return False


def _port(server: Server) -> int:
    sockets = list(server.sockets)
    return int(sockets[0].getsockname()[1])
