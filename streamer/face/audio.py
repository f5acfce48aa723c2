"""The voice of a line as samples: reads WAV files or their base64, finds where someone speaks and how loudly."""

import base64
import binascii
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE: Final = 16_000  # Hz: what the aligner hears, and all that a mouth needs
MAX_BYTES: Final = 10 * 1024 * 1024  # of a WAV in base64: what a message holds
MAX_FILE_BYTES: Final = 64 * 1024 * 1024  # of a WAV file: six minutes of 48 kHz in stereo
MAX_SECONDS: Final = 600.0  # three times the longest text
LOWEST_RATE, HIGHEST_RATE = 8_000, 96_000  # Hz, from telephones to studios
MAX_NAME: Final = 1024  # characters of a path; longer is base64 of something else
SILENT_DB: Final = -60.0  # full scale is 0; a voice whose peaks are below is no voice

_PIECE: Final = 256 * 1024  # characters of base64 at once, a multiple of four: frames do not wait for all of it
_WAV: Final = "UklGR"  # base64 of "RIFF"
_SHOWN: Final = 40  # characters of a path that an error repeats
_MAX_CHUNKS: Final = 1000  # before the data; files have a handful
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # format tags
_LOBES: Final = 12  # zero crossings of the resampling filter on each side
_PASSED: Final = 0.95  # of the lower of the two bands; the rest is the filter's slope
_HOP: Final = RATE // 100  # samples from one level to the next
_LEVELS: Final = RATE // _HOP  # levels a second
_VOWEL: Final = 10  # levels that are louder than the peak: a vowel lasts a tenth of a second
_FLOOR_DB: Final = -90.0  # what digital silence counts as
_ABOVE_NOISE: Final = 10.0  # dB over the noise that speech is
_QUIETEST, _LOUDEST = 40.0, 20.0  # dB below the peaks that the threshold is at most and at least
_ATTACK, _HANGOVER = 0.02, 0.06  # seconds before and after the voice that belong to it
_SHORTEST_GAP: Final = 0.15  # seconds; the closure of a stop is shorter
_SHORTEST_PART: Final = 0.05  # seconds; a click is shorter
_RANGE_DB: Final = 30.0  # from a murmur, where the jaw is shut, to the peaks
_WINDOW: Final = 0.05  # seconds over which loudness is taken: a few periods of the voice


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Mono speech at 16 kHz."""

    samples: Floats  # (N,), -1..1

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def load(source: str, folder: Path | None = None) -> Audio:
    """The audio in a WAV file below `folder`, or in base64 of one; raises ValueError saying what is wrong with it.

    Takes PCM of 8, 16, 24 or 32 bits and 32-bit floats, 8..96 kHz, mono or stereo, at most ten minutes.
    """
    return _decode(_unpack(source) if source.startswith(_WAV) else _read(source, folder))


def voiced(audio: Audio) -> list[tuple[float, float]]:
    """Where someone speaks, in seconds, ascending; pauses shorter than a stop's closure are part of the speech."""
    levels = _levels(audio.samples)
    threshold = _threshold(levels)
    is_speech = np.concatenate(([False], levels >= threshold, [False]))
    edges = np.flatnonzero(np.diff(is_speech.astype(np.int8))).reshape(-1, 2) / _LEVELS
    runs = _joined([(float(begin), float(end)) for begin, end in edges], _SHORTEST_GAP)
    lasting = [(begin - _ATTACK, end + _HANGOVER) for begin, end in runs if end - begin >= _SHORTEST_PART]
    return [(max(0.0, begin), min(audio.seconds, end)) for begin, end in _joined(lasting, 0.0)]


def loudness(audio: Audio, rate: float = 60.0) -> Floats:
    """How loud the voice is at each frame of so many Hz: 0 in its pauses, 1 at its peaks."""  # (T,)
    levels = _levels(audio.samples)
    threshold, peak = _threshold(levels), _peak(levels)
    if not math.isfinite(threshold):
        return np.zeros(math.ceil(audio.seconds * rate), np.float32)
    kernel = _kernel()
    smooth = np.convolve(np.pad(10 ** (levels / 10), len(kernel) // 2), kernel, "valid")
    at = (np.arange(math.ceil(audio.seconds * rate)) / rate) * _LEVELS
    power = np.interp(at, np.arange(len(levels)) + 0.5, smooth)
    quiet = max(threshold, peak - _RANGE_DB)
    loud = (10 * np.log10(np.maximum(power, 1e-9)) - quiet) / max(peak - quiet, 1.0)
    return np.clip(loud, 0, 1).astype(np.float32)


def resample(samples: Floats, rate: int) -> Floats:
    """The samples of another rate in Hz at 16 kHz, through a windowed sinc that keeps what both rates can hold."""
    if rate == RATE:
        return samples
    common = math.gcd(rate, RATE)
    phases, step = RATE // common, rate // common  # output n is at n * step / phases
    band = _PASSED * min(1.0, RATE / rate)
    reach = math.ceil(_LOBES / band)
    taken = sliding_window_view(np.pad(samples, reach), 2 * reach)
    output = np.zeros(math.ceil(len(samples) * RATE / rate), np.float32)
    for phase in range(min(phases, len(output))):
        first, offset = divmod(phase * step, phases)
        rows = taken[first::step][: len(output[phase::phases])]
        output[phase : phase + len(rows) * phases : phases] = rows @ _taps(reach, offset / phases, band)
    return output


def _unpack(source: str) -> bytes:
    if len(source) * 3 // 4 > MAX_BYTES + 2:
        raise ValueError(f"audio is {len(source) * 3 // 4} bytes, expected at most {MAX_BYTES}")
    try:
        if source.find("=", 0, len(source) - 2) >= 0:  # it ends base64
            raise ValueError
        pieces = [source[at : at + _PIECE] for at in range(0, len(source), _PIECE)]
        return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except (binascii.Error, ValueError):
        raise ValueError("audio is not a WAV file: its base64 is broken") from None


def _read(source: str, folder: Path | None) -> bytes:
    if folder is None or len(source) > MAX_NAME:
        raise ValueError("audio is not a WAV file in base64" + ", and no paths are read" * (folder is None))
    try:
        path = _below(source, folder)
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "a link leads back to itself"
        raise ValueError(f"audio {source[:_SHOWN]!r} cannot be read: {reason.lower()}") from None
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"audio {source[:_SHOWN]!r} is more than {MAX_FILE_BYTES} bytes")
    return data


def _below(source: str, folder: Path) -> Path:
    """The file that a path means, links followed, which has to be a plain one below the folder."""
    if "\0" in source:
        raise ValueError("audio is a path with a zero byte")
    root = folder.resolve()
    path = (root / source).resolve()
    if not path.is_relative_to(root):  # said before it is looked at: nobody learns which files exist elsewhere
        raise ValueError(f"audio {source[:_SHOWN]!r} is outside the folder of audio")
    if path.exists() and not path.is_file():  # to open a pipe would wait for ever
        raise ValueError(f"audio {source[:_SHOWN]!r} is not a file")
    return path


def _decode(data: bytes) -> Audio:
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("audio is not a WAV file: it does not begin with RIFF and WAVE")
    chunks = _chunks(data)
    if len(chunks.get(b"fmt ", b"")) < 16 or b"data" not in chunks:
        raise ValueError("audio is not a WAV file: its format or data are missing")
    tag, channels, rate, bits = _format(bytes(chunks[b"fmt "]))
    count = len(chunks[b"data"]) // (channels * bits // 8)
    if not 0 < count <= MAX_SECONDS * rate:
        raise ValueError(f"audio lasts {count / rate:.1f} seconds, expected more than 0, up to {MAX_SECONDS:g}")
    samples = _numbers(chunks[b"data"][: count * channels * bits // 8], tag, bits)
    if not np.isfinite(samples).all():
        raise ValueError("audio holds what is not a number")
    mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return Audio(np.clip(resample(mono, rate), -1, 1))


def _chunks(data: bytes) -> dict[bytes, memoryview]:
    """The format and data of a WAV; a chunk that says it is longer than the file, as streams do, ends with the file."""
    found: dict[bytes, memoryview] = {}
    view, at = memoryview(data), 12
    for _ in range(_MAX_CHUNKS):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in (b"fmt ", b"data"):
            found[name] = view[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        if at >= len(data) or b"data" in found:
            break
    return found


def _format(chunk: bytes) -> tuple[int, int, int, int]:
    """The tag, channels, rate and bits of a WAV that can be read."""
    tag, channels, rate, bits = (
        int.from_bytes(chunk[at : at + size], "little") for at, size in ((0, 2), (2, 2), (4, 4), (14, 2))
    )
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    if (tag, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32)}:
        raise ValueError(
            f"audio has format {tag} of {bits} bits, expected PCM (1) of 8, 16, 24 or 32 or floats (3) of 32"
        )
    if channels not in (1, 2):
        raise ValueError(f"audio has {channels} channels, expected 1 or 2")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ValueError(f"audio has {rate} samples a second, expected {LOWEST_RATE}..{HIGHEST_RATE}")
    return tag, channels, rate, bits


def _numbers(data: memoryview, tag: int, bits: int) -> Floats:
    if tag == _FLOAT:
        return np.frombuffer(data, "<f4").astype(np.float32)
    if bits == 8:
        return _scaled(np.frombuffer(data, np.uint8).astype(np.float32) - 128, bits)
    if bits == 24:  # as the upper three bytes of 32 bits
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return _scaled(padded.view("<i4")[:, 0], 32)
    return _scaled(np.frombuffer(data, f"<i{bits // 8}"), bits)


def _scaled(numbers: NDArray[Any], bits: int) -> Floats:  # Any: integers of any width
    return numbers.astype(np.float32) * np.float32(2.0 ** (1 - bits))


def _taps(reach: int, offset: float, band: float) -> Floats:
    """The filter around a place so far after a sample, of which `reach` come before it; sums to 1."""
    at = np.arange(-reach, reach) - offset
    taps = np.sinc(at * band) * np.cos(np.pi / 2 * np.clip(at / (reach + 1), -1, 1)) ** 2
    normal: Floats = (taps / taps.sum()).astype(np.float32)
    return normal


def _levels(samples: Floats) -> NDArray[np.float64]:
    """The power of each hundredth of a second, in dB of full scale."""  # (N / 160,)
    count = max(1, -(-len(samples) // _HOP))
    whole = np.pad(samples, (0, count * _HOP - len(samples))).reshape(-1, _HOP).astype(np.float64)
    power = np.square(whole - whole.mean()).mean(axis=1)
    levels: NDArray[np.float64] = np.maximum(10 * np.log10(np.maximum(power, 1e-12)), _FLOOR_DB)
    return levels


def _peak(levels: NDArray[np.float64]) -> float:
    """The level that the voice reaches in its vowels, however short it is in a long silence."""
    return float(np.sort(levels)[-1 - min(len(levels) // 20, _VOWEL)])


def _threshold(levels: NDArray[np.float64]) -> float:
    """The level in dB above which someone speaks: over the noise, but in reach of the peaks."""
    peak = _peak(levels)
    if peak < SILENT_DB:
        return math.inf
    noise = float(np.percentile(levels, 10))
    return min(max(noise + _ABOVE_NOISE, peak - _QUIETEST), peak - _LOUDEST)


def _kernel() -> NDArray[np.float64]:
    """Weights of neighbouring levels, which sum to 1."""
    count = 1 + 2 * round(_WINDOW * _LEVELS / 2)
    weights = np.hanning(count + 2).astype(np.float64)
    kernel: NDArray[np.float64] = weights / weights.sum()
    return kernel


def _joined(runs: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """The runs, those that are closer than the gap made one."""
    joined: list[tuple[float, float]] = []
    for begin, end in runs:
        if joined and begin - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
