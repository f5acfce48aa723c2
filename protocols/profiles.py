"""A character's profile: what its rig needs and how lively it is, as it stands in messages and in the TOML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from protocols import fields as read
from protocols.arkit import CHANNELS, ROTATIONS, SHAPES
from protocols.errors import DecodeError
from protocols.fields import Fields

Preset = Literal["metahuman", "vrm", "stylised"]

MAX_GAIN: Final = 4.0  # beyond it every face is a mask
MAX_SPEED: Final = 1000.0  # weights or radians a second; a blink needs about 25
MAX_BLINKS: Final = 120.0  # a minute
_NAMES: Final = frozenset(CHANNELS) | frozenset(n.removesuffix("Left").removesuffix("Right") for n in SHAPES)

Channels = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """How a face is shown; channels by name, a name without Left or Right for both sides."""

    gain: Channels = field(default_factory=dict)  # factors
    offset: Channels = field(default_factory=dict)  # added after the gain
    limit: Channels = field(default_factory=dict)  # no value goes beyond; of rotations the size
    speed: Channels = field(default_factory=dict)  # no value moves faster, a second
    asymmetry: float = 0.0  # -1 only the right side acts .. 1 only the left
    expressiveness: float = 1.0  # of everything that is felt
    articulation: float = 1.0  # of the mouth's speech
    blinks: float = 17.0  # a minute, at rest
    still: float = 1.0  # 0 a statue between its lines .. 1 alive
    mirror: bool = False  # the rig has left and right the other way round


_PRESETS: Final[Mapping[Preset, Fields]] = {
    # MetaHuman rigs take ARKit values as they are; presses and rolls, which phones hardly ever see, come out hard.
    "metahuman": {"gain": {"MouthPress": 0.7, "MouthRollLower": 0.85, "MouthRollUpper": 0.85}},
    # Anime heads have large eyes and small mouths: gaze and jaw reach far too early.
    "vrm": {"gain": {"JawOpen": 0.8, "EyeLookOut": 0.6, "EyeLookIn": 0.6, "MouthStretch": 0.6, "NoseSneer": 0.6},
            "limit": {"LeftEyeYaw": 0.35, "RightEyeYaw": 0.35, "LeftEyePitch": 0.25, "RightEyePitch": 0.25}},
    # Cartoon characters act larger and blink more fully than people.
    "stylised": {"expressiveness": 1.3, "articulation": 1.15, "gain": {"BrowInnerUp": 1.2, "BrowOuterUp": 1.2}},
}  # fmt: skip


def read_profile(fields: Fields, where: str = "") -> Profile:
    """A profile from a JSON or TOML table, over its preset if it names one; raises DecodeError."""
    read.only(fields, (*_READERS, "preset"), where)
    preset = fields.get("preset")
    given = dict(_PRESETS[read.choice(preset, where + "preset", get_args(Preset))]) if preset is not None else {}
    for name, value in fields.items():
        if name != "preset":
            given[name] = value
    values: dict[str, Any] = {name: _READERS[name](value, where + name) for name, value in given.items()}
    return Profile(**values)  # Any: each reader returns what its field holds


def write_profile(profile: Profile) -> Fields:
    """The table of a profile: what differs from the default."""
    plain = Profile()
    values = {name: getattr(profile, name) for name in _READERS}
    return {n: dict(v) if isinstance(v, Mapping) else v for n, v in values.items() if v != getattr(plain, n)}


def _channels(lowest: float, highest: float) -> Callable[[object, str], Channels]:
    def channels(value: object, where: str) -> Channels:
        table = read.table(value, where)
        for name in table:
            if name not in _NAMES:
                raise DecodeError(f"{where} names {name[:40]!r}, which is no channel", code="unknown_channel")
        return {name: read.number(v, f"{where}.{name}", lowest, highest) for name, v in table.items()}

    return channels


def _number(lowest: float, highest: float) -> Callable[[object, str], float]:
    return lambda value, where: read.number(value, where, lowest, highest)


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DecodeError(f"{where} is {value!r:.40}, expected true or false", code="wrong_type")
    return value


_READERS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "gain": _channels(-MAX_GAIN, MAX_GAIN), "offset": _channels(-1.0, 1.0), "limit": _channels(0.0, 1.0),
    "speed": _channels(0.01, MAX_SPEED), "asymmetry": _number(-1.0, 1.0), "expressiveness": _number(0.0, MAX_GAIN),
    "articulation": _number(0.0, 2.0), "blinks": _number(0.0, MAX_BLINKS), "still": _number(0.0, 1.0),
    "mirror": _truth,
}  # fmt: skip


def spread(channels: Channels, otherwise: float) -> list[float]:
    """A number for each of the 61 channels; one side's own name wins over the pair's."""
    return [channels.get(n, channels.get(n if n in ROTATIONS else _pair(n), otherwise)) for n in CHANNELS]


def _pair(name: str) -> str:
    return name.removesuffix("Left").removesuffix("Right")
