import asyncio
import logging
import re
import subprocess
import threading
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.face import aligner, alignment
from streamer.face.alignment import Word, align, spread
from streamer.face.audio import Audio, resample, voiced
from streamer.face.sounds import SILENCE, Sound
from tests import espeak

TEXT = "The bridge is gone, so we take the river."
WORDS: list[Word] = [
    ("The", ("DH", "AH0")), ("bridge", ("B", "R", "IH1", "JH")), ("is", ("IH1", "Z")), ("gone", ("G", "AO1", "N")),
    ("so", ("S", "OW1")), ("we", ("W", "IY1")), ("take", ("T", "EY1", "K")), ("the", ("DH", "AH0")),
    ("river", ("R", "IH1", "V", "ER0")),
]  # fmt: skip


@pytest.fixture
def speech() -> espeak.Speech:
    if espeak.library() is None:
        pytest.skip("libespeak-ng.so.1, which speaks for the aligner, is missing: apt-get install espeak-ng")
    pytest.importorskip("pocketsphinx", reason="pocketsphinx, the aligner, is missing")
    return espeak.speak(TEXT)


def heard(speech: espeak.Speech) -> Audio:
    return Audio(resample((speech.samples / 2**15).astype(np.float32), speech.rate))


def is_whole(sounds: tuple[Sound, ...]) -> bool:
    """Whether the sounds follow each other from second 0 without holes."""
    return sounds[0].begin == 0 and all(
        before.begin < before.end == pytest.approx(after.begin) for before, after in pairwise(sounds)
    )


def test_every_word_is_found_where_it_was_said(speech: espeak.Speech) -> None:
    sounds = align(heard(speech), WORDS)
    assert sounds is not None and is_whole(sounds)
    spoken = [sound for sound in sounds if sound.phone != SILENCE]
    assert [sound.phone for sound in spoken] == [phone.rstrip("012") for _, phones in WORDS for phone in phones]
    assert [sound.stress for sound in spoken][2:6] == [0.0, 0.0, 1.0, 0.0]
    firsts = np.cumsum([0, *(len(phones) for _, phones in WORDS)])[:-1]
    places = [match.start() for match in re.finditer(r"\w+", TEXT)]
    errors = [
        abs(spoken[first].begin - speech.onsets[place])
        for first, place in zip(firsts, places, strict=True)
        if place in speech.onsets
    ]
    assert len(errors) >= 7 and np.median(errors) < 0.03 and max(errors) < 0.15


def test_the_stream_goes_on_while_the_aligner_listens(speech: espeak.Speech) -> None:
    long = Audio(np.tile(heard(speech).samples, 4))
    waits: list[float] = []

    async def scene() -> None:
        task = asyncio.create_task(asyncio.to_thread(align, long, WORDS * 4))
        while not task.done():
            begun = time.perf_counter()
            await asyncio.sleep(0.002)
            waits.append(time.perf_counter() - begun)
        assert await task is not None

    asyncio.run(scene())
    assert len(waits) > 20 and np.median(waits) < 0.016


def test_threads_align_side_by_side_and_agree(speech: espeak.Speech) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(align(heard(speech), WORDS))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3 and len(set(found)) == 1 and found[0] is not None


def test_the_aligner_hears_the_pause(speech: espeak.Speech) -> None:
    names = {f"w{i}": " ".join(p.rstrip("012") for p in phones) for i, (_, phones) in enumerate(WORDS)}
    words = [name for name, _ in aligner.listen(names, alignment._pcm(heard(speech)))]
    assert [name for name in words if name in names] == list(names)
    assert "<sil>" in words[words.index("w3") : words.index("w4")]


HISS = Audio(np.random.default_rng(3).normal(0, 0.1, 16_000).astype(np.float32))


@pytest.mark.parametrize(
    ("audio", "words", "said"),
    [
        (HISS, [], "0 words in 1 seconds, expected 1..500"),
        (HISS, [("...", ())], "0 words in 1 seconds"),
        (HISS, WORDS * 56, "504 words in 1 seconds"),
        (Audio(np.zeros(91 * 16_000, np.float32)), WORDS, "9 words in 91 seconds, expected 1..500 in up to 90"),
        (HISS, [("x", ("QQ1",))], "unknown phone 'QQ'"),
        (HISS, [("x", ("AA\nw1 B",))], "unknown phone"),
        (HISS, WORDS * 9, "Failed to set up sub-word alignment|words were found|not in it"),
        (Audio(np.zeros(16_000, np.float32)), WORDS, "nobody speaks in it"),
        (Audio(np.zeros(0, np.float32)), WORDS, "nobody speaks in it"),
    ],
)
def test_what_cannot_be_aligned_is_none_and_one_line_in_the_log(
    audio: Audio, words: list[Word], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx, the aligner, is missing")
    with caplog.at_level(logging.INFO):
        assert align(audio, words) is None
    assert len(caplog.messages) == 1 and re.search(said, caplog.messages[0])


def test_without_pocketsphinx_the_log_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alignment.importlib.util, "find_spec", lambda name: None)
    assert align(HISS, WORDS) is None
    assert caplog.messages == ["audio is fitted, not aligned: pocketsphinx is missing: pip install 'facecue[audio]'"]


@pytest.mark.parametrize(
    "ending", [subprocess.TimeoutExpired("aligner", 5), OSError("no more processes"), b"not JSON", b"[]"]
)
def test_an_aligner_that_hangs_or_talks_nonsense_fails_the_alignment_alone(
    ending: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def end(command: list[str], **_: object) -> object:
        if isinstance(ending, Exception):
            raise ending
        return subprocess.CompletedProcess(command, 0, ending, b"")

    monkeypatch.setattr(alignment.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(alignment.subprocess, "run", end)
    assert align(HISS, WORDS) is None and len(caplog.messages) == 1


def test_an_aligner_that_crashes_fails_the_alignment_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alignment.importlib.util, "find_spec", lambda name: object())
    crash = subprocess.CompletedProcess([], -11, b"", b"")
    monkeypatch.setattr(alignment.subprocess, "run", lambda *_, **__: crash)
    assert align(HISS, WORDS) is None
    assert caplog.messages == ["audio is fitted, not aligned: the aligner ended with -11"]


def text(*phones: str, each: float = 0.1) -> list[Sound]:
    return [Sound(phone, i * each, (i + 1) * each, 1.0) for i, phone in enumerate(phones)]


def test_a_text_is_stretched_over_the_one_part_of_its_voice() -> None:
    sounds = spread(text("B", "AA", "T"), [(0.5, 1.1)])
    assert [sound.phone for sound in sounds] == ["", "B", "AA", "T"]
    assert [sound.end for sound in sounds] == pytest.approx([0.5, 0.7, 0.9, 1.1])
    assert sounds[2].stress == 1.0


def test_a_pause_of_the_text_becomes_the_pause_of_the_voice_near_it() -> None:
    sounds = spread(text("B", "AA", "", "T", "IY", "Z", each=0.2), [(0.0, 0.6), (1.0, 1.5)])
    assert [sound.phone for sound in sounds] == ["B", "AA", "", "T", "IY", "Z"]
    assert (sounds[2].begin, sounds[2].end) == (0.6, 1.0)


def test_a_pause_that_the_voice_does_not_make_vanishes_and_one_that_it_adds_falls_between_sounds() -> None:
    fast = spread(text("B", "AA", "", "T"), [(0.0, 0.3)])
    assert [sound.phone for sound in fast] == ["B", "AA", "T"]
    slow = spread(text("B", "AA", "T", "IY"), [(0.0, 0.2), (1.0, 1.2)])
    assert [(sound.phone, sound.begin) for sound in slow][2:4] == [("", 0.2), ("T", 1.0)]


def test_nothing_spoken_or_nothing_heard_is_nothing_to_show() -> None:
    assert spread([], [(0, 1)]) == spread(text(""), [(0, 1)]) == spread(text("B"), []) == ()


parts = st.lists(st.tuples(st.floats(0.05, 3), st.floats(0.05, 1)), min_size=1, max_size=6).map(
    lambda spells: [
        (begin, begin + spells[i][0])
        for i, begin in enumerate(np.cumsum([0.1, *(voice + gap for voice, gap in spells[:-1])]).tolist())
    ]
)


@given(st.lists(st.sampled_from(["B", "AA", "T", "IY", ""]), min_size=1, max_size=30), parts)
def test_every_sound_is_inside_the_voice_in_its_order(phones: list[str], voice: list[tuple[float, float]]) -> None:
    sounds = spread(text(*phones), voice)
    spoken = [sound for sound in sounds if sound.phone]
    assert [sound.phone for sound in spoken] == [phone for phone in phones if phone]
    for sound in spoken:
        assert sound.begin < sound.end
        assert any(begin - 1e-9 <= sound.begin and sound.end <= end + 1e-9 for begin, end in voice)
    assert not sounds or is_whole(sounds)


def test_a_fallback_is_fitted_to_real_speech(speech: espeak.Speech) -> None:
    parts = voiced(heard(speech))
    assert len(parts) == 2  # the comma
    sounds = spread(text(*(phone.rstrip("012") for _, phones in WORDS for phone in phones)), parts)
    so = [sound for sound in sounds if sound.phone][sum(len(phones) for _, phones in WORDS[:4])]
    assert abs(so.begin - speech.onsets[TEXT.index("so")]) < 0.3
