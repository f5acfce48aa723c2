"""An MQTT broker as it stands in the settings: its address, and names that are fit for topics."""

import urllib.parse
from dataclasses import dataclass, field
from typing import Final

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_WANTED: Final = "mqtt://[USER:PASSWORD@]HOST[:PORT] or mqtts://..."
_MAX_TOPIC: Final = 65_535  # bytes: a string of the protocol (MQTT 5, 1.5.4)
_WILDCARDS: Final = frozenset("+#\0")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and who we are to it; shown without the password."""

    host: str
    port: int
    is_secure: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(url: str) -> Broker:
    """The broker of a URL; raises ValueError, which does not repeat the password."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"cannot be read, expected {_WANTED}") from None
    if parts.scheme not in _PORTS or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"is {parts._replace(netloc=host or '').geturl()!r}, expected {_WANTED}")
    user, password = (None if part is None else urllib.parse.unquote(part) for part in (parts.username, parts.password))
    return Broker(host, port or _PORTS[parts.scheme], parts.scheme == "mqtts", user, password)


def check_filter(topic: str) -> None:
    """Refuses what cannot be subscribed to: "+" and "#" are whole levels, "#" the last; raises ValueError."""
    levels = topic.split("/")
    is_wild_inside = any(_WILDCARDS & set(level) and level not in ("+", "#") for level in levels)
    if not topic or len(topic.encode()) > _MAX_TOPIC or is_wild_inside or "#" in levels[:-1]:
        raise ValueError(f"is {topic[:60]!r}, expected a topic filter")


def is_topic(topic: str) -> bool:
    """Whether something can be published there."""
    return bool(topic) and len(topic.encode()) <= _MAX_TOPIC and not _WILDCARDS & set(topic)


def check_level(name: str) -> None:
    """Refuses what cannot be one level of a topic; raises ValueError."""
    if "/" in name or not is_topic(name):
        raise ValueError(f"is {name[:60]!r}, expected a name without / + #")
