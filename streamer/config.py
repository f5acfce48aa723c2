"""Settings: one TOML file into frozen dataclasses. Mistakes fail at start-up, naming the key."""

import dataclasses
import ipaddress
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from protocols import ifacialmocap, livelink, plain, vrchat
from protocols.arkit import CHANNELS
from protocols.errors import DecodeError
from protocols.messages import MAX_RATE, check_character
from protocols.profiles import Profile, read_profile
from protocols.selection import EVERYTHING, select, spell
from streamer import broker
from streamer.performance import FPS, MAX_CHARACTERS

Device = Literal["cpu", "cuda", "tensorrt"]
LIVELINK_PORT: Final = 11111
VMC_PORT: Final = 39539
OSC_PORT: Final = 8000
MAX_DEGREES: Final = 360.0  # of a unit
OSC_IN_PORT: Final = 8766
MAX_TIMEOUT: Final = 3600.0  # seconds for an answer of a large model
MAX_PARALLEL: Final = 256  # requests to it at once

EVERYONE: Final = Profile()


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where datagrams go."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a face a destination gets, and how often."""

    rate: int = FPS  # frames a second
    channels: tuple[str, ...] = EVERYTHING  # patterns of names; one with "!" before it takes away
    flip: tuple[str, ...] = ()  # patterns of names whose sign the receiver has the other way round


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect(Share):
    """How a receiver that is free in it names and counts what it gets."""

    rename: Mapping[str, str] = field(default_factory=dict)
    degrees_per_unit: float = 0.0  # a rotation of 1 is so many degrees; 0: what the format says


@dataclass(frozen=True, slots=True)
class LiveLink(Share):
    """A Live Link destination; `characters` are the ones that it gets, "*" for all."""

    address: Address = Address("127.0.0.1", LIVELINK_PORT)
    characters: tuple[str, ...] = ("*",)
    swap_jaw: bool = False
    swap_mouth: bool = False
    rotation_unit: Literal["radians", "half_turns"] = "radians"


@dataclass(frozen=True, slots=True)
class Vmc(Share):
    """A VMC destination: one avatar, so one character; an empty name is the first on stage."""

    address: Address = Address("127.0.0.1", VMC_PORT)
    character: str = ""
    spelling: Literal["pascal", "camel"] = "pascal"
    bones: bool = False
    presets: Literal["none", "vrm0", "vrm1"] = "none"  # VRM's feelings, vowels, blinks and looks beside the shapes
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Osc(Dialect):
    """A plain OSC destination; without "{character}" in the prefix it gets the first of its characters on stage."""

    address: Address = Address("127.0.0.1", OSC_PORT)
    characters: tuple[str, ...] = ("*",)
    prefix: str = "/face/{character}"
    layout: Literal["channels", "row", "both"] = "both"
    spelling: Literal["pascal", "camel"] = "pascal"


@dataclass(frozen=True, slots=True)
class IFacialMocap(Dialect):
    """A receiver of iFacialMocap: one face; an empty name is the first on stage."""

    address: Address = Address("127.0.0.1", ifacialmocap.PORT)
    character: str = ""


@dataclass(frozen=True, slots=True)
class VrChat(Dialect):
    """A VRChat client: one avatar; channels, flip and rename are about its parameters."""

    address: Address = Address("127.0.0.1", vrchat.PORT)
    character: str = ""
    prefix: str = vrchat.PREFIX


@dataclass(frozen=True, slots=True)
class OscIn:
    """Where lines are taken by OSC."""

    address: Address = Address("127.0.0.1", OSC_IN_PORT)


@dataclass(frozen=True, slots=True)
class Mqtt:
    """A broker that lines come from and answers go back to."""

    url: str = "mqtt://127.0.0.1:1883"
    prefix: str = "facecue"
    topics: tuple[str, ...] = ()  # that lines come from; empty: PREFIX/in and PREFIX/in/+
    group: str = ""  # drivers of one group share the lines between them
    qos: Literal[0, 1] = 1
    client_id: str = ""  # empty: made from the machine's name and the port
    ca: str = ""  # a PEM file for mqtts; empty: the system's authorities
    frames: Literal["off", "json", "binary"] = "off"  # to PREFIX/frames
    rate: int = 30  # of the frames


@dataclass(frozen=True, slots=True)
class Character:
    """A face that is on stage from the start."""

    name: str
    subject: str = ""  # the Live Link subject; empty: the name
    device_id: str = ""  # empty: made from the name, the same on every start
    mood: str = ""  # what the face rests in
    seed: int = 0  # of its life: blinks, glances, breath
    profile: Profile | None = None  # instead of everyone's


@dataclass(frozen=True, slots=True)
class Teacher:
    """A large language model behind an OpenAI-compatible endpoint; its key is in FACECUE_LLM_KEY."""

    url: str = ""  # http://HOST:PORT/v1
    model: str = ""  # empty: the first that the endpoint lists
    scene_url: str = ""  # where lines become keyframes in words; empty: the same endpoint
    scene_model: str = ""  # empty: the same model, or the first that scene_url lists
    system: str = ""  # a file with the system message that the model was tuned with; empty: ours
    json_mode: bool = False  # the endpoint is asked to hold the model to JSON
    timeout: float = 20.0  # seconds for an answer
    parallel: int = 8  # requests at once


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `facecue serve` can be told."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str = ""
    model: str = ""  # a model file; empty: the shipped weights; "rules": none
    device: Device = "cpu"  # where the model runs
    brain: Literal["small", "llm"] = "small"  # "llm": a large model betters what the small one has not yet played
    language: str = "en"  # of lines in Latin letters; others than English are read by espeak-ng where it is installed
    audio: str = ""  # the folder whose WAV files lines may name; empty: none
    sheet: str = ""  # a dialogue sheet, CSV or JSON lines, whose lines are planned ahead; empty: none
    poses: str = ""  # a pose library, whose poses keyframes name as "pose: NAME"; empty: none
    stdin: bool = False  # take JSON lines from standard input too, and leave when it ends
    precise: bool = False  # the frame clock waits out its last moments awake: exact, for a share of a core
    max_characters: int = MAX_CHARACTERS
    profile: Profile = EVERYONE  # of whoever has none of their own
    teacher: Teacher = Teacher()  # the large model
    livelink: tuple[LiveLink, ...] = (LiveLink(),)
    vmc: tuple[Vmc, ...] = ()
    osc: tuple[Osc, ...] = ()
    ifacialmocap: tuple[IFacialMocap, ...] = ()
    vrchat: tuple[VrChat, ...] = ()
    osc_in: tuple[OscIn, ...] = ()
    mqtt: tuple[Mqtt, ...] = ()
    character: tuple[Character, ...] = ()


def load(path: Path) -> Settings:
    """The settings of a TOML file; raises ConfigError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        settings: Settings = _read(Settings, table, "")
        check(settings)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return settings


def check(settings: Settings) -> None:
    """Refuses what no single value shows: an open port without a token, names used twice; raises ConfigError."""
    if not 0 <= settings.port <= 65535:
        raise ConfigError(f"port is {settings.port}, expected 0..65535")
    if not 1 <= settings.max_characters <= 65535:
        raise ConfigError(f"max_characters is {settings.max_characters}, expected 1..65535")
    if len(settings.character) > settings.max_characters:
        raise ConfigError(f"{len(settings.character)} characters, max_characters is {settings.max_characters}")
    if not settings.token and not is_loopback(settings.host):
        raise ConfigError(f"host is {settings.host}: a token is required on any address but this machine's own")
    _check_teacher(settings)
    for where, share in _shares(settings):
        _check_share(share, where)
    for place in settings.osc_in:
        if not settings.token and not is_loopback(place.address.host):
            raise ConfigError(
                f"osc_in.address is {place.address}: a token is required on any address but this machine's own"
            )
    for correspondence in settings.mqtt:
        _check_mqtt(correspondence)
    for key in ("name", "subject"):
        names = [getattr(character, key) or character.name for character in settings.character]
        for name in names:
            _check_name(name, key)
            if names.count(name) > 1:
                raise ConfigError(f"character.{key}: {name!r} is used twice")


def _check_mqtt(settings: Mqtt) -> None:
    checks: list[tuple[str, str, Callable[[str], object]]] = [("url", settings.url, broker.parse)]
    checks += [(f"topics[{i}]", topic, broker.check_filter) for i, topic in enumerate(settings.topics, 1)]
    names = {"group": settings.group, "client_id": settings.client_id}
    checks += [(key, name, broker.check_level) for key, name in names.items() if name]
    for key, value, check_value in checks:
        try:
            check_value(value)
        except ValueError as error:
            raise ConfigError(f"mqtt.{key} {error}") from None
    if not broker.is_topic(settings.prefix):
        raise ConfigError(f"mqtt.prefix is {settings.prefix[:60]!r}, expected a topic")
    if not 1 <= settings.rate <= MAX_RATE:
        raise ConfigError(f"mqtt.rate is {settings.rate}, expected 1..{MAX_RATE}")


def parse_address(text: str, key: str = "address") -> Address:
    """HOST:PORT, an IPv6 host in brackets; raises ConfigError."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_number = port.isascii() and port.isdecimal() and len(port) <= 5
    if not (colon and host and is_number and 1 <= int(port) <= 65535):
        raise ConfigError(f"{key} is {text!r}, expected HOST:PORT with a port of 1..65535")
    return Address(host, int(port))


def renamed(share: "Destination") -> dict[str, str]:
    """The names of values as a destination gets them, where they are not ours."""
    match share:
        case LiveLink():
            return {}
        case Osc() | Vmc():
            return spell(CHANNELS, share.spelling) | dict(share.rename)
        case IFacialMocap():
            return dict(ifacialmocap.NAMES) | dict(share.rename)
    return dict(share.rename)


Destination = LiveLink | Vmc | Osc | IFacialMocap | VrChat
KINDS: Final = {"livelink": "live link", "vmc": "vmc", "osc": "osc", "ifacialmocap": "ifacialmocap", "vrchat": "vrchat"}


def destinations(settings: Settings) -> Iterator[tuple[str, Address]]:
    """What datagrams go out, by kind, and where to."""
    for key, kind in KINDS.items():
        for destination in getattr(settings, key):
            yield kind, destination.address


def for_everyone(settings: Settings) -> Settings:
    """The same destinations, each for whoever is on stage."""
    opened: dict[str, Any] = {}  # Any: each key has its own kind of destination
    for key in KINDS:
        shares: tuple[Destination, ...] = getattr(settings, key)
        opened[key] = tuple(
            replace(share, characters=("*",)) if isinstance(share, LiveLink | Osc) else replace(share, character="")
            for share in shares
        )
    return replace(settings, **opened)


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host is only reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shares(settings: Settings) -> Iterator[tuple[str, Destination]]:
    for key in KINDS:
        for i, share in enumerate(getattr(settings, key), 1):
            yield f"{key}[{i}].", share


def _check_share(share: Destination, where: str) -> None:
    """Refuses a rate, names and a unit that a destination cannot have."""
    if not 1 <= share.rate <= FPS:
        raise ConfigError(f"{where}rate is {share.rate}, expected 1..{FPS}")
    if isinstance(share, Dialect) and not 0 <= share.degrees_per_unit <= MAX_DEGREES:
        raise ConfigError(f"{where}degrees_per_unit is {share.degrees_per_unit:g}, expected 0..{MAX_DEGREES:g}")
    names: Sequence[str] = vrchat.NAMES if isinstance(share, VrChat) else CHANNELS
    try:
        chosen = select(names, share.channels, flip=share.flip, rename=renamed(share))
        if isinstance(share, Osc):
            plain.check_prefix(share.prefix)
        if isinstance(share, VrChat):
            vrchat.check_prefix(share.prefix)
    except DecodeError as error:
        raise ConfigError(where + str(error)) from error
    if isinstance(share, Dialect) and not chosen.names:
        raise ConfigError(f"{where}channels leaves nothing to send")


def _check_teacher(settings: Settings) -> None:
    """Refuses a large model that nobody can be."""
    teacher = settings.teacher
    if settings.brain == "llm" and not teacher.url:
        raise ConfigError('brain is "llm": teacher.url is missing (--url)')
    if not 0 < teacher.timeout <= MAX_TIMEOUT:
        raise ConfigError(f"teacher.timeout is {teacher.timeout:g}, expected up to {MAX_TIMEOUT:g}")
    if not 1 <= teacher.parallel <= MAX_PARALLEL:
        raise ConfigError(f"teacher.parallel is {teacher.parallel}, expected 1..{MAX_PARALLEL}")


def _check_name(name: str, key: str) -> None:
    try:
        check_character(name)
        livelink.check_subject(name)
    except DecodeError as error:
        raise ConfigError(f"character.{key}: {error}") from error


def _read(kind: Any, table: Mapping[str, Any], where: str) -> Any:  # Any: one reader for every settings class
    hints = get_type_hints(kind)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise ConfigError(f"unknown key {where}{unknown[0]}, expected one of {', '.join(hints)}")
    values = {key: _value(hints[key], value, where + key) for key, value in table.items()}
    missing = [f.name for f in dataclasses.fields(kind) if _is_needed(f) and f.name not in values]
    if missing:
        raise ConfigError(f"{where}{missing[0]} is missing")
    return kind(**values)


def _is_needed(setting: "dataclasses.Field[Any]") -> bool:  # Any: see _read
    return setting.default is dataclasses.MISSING and setting.default_factory is dataclasses.MISSING


def _value(hint: Any, value: Any, key: str) -> Any:  # Any: TOML values meet dataclass annotations here
    if hint is Address:
        return parse_address(_typed(str, value, key), key)
    if hint is Teacher:
        return _read(Teacher, _typed(dict, value, key), f"{key}.")
    if hint is Profile:
        return _profile(_typed(dict, value, key), key)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ConfigError(f"{key} is {value!r}, expected one of {', '.join(map(str, get_args(hint)))}")
        return value
    if get_origin(hint) is tuple:
        item, items = get_args(hint)[0], _typed(list, value, key)
        if dataclasses.is_dataclass(item) and item is not Address:
            return tuple(_read(item, _typed(dict, v, key), f"{key}[{i}].") for i, v in enumerate(items, 1))
        return tuple(_value(item, v, f"{key}[{i}]") for i, v in enumerate(items, 1))
    if get_origin(hint) is Mapping:
        return {name: _typed(str, v, f"{key}.{name}") for name, v in _typed(dict, value, key).items()}
    if isinstance(hint, types.UnionType):
        return _value(get_args(hint)[0], value, key)
    return _typed(hint, value, key)


def _profile(table: Mapping[str, Any], key: str) -> Profile:
    try:
        return read_profile(table, key + ".")
    except DecodeError as error:
        raise ConfigError(str(error)) from error


def _typed(kind: Any, value: Any, key: str) -> Any:  # Any: see _value
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f"{key} is {value!r}, expected {_KINDS.get(kind, kind.__name__)}")
    return value


_KINDS: Final = {str: "a string", int: "a whole number", float: "a number", bool: "true or false",
                 list: "an array", dict: "a table"}  # fmt: skip
