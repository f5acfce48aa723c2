"""What the mouth does for each sound, and how neighbouring sounds blend: sounds in, curves of the lower face out.

Every sound has a shape that it wants and a reach in time. At any moment the mouth is the mean of the shapes that reach
it, each by how strongly it does, so that sounds lean on each other; rounding begins long before its sound. Only the
closing of the lips is never averaged away: it has a curve of its own, which the layers obey.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import CHANNELS, INDEX, Floats
from streamer.face.sounds import SILENCE, VOWELS, Sound

# The shapes that speech moves, and what it tells the other layers.
SHAPES: Final = (*(n for n in CHANNELS if n.startswith(("Jaw", "Mouth"))), "CheekPuff", "TongueOut")
CONTROLS: Final = ("activity", "closure", "rounding", "emphasis")
COLUMNS: Final = SHAPES + CONTROLS
COLUMN: Final = {name: i for i, name in enumerate(COLUMNS)}

RATE: Final = 60  # samples a second
LEAD: Final = 0.2  # the mouth gets ready this long before the voice
TAIL: Final = 0.3  # and is back at rest this long after it

_BLOCK: Final = 128  # samples that are computed at once
_REACH: Final = 0.35  # seconds; farther away no sound is felt
_FLANK: Final = 0.085  # seconds in which lips come together and part
_PIECE: Final = 0.16  # seconds; longer sounds and silences are held in pieces
_HOLE: Final = 0.05  # seconds between two sounds that are a silence
_SPREAD: Final = 0.36  # of a sound's length: how far it reaches
_SEALED: Final = 0.025  # seconds that lips stay together beyond their sound's own middle, at least
_OPENING: Final = 0.9  # of the jaw in an unstressed syllable; a stressed one opens fully
_STRESSED: Final = 1.2

_SIDED: Final = ("Smile", "Frown", "Dimple", "Stretch", "Press", "LowerDown", "UpperUp")

# Vowels glide from their first shape to their second.
_VOWEL_SHAPES: Final[Mapping[str, tuple[Mapping[str, float], ...]]] = {
    "AA": ({"JawOpen": 0.44, "LowerDown": 0.12},),
    "AE": ({"JawOpen": 0.38, "Stretch": 0.16, "UpperUp": 0.1, "LowerDown": 0.16},),
    "AH": ({"JawOpen": 0.29, "LowerDown": 0.1},),
    "AO": ({"JawOpen": 0.36, "Funnel": 0.3},),
    "AW": ({"JawOpen": 0.43, "LowerDown": 0.1}, {"JawOpen": 0.15, "Pucker": 0.4, "Funnel": 0.2}),
    "AY": ({"JawOpen": 0.42, "LowerDown": 0.12}, {"JawOpen": 0.15, "Smile": 0.14, "Stretch": 0.1}),
    "EH": ({"JawOpen": 0.3, "Stretch": 0.12, "LowerDown": 0.14},),
    "ER": ({"JawOpen": 0.17, "Funnel": 0.26, "Pucker": 0.16},),
    "EY": ({"JawOpen": 0.28, "Stretch": 0.14, "LowerDown": 0.14}, {"JawOpen": 0.14, "Smile": 0.14, "Stretch": 0.14}),
    "IH": ({"JawOpen": 0.2, "Stretch": 0.12, "LowerDown": 0.12},),
    "IY": ({"JawOpen": 0.13, "Smile": 0.18, "Stretch": 0.2, "LowerDown": 0.12},),
    "OW": ({"JawOpen": 0.32, "Funnel": 0.34, "Pucker": 0.16}, {"JawOpen": 0.14, "Pucker": 0.52, "Funnel": 0.24}),
    "OY": ({"JawOpen": 0.34, "Funnel": 0.36, "Pucker": 0.12}, {"JawOpen": 0.15, "Smile": 0.12, "Stretch": 0.12}),
    "UH": ({"JawOpen": 0.21, "Funnel": 0.3, "Pucker": 0.16},),
    "UW": ({"JawOpen": 0.13, "Pucker": 0.56, "Funnel": 0.28},),
}
_LIPS_CLOSED: Final = {"JawOpen": 0.06, "Press": 0.14}
_LIP_ON_TEETH: Final = {"JawOpen": 0.07, "RollLower": 0.5, "UpperUp": 0.2, "LowerDown": 0.0}
_HUSHED: Final = {"JawOpen": 0.04, "Funnel": 0.46, "Pucker": 0.14, "UpperUp": 0.12, "LowerDown": 0.14}
_HISSED: Final = {"JawOpen": 0.02, "Stretch": 0.18, "LowerDown": 0.24, "UpperUp": 0.08}
_BEHIND_TEETH: Final = {"JawOpen": 0.05, "LowerDown": 0.14, "TongueOut": 0.03}
_AT_PALATE: Final = {"JawOpen": 0.1, "LowerDown": 0.06}
_CONSONANT_SHAPES: Final[Mapping[str, Mapping[str, float]]] = {
    "P": _LIPS_CLOSED, "B": _LIPS_CLOSED, "M": _LIPS_CLOSED, "F": _LIP_ON_TEETH, "V": _LIP_ON_TEETH,
    "CH": _HUSHED, "JH": _HUSHED, "SH": _HUSHED, "ZH": _HUSHED, "S": _HISSED, "Z": _HISSED,
    "T": _BEHIND_TEETH, "D": _BEHIND_TEETH, "N": _BEHIND_TEETH, "K": _AT_PALATE, "G": _AT_PALATE, "NG": _AT_PALATE,
    "HH": {"JawOpen": 0.14}, "L": {"JawOpen": 0.12, "TongueOut": 0.14, "LowerDown": 0.1},
    "TH": {"JawOpen": 0.09, "TongueOut": 0.36, "LowerDown": 0.12, "UpperUp": 0.06},
    "DH": {"JawOpen": 0.09, "TongueOut": 0.3, "LowerDown": 0.12, "UpperUp": 0.06},
    "W": {"JawOpen": 0.05, "Pucker": 0.62, "Funnel": 0.22}, "R": {"JawOpen": 0.08, "Funnel": 0.28, "Pucker": 0.2},
    "Y": {"JawOpen": 0.11, "Smile": 0.14, "Stretch": 0.14},
}  # fmt: skip
CLOSING: Final = frozenset("PBM")
_ROUNDING: Final = {"W": 1.0, "UW": 1.0, "OW": 0.8, "UH": 0.5, "AO": 0.4, "OY": 0.4, "AW": 0.3, "R": 0.4, "ER": 0.4,
                    "SH": 0.4, "ZH": 0.4, "CH": 0.4, "JH": 0.4}  # fmt: skip


def _columns(shape: Mapping[str, float], phone: str) -> NDArray[np.float64]:
    row = np.zeros(len(COLUMNS))
    for part, weight in shape.items():
        name = part if part in COLUMN else "Mouth" + part
        for column in (name + "Left", name + "Right") if part in _SIDED else (name,):
            row[COLUMN[column]] = weight
    row[COLUMN["activity"]] = 1.0
    row[COLUMN["rounding"]] = _ROUNDING.get(phone, 0.0)
    return row


_REST: Final = np.zeros(len(COLUMNS))
_WANTED: Final[Mapping[str, tuple[NDArray[np.float64], ...]]] = {
    SILENCE: (_REST,),
    **{phone: tuple(_columns(shape, phone) for shape in shapes) for phone, shapes in _VOWEL_SHAPES.items()},
    **{phone: (_columns(shape, phone),) for phone, shape in _CONSONANT_SHAPES.items()},
}
_JAW: Final = COLUMN["JawOpen"]
_ROUND_COLUMNS: Final = np.array([COLUMN[name] for name in ("MouthFunnel", "MouthPucker", "rounding")])
# How strongly a sound asks: lips and teeth that must meet insist, the tongue behind them hardly cares for the lips.
_INSISTENCE: Final = {**dict.fromkeys("PBM", 2.0), **dict.fromkeys("FV", 14.0), **dict.fromkeys("KG", 0.8), "HH": 0.4,
                      "NG": 0.8, "W": 2.0, "UW": 1.8, "OW": 1.4, SILENCE: 1.5}  # fmt: skip


def curves(sounds: Sequence[Sound]) -> Floats:
    """The speech of these sounds (T, columns) at RATE, beginning LEAD before the voice and ending TAIL after it."""
    length = round((LEAD + (sounds[-1].end if sounds else 0.0) + TAIL) * RATE) + 1
    if not sounds:
        return np.zeros((length, len(COLUMNS)), np.float32)
    centres, spreads, asks, wanted = _targets(sounds)
    out = np.empty((length, len(COLUMNS)))
    for first in range(0, length, _BLOCK):
        times = np.arange(first, min(first + _BLOCK, length)) / RATE - LEAD
        near = slice(*np.searchsorted(centres, (times[0] - _REACH, times[-1] + _REACH)))
        if near.start == near.stop:
            out[first : first + _BLOCK] = 0.0
            continue
        away = times[:, None] - centres[near]
        out[first : first + _BLOCK] = _blended(away, spreads[near], asks[near], wanted[near])
    out[:, COLUMN["closure"]] = _closure(sounds, length)
    out[:, COLUMN["emphasis"]] = _emphasis(sounds, length)
    out *= _edges(length)[:, None]
    return out.astype(np.float32)


def shaped(values: Floats, rate: float) -> Floats:
    """Curves from whole faces (T, 61) at a rate of their own: their mouths, as they are."""
    seconds = len(values) / rate
    times = np.arange(round((LEAD + seconds + TAIL) * RATE) + 1) / RATE - LEAD
    out = np.zeros((len(times), len(COLUMNS)), np.float32)
    own = np.arange(len(values)) / rate
    for column, name in enumerate(SHAPES):
        out[:, column] = np.interp(times, own, values[:, INDEX[name]])
    out[:, COLUMN["activity"]] = 1.0
    fade = np.interp(times, [-0.15, 0.0, seconds, seconds + 0.2], [0.0, 1.0, 1.0, 0.0])  # its ends are held meanwhile
    return out * (fade * fade * (3 - 2 * fade))[:, None].astype(np.float32)


def loud(levels: Floats) -> Floats:
    """Curves of a mouth that opens as loud as a voice is: (T,) of 0..1 at RATE."""
    before, after = round(LEAD * RATE), round(TAIL * RATE)
    level = np.pad(levels, (before, after + 1))
    out = np.zeros((len(level), len(COLUMNS)), np.float32)
    for name, share in (("JawOpen", 0.42), ("MouthFunnel", 0.1), ("MouthLowerDownLeft", 0.14),
                        ("MouthLowerDownRight", 0.14), ("activity", 2.0)):  # fmt: skip
        out[:, COLUMN[name]] = np.minimum(share * level, 1.0)
    return out


def _targets(sounds: Sequence[Sound]) -> tuple[NDArray[np.float64], ...]:
    """When each shape is meant, how far it reaches, how strongly it asks, and the shape; the rest before and after."""
    targets: list[tuple[float, float, float, NDArray[np.float64]]] = [(-LEAD, 0.07, _INSISTENCE[SILENCE], _REST)]
    at = 0.0
    for sound in sounds:
        if sound.begin - at > _HOLE:
            targets += _pieces(Sound(SILENCE, at, sound.begin))
        targets += _pieces(sound)
        at = max(at, sound.end)
    targets += _pieces(Sound(SILENCE, at + 0.05, at + TAIL + 0.05))
    targets.sort(key=lambda target: target[0])
    centres, spreads, asks, wanted = zip(*targets, strict=True)
    return np.array(centres), np.array(spreads), np.array(asks), np.array(wanted)


def _pieces(sound: Sound) -> Iterator[tuple[float, float, float, NDArray[np.float64]]]:
    """A sound's shapes one after the other; a long one is held piece by piece, so that its middle is its own."""
    shapes = _WANTED[sound.phone]
    length = sound.end - sound.begin
    many = max(len(shapes), math.ceil(length / _PIECE))
    for i in range(many):
        shape = shapes[i * len(shapes) // many]
        shape = _stressed(shape, sound) if sound.phone in VOWELS else shape
        spread = min(max(_SPREAD * length / many, 0.03), 0.12)
        yield sound.begin + (i + 0.5) * length / many, spread, _INSISTENCE.get(sound.phone, 1.0), shape


def _stressed(shape: NDArray[np.float64], sound: Sound) -> NDArray[np.float64]:
    louder = shape.copy()
    louder[_JAW] *= _OPENING + (_STRESSED - _OPENING) * sound.stress
    return louder


def _blended(
    away: NDArray[np.float64], spreads: NDArray[np.float64], asks: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of the shapes (P, columns) by their reach at each time (T, P)."""
    reach = asks * np.exp(-0.5 * (away / spreads) ** 2) + 1e-6 * np.exp(-np.abs(away) / 0.1)
    mixed: NDArray[np.float64] = (reach @ wanted) / reach.sum(1, keepdims=True)
    ahead = np.where(away < 0, 2.2, 1.2)  # lips round long before the sound that wants it
    wide = asks * np.exp(-0.5 * (away / (ahead * spreads)) ** 2) + 1e-6 * np.exp(-np.abs(away) / 0.1)
    mixed[:, _ROUND_COLUMNS] = (wide @ wanted[:, _ROUND_COLUMNS]) / wide.sum(1, keepdims=True)
    return mixed


def _closure(sounds: Sequence[Sound], length: int) -> NDArray[np.float64]:
    """1 where the lips are together, with flanks on either side."""
    open_share = np.ones(length)
    for sound in sounds:
        if sound.phone in CLOSING:
            middle = (sound.begin + sound.end) / 2
            half = max((sound.end - sound.begin) / 2 - _FLANK / 2, _SEALED)
            _raise(open_share, middle, half)
    return 1 - open_share


def _raise(open_share: NDArray[np.float64], middle: float, half: float) -> None:
    first = max(int((LEAD + middle - half - _FLANK) * RATE), 0)
    last = min(int((LEAD + middle + half + _FLANK) * RATE) + 2, len(open_share))
    away = np.abs(np.arange(first, last) / RATE - LEAD - middle) - half
    u = np.clip(away / _FLANK, 0.0, 1.0)
    open_share[first:last] *= u * u * (3 - 2 * u)


def _emphasis(sounds: Sequence[Sound], length: int) -> NDArray[np.float64]:
    """Bumps on stressed vowels, for the head and brows."""
    out = np.zeros(length)
    for sound in sounds:
        if sound.phone in VOWELS and sound.stress >= 1.0:
            middle = (sound.begin + sound.end) / 2
            first, last = (min(max(int((LEAD + middle + d) * RATE), 0), length) for d in (-0.4, 0.4))
            away = np.arange(first, last) / RATE - LEAD - middle
            out[first:last] = np.maximum(out[first:last], min(sound.stress, 1.0) * np.exp(-0.5 * (away / 0.11) ** 2))
    return out


def _edges(length: int) -> NDArray[np.float64]:
    """0 at both ends, so that a clip begins and ends with a mouth at rest; 1 between."""
    along = np.arange(length)
    u = np.clip(np.minimum(along / (0.6 * LEAD * RATE), (length - 1 - along) / (0.6 * TAIL * RATE)), 0.0, 1.0)
    return np.asarray(u * u * (3 - 2 * u))
