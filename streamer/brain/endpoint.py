"""An OpenAI-compatible endpoint over plain HTTP or HTTPS: vLLM, SGLang, Ollama, llama.cpp's server, a hosted one.

A request that fails in passing (429, 5xx, a timeout, an answer cut short) is sent again, later each time.
"""

import contextlib
import email.utils
import http.client
import json
import logging
import random
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

_log = logging.getLogger(__name__)
MAX_BYTES: Final = 2 * 2**20  # of an answer: 100,000 tokens are half a megabyte; more would keep frames waiting
MAX_WAIT: Final = 60.0  # seconds; an endpoint that wants more is given up
FIRST_WAIT: Final = 0.5  # seconds before the second attempt, doubled for each one after it
_CHUNK: Final = 65_536
_SHOWN: Final = 120  # characters of what an endpoint said that an error repeats
_PASSING: Final = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))
_ONE_ANSWER: Final = frozenset((400, 413, 422))  # refused for what the request holds, not for who asks
_CUT_SHORT: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # as any connection may end
_SUFFIXES: Final = "-:@."  # what may follow a model's name in an answer: a date, a tag, a revision


class TeacherError(RuntimeError):
    """An endpoint that cannot be used; the message says why."""


class AnswerError(TeacherError):
    """A single answer that cannot be had or used; others may."""


class RefusalError(AnswerError):
    """A request that the endpoint will not have as it is."""


class _Passing(Exception):  # noqa: N818 - what happened: it may be different the next time
    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait  # seconds that the endpoint asked for


@dataclass(frozen=True, slots=True)
class Query:
    """A chat completion that is wanted."""

    model: str
    messages: Sequence[Mapping[str, object]]  # a role and its content: text, or parts of which one may be a picture
    max_tokens: int
    json_mode: bool = False  # the endpoint is to hold the model to JSON

    def body(self) -> bytes:
        """What is sent, the same bytes for the same query."""
        wanted: dict[str, object] = {
            "model": self.model, "messages": self.messages, "temperature": 0, "max_tokens": self.max_tokens,
        }  # fmt: skip
        wanted |= {"response_format": {"type": "json_object"}} if self.json_mode else {}
        return json.dumps(wanted, ensure_ascii=False, default=dict).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; the tokens are None where the endpoint does not count them."""

    text: str
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    is_cut: bool = False  # the answer reached max_tokens
    instead: str = ""  # what the message holds where it has no text


@dataclass(slots=True)
class Endpoint:
    """One address and how patiently it is asked; may be used from many threads."""

    url: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0  # seconds for a whole answer
    attempts: int = 5
    parallel: int = 4  # requests at once
    sleep: Callable[[float], None] = time.sleep
    _parts: urllib.parse.SplitResult = field(init=False, repr=False)
    _gate: threading.BoundedSemaphore = field(init=False, repr=False)
    _lacks_json_mode: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises TeacherError for what is no address."""
        self._parts = _split(self.url)
        self._gate = threading.BoundedSemaphore(self.parallel)
        if not (self.key.isascii() and self.key.isprintable()):
            raise TeacherError("the key holds characters that no header can carry")

    def ask(self, query: Query) -> Reply:
        """The answer to a query; raises TeacherError, or AnswerError where only this answer cannot be had."""
        if not query.json_mode or self._lacks_json_mode:
            return self._ask(replace(query, json_mode=False))
        try:
            return self._ask(query)
        except RefusalError as refusal:
            reply = self._ask(replace(query, json_mode=False))
            self._lacks_json_mode = True
            _log.info("teacher: asks without JSON mode from here on: %s", refusal)
            return reply

    def first_model(self) -> str:
        """The first model that the endpoint lists; raises TeacherError."""
        match self._patiently("GET", "/models", None):
            case {"data": [{"id": str(name)}, *_]} if name:
                return name
        raise TeacherError(f"{self.url} lists no model, so it has to be named")

    def _ask(self, query: Query) -> Reply:
        return _reply(self._patiently("POST", "/chat/completions", query.body()), query.model, self.url)

    def _patiently(self, method: str, path: str, body: bytes | None) -> Mapping[str, Any]:  # Any: JSON
        for attempt in range(self.attempts):
            try:
                with self._gate:
                    return self._once(method, path, body)
            except _Passing as passing:
                wait = FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.0) if passing.wait is None else passing.wait
                if attempt + 1 == self.attempts or wait > MAX_WAIT:
                    told = f"asks to wait {wait:.0f} s" if wait > MAX_WAIT else f"{self.attempts} attempts"
                    raise AnswerError(f"{self.url}: {passing} ({told})") from passing
                _log.info("teacher: %s, again in %.1f s", passing, wait)
                self.sleep(wait)
        raise AnswerError(f"{self.url}: no attempt was allowed")

    def _once(self, method: str, path: str, body: bytes | None) -> Mapping[str, Any]:  # Any: JSON
        is_safe = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self.timeout)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "facecue"}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        begun = time.monotonic()
        try:
            connection.connect()
            with _deadline(connection.sock, self.timeout):
                connection.request(method, self._parts.path + path, body, headers)
                with connection.getresponse() as response:
                    return self._read(response)
        except _CUT_SHORT as error:
            raise _Passing("no whole answer: the connection was cut") from error
        except (ssl.SSLError, socket.gaierror) as error:
            raise TeacherError(f"{self.url}: {_plain(str(error))}") from error
        except ConnectionRefusedError as error:
            raise TeacherError(f"{self.url}: nothing answers there ({error.strerror})") from error
        except (OSError, http.client.HTTPException) as error:
            is_late = time.monotonic() - begun >= self.timeout
            raise _Passing(f"no whole answer{f' in {self.timeout:g} s' if is_late else f': {_told(error)}'}") from error
        finally:
            connection.close()

    def _read(self, response: http.client.HTTPResponse) -> Mapping[str, Any]:  # Any: JSON
        data = _bounded(response)
        if response.status in _PASSING:
            raise _Passing(f"answered {response.status}", _wait(response))
        if response.status in _ONE_ANSWER:
            raise RefusalError(f"{self.url} answered {response.status}: {_shown(data)}")
        elsewhere = response.headers.get("Location", "")
        if elsewhere and response.status != http.HTTPStatus.OK:  # a key is not taken to where another one points
            raise TeacherError(f"{self.url} answered {response.status}, expected 200: go to {elsewhere[:_SHOWN]!r}")
        if response.status != http.HTTPStatus.OK:
            raise TeacherError(f"{self.url} answered {response.status}, expected 200: {_shown(data)}")
        if (packed := response.headers.get("Content-Encoding", "identity")) != "identity":
            raise TeacherError(f"{self.url}: the answer is packed as {packed[:_SHOWN]!r}, which was not asked for")
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError) as error:
            kind = response.headers.get_content_type()
            if "Content-Type" in response.headers and "json" not in kind:
                raise TeacherError(f"{self.url}: the answer is {kind}, expected JSON: {_shown(data)}") from error
            raise _Passing(f"the answer is not JSON: {_shown(data)}") from error
        if not isinstance(answer, dict):
            raise AnswerError(f"{self.url}: the answer is {type(answer).__name__}, expected an object")
        return answer


def _split(url: str) -> urllib.parse.SplitResult:
    """The parts of an address; without a path it is that of version 1."""
    try:
        parts = urllib.parse.urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise TeacherError(f"url is {url[:_SHOWN]!r}: {error}") from error
    is_plain = url.isascii() and url.isprintable() and " " not in url.strip()
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not is_plain or parts.username:
        raise TeacherError(f"url is {url[:_SHOWN]!r}, expected http://HOST:PORT/v1 or https://")
    return parts._replace(path=parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1")


@contextlib.contextmanager
def _deadline(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Ends a connection that is not done in time, however slowly it drips."""
    watch = threading.Timer(seconds, _hang_up, [connection])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # TLS's own would wait for the other side


def _bounded(response: http.client.HTTPResponse) -> bytes:
    """The whole body; one that ends before its announced length is an answer cut short."""
    data = bytearray()
    while chunk := response.read1(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise AnswerError(f"the answer is longer than {MAX_BYTES} bytes")
    if response.length:  # what is still owed
        raise http.client.IncompleteRead(bytes(data[:0]), response.length)
    return bytes(data)


def _reply(answer: Mapping[str, Any], model: str, url: str) -> Reply:  # Any: JSON
    named = answer.get("model")
    if "error" in answer and "choices" not in answer:
        raise AnswerError(f"{url}: the answer is an error: {_shown(json.dumps(answer['error']).encode())}")
    if not isinstance(named, str) or not is_model(named, model):
        told = f"as {named[:_SHOWN]!r}" if isinstance(named, str) else "without a model's name"
        raise TeacherError(f"{url}: asked {model!r}, answered {told}")
    match answer:
        case {"choices": [{"message": dict(message), **choice}, *_]}:
            usage = answer.get("usage")
            counts = usage if isinstance(usage, dict) else {}
            given, said = _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))
            text = _text(message.get("content"))
            return Reply(text, given, said, choice.get("finish_reason") == "length", "" if text else _instead(message))
    raise AnswerError(f"{url}: the answer has no message: {_shown(json.dumps(answer).encode())}")


def _text(content: object) -> str:
    """What a message says, also where it comes in parts; parts of other kinds, thoughts among them, are left out."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _instead(message: Mapping[str, Any]) -> str:  # Any: JSON
    """The names of what a message holds, its role apart."""
    return _plain(", ".join(name for name, value in message.items() if value and name != "role"))


def is_model(named: str, asked: str) -> bool:
    """Whether an answer's model is the one that was asked: its name, perhaps with a date or a tag behind it."""
    return named == asked or (named.startswith(asked) and named[len(asked)] in _SUFFIXES)


def _wait(response: http.client.HTTPResponse) -> float | None:
    """The seconds of a Retry-After header; a date counts from the endpoint's own clock."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdecimal() and len(given) <= 9:
        return float(given)
    try:
        then = email.utils.parsedate_to_datetime(given)
        return max((then - email.utils.parsedate_to_datetime(response.headers["Date"])).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _told(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "it ended early"
    return f"{type(error).__name__} {_plain(str(error))}"


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _shown(data: bytes) -> str:
    return repr(data[:_SHOWN].decode(errors="replace"))


def _plain(text: str) -> str:
    """Text of an endpoint's or a library's, on one line and without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))[:_SHOWN]
