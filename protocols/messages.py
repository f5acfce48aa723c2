"""The messages of the contract, JSON over WebSocket and MQTT: one dataclass each, decoded and encoded."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any, Final, Literal, get_args

from protocols import fields as read
from protocols import voices
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST
from protocols.errors import DecodeError
from protocols.fields import Fields
from protocols.profiles import Profile, read_profile, write_profile
from protocols.voices import Letters, Shapes
from protocols.voices import Phone as Phone  # a line's phones are read and written here

Onset = Literal["snap", "ease", "slow"]
When = Literal["queue", "interrupt", "if_idle"]
Format = Literal["json", "binary"]
Reason = Literal["done", "interrupted", "stopped", "expired", "refused"]
Verdict = Literal["left", "right", "same"]

MAX_MESSAGE_BYTES: Final = 256 * 1024  # but for audio: a line with all its phones and keyframes fits several times
MAX_TEXT: Final = 2000  # characters: some three minutes of speech
MAX_CHARACTER: Final = 64  # bytes: a Live Link subject that every receiver takes
MAX_EMOTION: Final = 200  # characters: a few words or a sentence
MAX_BACKGROUND: Final = 2000  # characters: a page of context, no more than the text
MAX_ID: Final = 128  # bytes: a UUID or a path into a dialogue sheet
MAX_CAPTION: Final = 500  # characters: a face has only so many parts to describe
MAX_KEYFRAMES: Final = 8  # a cue sheet is sparse
MAX_AUDIO_BYTES: Final = 10 * 1024 * 1024  # a minute and a half of 48 kHz speech
MAX_AUDIO: Final = 4 * -(-MAX_AUDIO_BYTES // 3)  # characters: base64 of as much
MAX_DURATION: Final = 600.0  # seconds: three times the longest text
EARLIEST: Final = -0.25  # a face may lead its line a little, as fractions of its duration ...
LATEST: Final = 1.25  # ... or react after it
MAX_DELAY: Final = 60.0  # seconds: a voice service that takes longer has failed
MAX_TTL: Final = 86400.0  # a day
MAX_FADE: Final = 10.0  # seconds: slower than that is no stop
MAX_INTENSITY: Final = 2.0  # twice the face that was planned, which clips most of it
MAX_PRIORITY: Final = 1000  # room between the levels of any game
MAX_ANGLE: Final = math.pi / 2  # eyes do not look behind
MAX_SCALE: Final = 8.0  # the fastest that a game's clock runs
MAX_SHARE: Final = 4.0  # what a layer changes of a channel, at most
MAX_RATE: Final = 60  # the stage's own rate
MAX_SUBSCRIBED: Final = 4096  # the characters that a driver holds by default
MAX_PAIRS: Final = 10_000  # of a comparison: more than anybody chooses from
SHORTEST: Final = 1e-3  # seconds that a duration or a time to live has at least


_AUDIO_KEY: Final = re.compile(rb'"audio"\s*:\s*"')
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


@dataclass(frozen=True, slots=True)
class KeyframeCue:
    """A keyframe that the game gives with its line: values, or words that become values."""

    text: str = ""
    at: float | None = None
    onset: Onset | None = None
    values: tuple[float, ...] | None = None  # 61, wire order


@dataclass(frozen=True, slots=True)
class Line:
    """A line of dialogue to act; times in seconds."""

    character: str
    text: str
    emotion: str = ""
    background: str = ""
    id: str | None = None
    duration: float | None = None
    delay: float | Literal["signal"] = 0.0
    when: When = "queue"
    priority: int = 0
    ttl: float | None = None
    intensity: float = 1.0
    phones: tuple[Phone, ...] | Shapes | Letters | None = None
    audio: str | None = None
    keyframes: tuple[KeyframeCue, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends what a character, or everyone ("*"), plays and was going to play."""

    character: str
    fade: float = 0.25


@dataclass(frozen=True, slots=True)
class Mood:
    """What a face rests in between lines."""

    character: str
    emotion: str
    intensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Gaze:
    """Takes the eyes over (radians, yaw + to the own right, pitch + down), or gives them back when None."""

    character: str
    yaw: float | None
    pitch: float | None


@dataclass(frozen=True, slots=True)
class Listen:
    """A character attends to another one, or to nobody; angles as in Gaze say where the other one is."""

    character: str
    to: str | None
    yaw: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A character's profile from now on."""

    character: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Clock:
    """How fast the game's clock runs: 1 as the wall's, 0 paused."""

    scale: float


@dataclass(frozen=True, slots=True)
class Explain:
    """Asks which layer made each channel of a face what it is at this moment."""

    character: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Asks for the keyframes of a line, or of faces in words, that nobody plays; `planned` answers with this id."""

    id: str
    text: str = ""
    emotion: str = ""
    background: str = ""
    duration: float | None = None
    keyframes: tuple[KeyframeCue, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioStarted:
    """The voice of a line has started."""

    id: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Asks for the frames of some characters, "*" for all, at so many a second."""

    characters: tuple[str, ...] = ("*",)
    format: Format = "json"
    rate: int = MAX_RATE


@dataclass(frozen=True, slots=True)
class Choose:
    """Says which take of a pair is better, or takes the last choice back when None."""

    id: str
    choice: Verdict | None


@dataclass(frozen=True, slots=True)
class Hello:
    """The driver's greeting."""

    version: int
    fps: int
    names: tuple[str, ...]
    units: Mapping[str, str]
    characters: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The line was taken; `position` lines are ahead of it."""

    id: str
    position: int


@dataclass(frozen=True, slots=True)
class PlannedKeyframe:
    """A keyframe as it will be played, its 61 values by name."""

    at: float
    onset: Onset
    text: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Planned:
    """The keyframes of a line; the answer to a Plan also says how many seconds the voice would take."""

    id: str
    keyframes: tuple[PlannedKeyframe, ...]
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The line plays from this frame on; `time` is in seconds since the driver started."""

    id: str
    frame: int
    time: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The line is over; `message` says why it was refused."""

    id: str
    reason: Reason
    message: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One face at one moment: per channel its value and what each layer changed, where it did."""

    character: str
    t: float
    channels: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Error:
    """A message that could not be acted on, and the line it was about where that is known."""

    code: str
    message: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A line and two takes of it to choose from, the `number`th of `total`; without an id all are chosen.

    `last` is the pair whose choice can be taken back.
    """

    number: int
    total: int
    id: str | None = None
    last: str | None = None
    text: str = ""
    emotion: str = ""
    background: str = ""
    left: tuple[PlannedKeyframe, ...] = ()
    right: tuple[PlannedKeyframe, ...] = ()


ToFacecue = Line | Stop | Mood | Gaze | Listen | Fit | Clock | Explain | Plan | AudioStarted | Subscribe | Choose
FromFacecue = Hello | Accepted | Planned | Started | Finished | Explained | Error | Pair
Message = ToFacecue | FromFacecue


def decode(data: str | bytes, limit: int = MAX_MESSAGE_BYTES, kind: str = "") -> Message:
    """The message in a JSON text of at most `limit` bytes and, in a line, as much base64 audio as MAX_AUDIO besides.

    `kind` is the type of a message that names none. Raises DecodeError with a code, and the line's id where it could
    be read.
    """
    fields = _parse(data, limit)
    return from_fields({"type": kind, **fields} if kind else fields)


def from_fields(fields: Fields) -> Message:
    """The message that these fields are; raises as `decode` does."""
    try:
        kind = read.text(read.required(fields, "type"), "type", MAX_ID)
        if kind not in _DECODERS:
            raise DecodeError(
                f"unknown type {kind[:40]!r}, expected one of {', '.join(_DECODERS)}", code="unknown_type"
            )
        message_class, decoder = _DECODERS[kind]
        read.only(fields, ("type", *(field.name for field in fields_of(message_class))))
        return decoder(fields)
    except DecodeError as error:
        raise DecodeError(str(error), code=error.code, line_id=_readable_id(fields)) from None


def encode(message: Message) -> str:
    """The JSON text of a message; what has its default value is left out; raises ValueError for NaN and infinities."""
    fields: dict[str, object] = {"type": _TYPES[type(message)]}
    for field in fields_of(message):
        value = getattr(message, field.name)
        if value != field.default:
            fields[field.name] = value
    return json.dumps(fields, default=_plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def kind_of(message: Message) -> str:
    """The type of a message, as it stands in its JSON."""
    return _TYPES[type(message)]


def _parse(data: str | bytes, limit: int) -> Fields:
    """The fields of a message; long audio is cut out before the rest is parsed, as parsing megabytes takes long."""
    given = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(given) <= limit:
        return read.parse(data, limit)
    rest, audio = _cut_audio(given)
    fields = read.parse(rest, limit)
    if not audio:
        return fields
    if fields.get("type") != "line" or fields.get("audio") != "":
        raise DecodeError(f"message is {len(given)} bytes, expected at most {limit}", code="too_long")
    return {**fields, "audio": _checked_audio(audio)}


def _cut_audio(given: bytes) -> tuple[bytes, bytes]:
    """The message with an empty audio, and the audio that was there: what is between the quotes."""
    key = _AUDIO_KEY.search(given)
    end = given.find(b'"', key.end()) if key else -1
    if key is None or end < 0:
        return given, b""
    return given[: key.end()] + given[end:], given[key.end() : end]


def _checked_audio(audio: bytes) -> str:
    has_other_escapes = audio.count(b"\\") != audio.count(b"\\/")  # some libraries write a slash so
    plain = audio.translate(None, b"\\")
    if has_other_escapes or plain.translate(None, _BASE64):
        raise DecodeError("audio is long and not base64, expected base64 of a WAV file", code="out_of_range")
    return plain.decode()


def check_character(value: object, field: str = "character") -> str:
    """The name of a character: 1 to 64 bytes, no control characters, not the "*" that means everyone."""
    name = read.name(value, field, MAX_CHARACTER)
    if name == "*":
        raise DecodeError(f"{field} is '*', expected one character", code="out_of_range")
    return name


def decode_keyframes(value: object) -> tuple[KeyframeCue, ...]:
    """The keyframes that come with a line; their times do not run backwards."""
    cues = tuple(
        _keyframe(item, f"keyframes[{i}]") for i, item in enumerate(read.array(value, "keyframes", MAX_KEYFRAMES))
    )
    times = [cue.at for cue in cues if cue.at is not None]
    if times != sorted(times):
        raise DecodeError("keyframes run backwards, expected ascending at", code="out_of_range")
    return cues


def _keyframe(value: object, where: str) -> KeyframeCue:
    fields = read.table(value, where)
    read.only(fields, ("at", "onset", "text", "values"), f"{where}.")
    given = _optional(fields, "values", lambda v, _: _values(v, f"{where}.values"))
    caption = read.text(fields.get("text", ""), f"{where}.text", MAX_CAPTION)
    if given is None and not caption.strip():
        raise DecodeError(f"{where} has neither text nor values", code="missing_field")
    at = _optional(fields, "at", lambda v, _: read.number(v, f"{where}.at", EARLIEST, LATEST))
    onset = _optional(fields, "onset", lambda v, _: read.choice(v, f"{where}.onset", get_args(Onset)))
    return KeyframeCue(caption, at, onset, given)


def _values(value: object, where: str) -> tuple[float, ...]:
    row = [0.0] * len(CHANNELS)
    for name, given in read.table(value, where).items():
        if name not in INDEX:
            raise DecodeError(f"{where}: unknown channel {name[:40]!r}", code="unknown_channel")
        i = INDEX[name]
        row[i] = read.number(given, f"{where}.{name}", float(LOWEST[i]), float(HIGHEST[i]))
    return tuple(row)


def _line(fields: Fields) -> Line:
    line = Line(
        character=check_character(read.required(fields, "character")),
        text=read.text(read.required(fields, "text"), "text", MAX_TEXT),
        emotion=read.text(fields.get("emotion", ""), "emotion", MAX_EMOTION),
        background=read.text(fields.get("background", ""), "background", MAX_BACKGROUND),
        id=_optional(fields, "id", _id),
        duration=_optional(fields, "duration", lambda v, name: read.number(v, name, SHORTEST, MAX_DURATION)),
        delay=_delay(fields.get("delay", 0.0)),
        when=read.choice(fields.get("when", "queue"), "when", get_args(When)),
        priority=read.integer(fields.get("priority", 0), "priority", -MAX_PRIORITY, MAX_PRIORITY),
        ttl=_optional(fields, "ttl", lambda v, name: read.number(v, name, SHORTEST, MAX_TTL)),
        intensity=read.number(fields.get("intensity", 1.0), "intensity", 0, MAX_INTENSITY),
        phones=_optional(fields, "phones", voices.decode),
        audio=_optional(fields, "audio", lambda v, name: read.text(v, name, MAX_AUDIO, 1)),
        keyframes=_optional(fields, "keyframes", lambda v, _: decode_keyframes(v)) or (),
    )
    _check_substance(line)
    return line


def _check_substance(message: Line | Plan) -> None:
    if not message.text.strip() and not (message.emotion.strip() or message.background.strip() or message.keyframes):
        raise DecodeError(
            f"text is blank, expected 1..{MAX_TEXT} characters or an emotion, background or keyframes to act on",
            code="too_short",
        )


def _plan(fields: Fields) -> Plan:
    plan = Plan(
        id=_id(read.required(fields, "id"), "id"),
        text=read.text(fields.get("text", ""), "text", MAX_TEXT),
        emotion=read.text(fields.get("emotion", ""), "emotion", MAX_EMOTION),
        background=read.text(fields.get("background", ""), "background", MAX_BACKGROUND),
        duration=_optional(fields, "duration", lambda v, name: read.number(v, name, SHORTEST, MAX_DURATION)),
        keyframes=_optional(fields, "keyframes", lambda v, _: decode_keyframes(v)) or (),
    )
    _check_substance(plan)
    return plan


def _stop(fields: Fields) -> Stop:
    who = read.required(fields, "character")
    return Stop(who if who == "*" else check_character(who), read.number(fields.get("fade", 0.25), "fade", 0, MAX_FADE))


def _mood(fields: Fields) -> Mood:
    return Mood(
        check_character(read.required(fields, "character")),
        read.text(read.required(fields, "emotion"), "emotion", MAX_EMOTION),
        read.number(fields.get("intensity", 1.0), "intensity", 0, MAX_INTENSITY),
    )


def _gaze(fields: Fields) -> Gaze:
    if "yaw" not in fields and "pitch" not in fields:
        raise DecodeError("yaw is missing", code="missing_field")
    angles = {
        name: _optional(fields, name, lambda v, n: read.number(v, n, -MAX_ANGLE, MAX_ANGLE))
        for name in ("yaw", "pitch")
    }
    if (angles["yaw"] is None) != (angles["pitch"] is None):
        lacking = "yaw" if angles["yaw"] is None else "pitch"
        raise DecodeError(
            f"{lacking} is missing, expected a number as the other angle is, or null for both", code="missing_field"
        )
    return Gaze(check_character(read.required(fields, "character")), angles["yaw"], angles["pitch"])


def _listen(fields: Fields) -> Listen:
    to = read.required(fields, "to")
    angles = [read.number(fields.get(name, 0.0), name, -MAX_ANGLE, MAX_ANGLE) for name in ("yaw", "pitch")]
    return Listen(
        check_character(read.required(fields, "character")), None if to is None else check_character(to), *angles
    )


def _fit(fields: Fields) -> Fit:
    profile = read.table(read.required(fields, "profile"), "profile")
    return Fit(check_character(read.required(fields, "character")), read_profile(profile, "profile."))


def _clock(fields: Fields) -> Clock:
    return Clock(read.number(read.required(fields, "scale"), "scale", 0, MAX_SCALE))


def _explain(fields: Fields) -> Explain:
    return Explain(check_character(read.required(fields, "character")))


def _explained(fields: Fields) -> Explained:
    channels = {
        read.choice(name, "channels", CHANNELS): {
            read.name(layer, name, MAX_ID): read.number(v, layer, -MAX_SHARE, MAX_SHARE)
            for layer, v in read.table(shares, name).items()
        }
        for name, shares in read.table(read.required(fields, "channels"), "channels").items()
    }
    return Explained(
        check_character(read.required(fields, "character")),
        read.number(read.required(fields, "t"), "t", 0, 2.0**53),
        channels,
    )


def _audio_started(fields: Fields) -> AudioStarted:
    return AudioStarted(_id(read.required(fields, "id"), "id"))


def _choose(fields: Fields) -> Choose:
    verdict = read.required(fields, "choice")
    return Choose(
        _id(read.required(fields, "id"), "id"),
        None if verdict is None else read.choice(verdict, "choice", get_args(Verdict)),
    )


def _subscribe(fields: Fields) -> Subscribe:
    wanted = read.array(fields.get("characters", ["*"]), "characters", MAX_SUBSCRIBED)
    return Subscribe(
        tuple(read.name(name, f"characters[{i}]", MAX_CHARACTER) for i, name in enumerate(wanted)),
        read.choice(fields.get("format", "json"), "format", get_args(Format)),
        read.integer(fields.get("rate", MAX_RATE), "rate", 1, MAX_RATE),
    )


def _hello(fields: Fields) -> Hello:
    units = read.table(read.required(fields, "units"), "units").items()
    return Hello(
        version=read.integer(read.required(fields, "version"), "version", 0, 1000),
        fps=read.integer(read.required(fields, "fps"), "fps", 1, 1000),
        names=_names(fields, "names", len(CHANNELS)),
        units={read.text(name, "units", MAX_ID): read.text(unit, "units", MAX_ID) for name, unit in units},
        characters=_names(fields, "characters", 65535),
        model=read.text(read.required(fields, "model"), "model", MAX_TEXT),
    )


def _accepted(fields: Fields) -> Accepted:
    return Accepted(
        _id(read.required(fields, "id"), "id"), read.integer(read.required(fields, "position"), "position", 0, 10**6)
    )


def decode_planned(value: object) -> tuple[PlannedKeyframe, ...]:
    """Keyframes that have everything: a time, an onset and values."""
    keyframes = []
    for cue in decode_keyframes(value):
        if cue.at is None or cue.onset is None or cue.values is None:
            raise DecodeError("keyframes want at, onset and values", code="missing_field")
        values = dict(zip(CHANNELS, cue.values, strict=True))
        keyframes.append(PlannedKeyframe(cue.at, cue.onset, cue.text, values))
    return tuple(keyframes)


def _planned(fields: Fields) -> Planned:
    keyframes = decode_planned(read.required(fields, "keyframes"))
    duration = _optional(fields, "duration", lambda v, name: read.number(v, name, 0, MAX_DURATION))
    return Planned(_id(read.required(fields, "id"), "id"), keyframes, duration)


def _pair(fields: Fields) -> Pair:
    return Pair(
        number=read.integer(read.required(fields, "number"), "number", 0, MAX_PAIRS),
        total=read.integer(read.required(fields, "total"), "total", 0, MAX_PAIRS),
        id=_optional(fields, "id", _id),
        last=_optional(fields, "last", _id),
        text=read.text(fields.get("text", ""), "text", MAX_TEXT),
        emotion=read.text(fields.get("emotion", ""), "emotion", MAX_EMOTION),
        background=read.text(fields.get("background", ""), "background", MAX_BACKGROUND),
        left=decode_planned(fields.get("left", [])),
        right=decode_planned(fields.get("right", [])),
    )


def _started(fields: Fields) -> Started:
    return Started(
        _id(read.required(fields, "id"), "id"),
        read.integer(read.required(fields, "frame"), "frame", 0, 2**53),
        read.number(read.required(fields, "time"), "time", 0, 2.0**53),
    )


def _finished(fields: Fields) -> Finished:
    return Finished(
        _id(read.required(fields, "id"), "id"),
        read.choice(read.required(fields, "reason"), "reason", get_args(Reason)),
        read.text(fields.get("message", ""), "message", MAX_TEXT),
    )


def _error(fields: Fields) -> Error:
    return Error(
        read.text(read.required(fields, "code"), "code", MAX_ID),
        read.text(read.required(fields, "message"), "message", MAX_TEXT),
        _optional(fields, "id", _id),
    )


_DECODERS: Final[dict[str, tuple[type, Callable[[Fields], Message]]]] = {
    "line": (Line, _line), "stop": (Stop, _stop), "mood": (Mood, _mood), "gaze": (Gaze, _gaze),
    "audio_started": (AudioStarted, _audio_started), "subscribe": (Subscribe, _subscribe), "hello": (Hello, _hello),
    "accepted": (Accepted, _accepted), "planned": (Planned, _planned), "started": (Started, _started),
    "finished": (Finished, _finished), "error": (Error, _error), "listen": (Listen, _listen), "profile": (Fit, _fit),
    "clock": (Clock, _clock), "explain": (Explain, _explain), "explained": (Explained, _explained),
    "plan": (Plan, _plan), "choose": (Choose, _choose), "pair": (Pair, _pair),
}  # fmt: skip
TYPES: Final = tuple(_DECODERS)
_TYPES: Final = {message_class: kind for kind, (message_class, _) in _DECODERS.items()}


def _id(value: object, field: str) -> str:
    return read.name(value, field, MAX_ID)


def _delay(value: object) -> float | Literal["signal"]:
    if value == "signal":
        return "signal"
    if isinstance(value, str):
        raise DecodeError(f"delay is {value[:40]!r}, expected a number or 'signal'", code="wrong_type")
    return read.number(value, "delay", 0, MAX_DELAY)


def _names(fields: Fields, field: str, longest: int) -> tuple[str, ...]:
    names = read.array(read.required(fields, field), field, longest)
    return tuple(read.name(name, field, MAX_CHARACTER) for name in names)


def _optional(fields: Fields, field: str, reader: Callable[[Any, str], Any]) -> Any:  # Any: what the reader returns
    value = fields.get(field)
    return None if value is None else reader(value, field)


def _readable_id(fields: Fields) -> str | None:
    try:
        return None if fields.get("id") is None else _id(fields["id"], "id")
    except DecodeError:
        return None


def _plain(value: object) -> object:
    if isinstance(value, Phone):
        return [value.symbol, value.start, value.end]
    if isinstance(value, (Shapes, Letters)):
        return voices.encode(value)
    if isinstance(value, KeyframeCue):
        cue = {"text": value.text, "at": value.at, "onset": value.onset}
        given = None if value.values is None else dict(zip(CHANNELS, value.values, strict=True))
        return {k: v for k, v in (cue | {"values": given}).items() if v not in (None, "")}
    if isinstance(value, Profile):
        return write_profile(value)
    if isinstance(value, PlannedKeyframe):
        return {"at": value.at, "onset": value.onset, "text": value.text, "values": dict(value.values)}
    raise TypeError(f"{type(value).__name__} is not JSON")
