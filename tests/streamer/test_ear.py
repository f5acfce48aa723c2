import asyncio
import base64
import io
import json
import wave
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protocols import messages, recording
from protocols.arkit import INDEX
from protocols.messages import Line
from protocols.profiles import Profile
from streamer.cli import main
from streamer.ear import Ear
from streamer.face import espeak
from streamer.face.mouth import COLUMN
from streamer.face.speech import Speech, heard, wants_hearing
from tests.streamer.test_performance import Show


def wav(seconds: float = 1.0, bursts: int = 3) -> bytes:
    """A WAV of a few bursts of tone."""
    t = np.arange(int(seconds * 16000)) / 16000
    tone = np.sin(2 * np.pi * 180 * t) * (np.sin(2 * np.pi * bursts * t / seconds) > 0)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(16000)
        out.writeframes((tone * 20000).astype("<i2").tobytes())
    return file.getvalue()


def audio(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hear(line: Line, folder: Path | None = None) -> Speech | ValueError:
    """What an ear tells of a line."""

    async def scene() -> Speech | ValueError:
        told: asyncio.Future[Speech | ValueError] = asyncio.get_running_loop().create_future()
        ear = Ear(folder)
        ear.ask(line, told.set_result)
        with closing(ear):
            return await told

    return asyncio.run(scene())


def test_audio_without_words_drives_the_jaw_and_gives_the_line_its_length() -> None:
    speech = hear(Line("guard", "", audio=audio(wav(1.5, 3))))
    assert isinstance(speech, Speech) and speech.duration == pytest.approx(1.5)
    jaw = speech.curves()[:, COLUMN["JawOpen"]]
    assert int(((jaw[1:] > 0.2) & (jaw[:-1] <= 0.2)).sum()) == 3


def test_words_that_cannot_be_found_in_the_audio_are_spread_over_its_voiced_parts() -> None:
    speech = hear(Line("guard", "Hello there my friend.", audio=audio(wav(3.0, 2))))
    assert isinstance(speech, Speech) and speech.duration == pytest.approx(3.0)
    assert [s.phone for s in speech.sounds if s.phone][:2] == ["HH", "AH"] and speech.sounds[-1].end <= 3.01


def test_what_is_no_audio_is_told() -> None:
    for source in (audio(b"no wave at all" * 9), "voice.wav", "x", audio(wav()[:30])):
        assert isinstance(hear(Line("guard", "Hi", audio=source)), ValueError)


def test_a_path_leads_only_below_the_folder_that_is_set(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.wav", "b.wav"):
        (tmp_path / name).write_bytes(wav())
    assert isinstance(hear(Line("guard", "", audio="a.wav"), tmp_path / "in"), Speech)
    for name in ("../b.wav", str(tmp_path / "b.wav")):
        assert isinstance(hear(Line("guard", "", audio=name), tmp_path / "in"), ValueError)


def test_too_many_lines_are_spoken_as_their_text_says() -> None:
    async def scene() -> int:
        ear, told, is_done = Ear(None), [], asyncio.Event()

        def tell(heard: Speech | ValueError) -> None:
            told.append(heard)
            if len(told) == 100:
                is_done.set()

        for _ in range(100):
            ear.ask(Line("guard", "", audio=audio(wav())), tell)
        at_once = len(told)
        await is_done.wait()
        ear.close()
        return at_once

    assert asyncio.run(scene()) == 68


def test_a_line_plays_on_with_what_was_heard() -> None:
    show = Show("guard", profile=Profile(still=0.0))
    show.tell(Line("guard", "", emotion="joy", id="a", audio="a.wav"))
    (take,) = show.performance.unheard()
    assert take.id == "a" and show.performance.unheard() == []
    show.run(5.0)
    assert not show.endings()  # it waits for its audio to be heard
    show = Show("guard", profile=Profile(still=0.0))
    show.tell(Line("guard", "", emotion="joy", id="a", audio="a.wav"))
    (take,) = show.performance.unheard()
    show.run(0.1)
    assert show.performance.hear(take, hear(replace(take.line, audio=audio(wav(1.0, 2))))) == []
    assert show.run(0.7)[:, 0, INDEX["JawOpen"]].max() > 0.2
    assert not show.endings()
    show.run(0.4)
    assert show.endings() == {"a": ["done"]}


def test_a_line_whose_audio_is_bad_says_so_and_plays_on() -> None:
    show = Show("guard")
    show.tell(Line("guard", "Hello there.", id="a", audio="nowhere.wav"))
    (take,) = show.performance.unheard()
    (error,) = show.performance.hear(take, hear(take.line))
    assert isinstance(error, messages.Error) and error.code == "bad_audio" and error.id == "a"
    show.run(3.0)
    assert show.endings() == {"a": ["done"]}
    show.tell(Line("guard", "Another.", id="a"))  # the same id again
    assert show.performance.hear(take, ValueError("late")) == []


@pytest.mark.skipif(espeak.program() is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    ("text", "language", "phones"),
    [("Привет, мой друг!", "en", "P R"), ("Guten Morgen, Freunde.", "de", "G UW"), ("नमस्ते", "en", "N")],
)
def test_other_languages_are_read_by_espeak_where_it_is_found(text: str, language: str, phones: str) -> None:
    speech = heard(Line("guard", text), None, language)
    assert " ".join(s.phone for s in speech.sounds).startswith(phones)
    assert 0.3 < speech.duration < 4.0
    show = Show("guard")
    show.performance.language = language
    show.tell(Line("guard", text, id="a"))
    assert [take.id for take in show.performance.unheard()] == ["a"]


def test_without_espeak_other_languages_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "program", lambda: None)
    show = Show("guard", profile=Profile(still=0.0))
    show.tell(Line("guard", "Привет, мой друг!", id="a"))
    assert show.performance.unheard() == [] and show.run(1.0)[:, 0, INDEX["JawOpen"]].max() > 0.1


def test_english_is_never_sent_to_espeak() -> None:
    assert not wants_hearing(Line("guard", "Hello there, café!"), "en")


def test_a_language_that_espeak_does_not_know_is_read_by_its_letters(caplog: pytest.LogCaptureFixture) -> None:
    speech = heard(Line("guard", "hello"), None, "zz")
    assert [s.phone for s in speech.sounds] == ["HH", "AH", "L", "OW"] and "espeak-ng" in caplog.text


def test_render_follows_a_voice(tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(wav(1.5, 3))
    out = tmp_path / "take.csv"
    assert main(["render", "", "--emotion", "joy", "--audio", str(tmp_path / "voice.wav"), "-o", str(out)]) == 0
    jaw = recording.decode(out.read_bytes()).values[:, INDEX["JawOpen"]]
    openings = int(((jaw[1:] > 0.2) & (jaw[:-1] <= 0.2)).sum())
    assert openings == 3


def test_render_names_what_is_no_voice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "voice.wav").write_bytes(json.dumps({}).encode())
    assert main(["render", "Hi", "--audio", str(tmp_path / "voice.wav"), "-o", str(tmp_path / "t.csv")]) == 1
    assert "WAV" in capsys.readouterr().err
