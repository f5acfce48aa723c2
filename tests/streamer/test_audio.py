import base64
import io
import os
import struct
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.face import audio
from streamer.face.audio import RATE, Audio, loudness, voiced


def tone(seconds: float, rate: int, hertz: float = 440.0, loud: float = 0.5) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def pcm(samples: np.ndarray, bits: int) -> bytes:
    whole = np.round(samples * (2 ** (bits - 1) - 1)).astype(np.int64)
    if bits == 8:
        return (whole + 128).astype(np.uint8).tobytes()
    return b"".join(int(n).to_bytes(bits // 8, "little", signed=True) for n in whole.ravel())


def wav(samples: np.ndarray, rate: int = 16_000, bits: int = 16) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim > 1 else 1)
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(pcm(samples, bits))
    return stream.getvalue()


def wav_by_hand(data: bytes, tag: int, bits: int, *, channels: int = 1, rate: int = 16_000, more: bytes = b"") -> bytes:
    size = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * size, size, bits) + more
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def load(data: bytes) -> Audio:
    return audio.load(base64.b64encode(data).decode())


def louder_than(sound: Audio, expected: np.ndarray) -> float:
    """How far the samples are from what they should be, away from the ends, where a filter has nothing to go by."""
    both = min(len(sound.samples), len(expected))
    return float(np.abs(sound.samples[:both] - expected[:both])[200:-200].max())


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_a_wav_of_any_depth_and_rate_is_the_same_sound(bits: int, rate: int) -> None:
    heard = load(wav(tone(0.25, rate), rate, bits))
    assert heard.samples.dtype == np.float32 and heard.seconds == pytest.approx(0.25, abs=1e-3)
    assert louder_than(heard, tone(0.25, RATE)) < (0.02 if bits == 8 else 0.01)


def test_both_sides_of_a_stereo_wav_are_heard() -> None:
    left = tone(0.2, RATE)
    heard = load(wav(np.stack((left, np.zeros_like(left)), axis=1)))
    assert louder_than(heard, left / 2) < 0.001


def test_floats_and_the_extensible_format_are_read() -> None:
    samples = tone(0.1, RATE).astype("<f4")
    guid = struct.pack("<HHIH", 22, 32, 4, 3) + bytes.fromhex("000000001000800000aa00389b71")
    for data in (wav_by_hand(samples.tobytes(), 3, 32), wav_by_hand(samples.tobytes(), 0xFFFE, 32, more=guid)):
        assert (load(data).samples == samples).all()


def test_what_a_lower_rate_cannot_hold_is_filtered_out_and_not_folded() -> None:
    heard = load(wav(tone(0.5, 48_000, hertz=11_000), 48_000))
    assert np.abs(heard.samples[200:-200]).max() < 0.005


def test_a_stream_that_does_not_know_its_length_and_chunks_before_the_data_are_read() -> None:
    data = wav(tone(0.1, RATE))
    endless = data[:40] + b"\xff\xff\xff\xff" + data[44:]
    listed = data[:12] + b"LIST\x03\x00\x00\x00abc\x00" + data[12:]
    assert len(load(endless).samples) == len(load(listed).samples) == 1600


FORMAT = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
BAD: list[tuple[bytes, str]] = [
    (b"RIFF", "audio is not a WAV file: it does not begin with RIFF and WAVE"),
    (b"RIFF\0\0\0\0AVI ", "audio is not a WAV file"),
    (b"RIFF\0\0\0\0WAVE", "its format or data are missing"),
    (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + FORMAT, "its format or data are missing"),
    (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0", "its format or data are missing"),
    (wav(np.zeros(0)), "audio lasts 0.0 seconds"),
    (wav_by_hand(bytes(600 * 8_000 + 1), 1, 8, rate=8_000), "audio lasts 600.0 seconds, expected .* up to 600"),
    (wav_by_hand(bytes(64), 85, 16), r"audio has format 85 of 16 bits, expected PCM \(1\)"),
    (wav_by_hand(bytes(64), 1, 12), "audio has format 1 of 12 bits"),
    (wav_by_hand(bytes(64), 3, 64), "audio has format 3 of 64 bits"),
    (wav_by_hand(bytes(64), 0xFFFE, 16), "audio has format 65534"),
    (wav_by_hand(bytes(64), 1, 16, channels=0), "audio has 0 channels"),
    (wav_by_hand(bytes(64), 1, 16, channels=6), "audio has 6 channels, expected 1 or 2"),
    (wav_by_hand(bytes(64), 1, 16, rate=0), "audio has 0 samples a second"),
    (wav_by_hand(bytes(64), 1, 16, rate=192_000), "audio has 192000 samples a second, expected 8000..96000"),
    (wav_by_hand(np.array([np.nan] * 9, "<f4").tobytes(), 3, 32), "audio holds what is not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), BAD, ids=range(len(BAD)))
def test_audio_that_cannot_be_used_says_why(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load(data)


def test_long_audio_is_all_there() -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 300_001).astype("<i2")
    heard = load(wav_by_hand(samples.tobytes(), 1, 16))
    assert (np.round(heard.samples * 32768) == samples).all()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("UklGR", "its base64 is broken"),
        ("UklGR!!!", "its base64 is broken"),
        ("UklGRg==" + "A" * 8, "its base64 is broken"),
        ("UklGRgAA" * 32767 + "UklGRg==" + "AAAA", "its base64 is broken"),  # where the first piece ends
        ("UklGRé==", "its base64 is broken"),
        ("UklGR" + "A" * 14_000_000, "expected at most 10485760"),
        ("SUQzBAAAAAAA", "audio is not a WAV file in base64, and no paths are read"),
        ("halt.wav", "audio is not a WAV file in base64, and no paths are read"),
        ("", "audio is not a WAV file in base64"),
    ],
)
def test_what_is_not_base64_of_a_wav_says_so(source: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        audio.load(source)


@given(st.binary(max_size=80), st.integers(0, 60))
def test_any_bytes_are_audio_or_a_value_error(noise: bytes, at: int) -> None:
    data = bytearray(wav_by_hand(bytes(64), 1, 16))
    data[at : at + len(noise)] = noise
    try:
        assert np.isfinite(load(bytes(data)).samples).all()
    except ValueError as error:
        assert len(str(error)) < 200


def test_a_wav_of_nothing_but_chunks_is_given_up_quickly() -> None:
    begun = time.thread_time()
    with pytest.raises(ValueError, match="missing"):
        load(b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 500_000)
    assert time.thread_time() - begun < 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    voices = tmp_path / "voices"
    (voices / "guard").mkdir(parents=True)
    (voices / "guard" / "halt.wav").write_bytes(wav(tone(0.1, RATE)))
    (tmp_path / "secret.wav").write_bytes(wav(tone(0.1, RATE)))
    return voices


def test_a_path_below_the_folder_is_read(folder: Path) -> None:
    for source in ("guard/halt.wav", "guard/../guard/halt.wav", str(folder / "guard" / "halt.wav")):
        assert len(audio.load(source, folder).samples) == 1600


def test_a_path_that_leads_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    (folder / "up").symlink_to(folder.parent)
    outside = (
        "../secret.wav",
        "link.wav",
        "up/secret.wav",
        str(folder.parent / "secret.wav"),
        "/etc/passwd",
        "../none",
    )
    for source in outside:
        with pytest.raises(ValueError, match="is outside the folder of audio"):
            audio.load(source, folder)


def test_what_is_no_file_is_refused_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.wav")
    (folder / "a.wav").symlink_to(folder / "b.wav")
    (folder / "b.wav").symlink_to(folder / "a.wav")
    for source, said in (
        ("none.wav", "'none.wav' cannot be read: no such file"),
        ("guard", "'guard' is not a file"),
        ("pipe.wav", "'pipe.wav' is not a file"),
        ("a.wav", "audio"),
        ("a\0.wav", "zero byte"),
        ("x" * 300, "cannot be read"),
        ("x" * 3000, "audio is not a WAV file in base64"),
    ):
        with pytest.raises(ValueError, match=said):
            audio.load(source, folder)


def spoken(*spells: tuple[float, float], noise: float = 0.0, hum: float = 0.5) -> Audio:
    """Loud and quiet spells: (seconds, loudness from 0 to 1) each."""
    generator = np.random.default_rng(7)
    loud = np.concatenate([np.full(round(seconds * RATE), level) for seconds, level in spells])
    samples = loud * hum * np.sin(2 * np.pi * 150 * np.arange(len(loud)) / RATE) + generator.normal(0, noise, len(loud))
    return Audio(samples.astype(np.float32))


@pytest.mark.parametrize("noise", [0.0, 0.0005, 0.01])
@pytest.mark.parametrize("hum", [0.9, 0.2])
def test_the_voiced_parts_are_found_in_silence_and_in_noise(noise: float, hum: float) -> None:
    parts = voiced(spoken((0.5, 0), (1.0, 1), (0.4, 0), (0.3, 1), (0.8, 0), noise=noise, hum=hum))
    assert np.ravel(parts) == pytest.approx([0.5, 1.5, 1.9, 2.2], abs=0.08)


def test_the_closure_of_a_stop_does_not_end_a_part_and_a_click_does_not_begin_one() -> None:
    parts = voiced(spoken((0.3, 0), (0.3, 1), (0.09, 0), (0.3, 1), (0.5, 0), (0.02, 1), (0.5, 0)))
    assert len(parts) == 1 and parts[0] == pytest.approx((0.3, 0.99), abs=0.08)


def test_one_short_word_in_a_minute_of_silence_is_found() -> None:
    assert voiced(spoken((40, 0), (0.4, 1), (20, 0))) == [pytest.approx((40, 40.4), abs=0.08)]


def test_nobody_speaks_in_silence_or_faint_hiss() -> None:
    for quiet in (spoken((2, 0)), spoken((2, 0), noise=0.0003), Audio(np.zeros(0, np.float32))):
        assert voiced(quiet) == []
        assert not loudness(quiet).any()


def test_a_single_sample_is_no_voice() -> None:
    click = Audio(np.ones(1, np.float32))
    assert voiced(click) == [] and len(loudness(click)) == 1


def test_loudness_has_a_value_a_frame_and_follows_the_voice() -> None:
    loud = loudness(spoken((0.5, 0), (0.5, 1), (0.5, 0.1), (0.5, 0)))
    assert loud.dtype == np.float32 and len(loud) == 120 and loud.min() >= 0 and loud.max() <= 1
    assert loud[:25].max() == 0 and loud[35:55].min() > 0.9 and loud[-25:].max() == 0
    assert 0.1 < loud[75] < 0.6
    assert len(loudness(spoken((1, 1)), 25)) == 25
