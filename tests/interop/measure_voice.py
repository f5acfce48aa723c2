"""python -m tests.interop.measure_voice: what of a voice's sound reaches the face, and what does not; docs/speech.md.

Needs facecue[audio] and the program espeak-ng. One line is acted again and again with the same words, feeling and
character; only its audio differs. Whatever changes in the face is due to the sound alone.
"""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import CHANNELS, INDEX, Floats
from protocols.messages import Line
from protocols.profiles import Profile
from streamer.brain.rules import Rules
from streamer.face.audio import load, loudness
from streamer.face.layers import GROUPS
from streamer.face.speech import heard
from streamer.performance import FPS, Performance

SECONDS: Final = 4.0  # of every line, so that its acting is the same
RATE: Final = 22050
WORDS: Final = "I told you never to come back here, and you came back."
GERMAN: Final = "Ich habe dir gesagt, du sollst nie wieder herkommen."
MOUTH: Final = [INDEX[name] for group in ("jaw", "lips", "tongue") for name in GROUPS[group]]
ELSEWHERE: Final = [i for i in range(len(CHANNELS)) if i not in MOUTH]


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = spoken(folder, "plain.wav", WORDS)
        calm = act(plain, WORDS)
        print(f"{'':34} mouth, rms  jaw, mean  jaw with loudness  elsewhere, most")
        for told, path, text in cases(folder, plain):
            print(f"{told:34} {row(act(path, text), calm, act(None, text), path)}")
    return 0


def cases(folder: Path, plain: Path) -> list[tuple[str, Path, str]]:
    samples = read(plain)
    rough = np.random.default_rng(0).normal(0, 1, 3 * RATE)
    beats = np.maximum(np.sin(2 * np.pi * 5 * np.arange(3 * RATE) / RATE), 0) ** 2  # as a laugh has them
    tone = np.sin(2 * np.pi * 220 * np.arange(3 * RATE) / RATE)
    return [
        ("the voice", plain, WORDS),
        ("12 dB quieter", written(folder / "quiet.wav", samples * 0.25), WORDS),
        ("pitch at a tenth of espeak-ng's", spoken(folder, "low.wav", WORDS, "-p", "10"), WORDS),
        ("pitch at its highest", spoken(folder, "high.wav", WORDS, "-p", "99"), WORDS),
        ("whispered", spoken(folder, "whisper.wav", WORDS, "-v", "en-us+whisper"), WORDS),
        ("a third slower", spoken(folder, "slow.wav", WORDS, "-s", "115"), WORDS),
        ("its words said in German", spoken(folder, "german.wav", GERMAN, "-v", "de"), WORDS),
        ("German text and voice", folder / "german.wav", GERMAN),
        ("no words given", plain, ""),
        ("a laugh of noise, no words", written(folder / "laugh.wav", 6000 * rough * beats), ""),
        ("a laugh of noise, the words", folder / "laugh.wav", WORDS),
        ("a sung tone, no words", written(folder / "tone.wav", 9000 * tone), ""),
    ]


def row(shown: Floats, calm: Floats, silent: Floats, path: Path) -> str:
    """The mouth beside the plain voice's, the jaw beside the loudness, and the rest beside that without audio."""
    frames = min(len(shown), len(calm), len(silent))
    mouth = shown[:frames, MOUTH] - calm[:frames, MOUTH]
    jaw = shown[:, INDEX["JawOpen"]]
    loud = loudness(load(path.name, path.parent), FPS)[: len(jaw)]
    jaw = jaw[: len(loud)]
    with_sound = np.corrcoef(jaw, loud)[0, 1] if jaw.std() else 0.0
    elsewhere = np.abs(shown[:frames, ELSEWHERE] - silent[:frames, ELSEWHERE]).max()
    return f"{np.sqrt((mouth**2).mean()):10.3f} {jaw.mean():10.3f} {with_sound:18.2f} {elsewhere:16.3f}"


def act(path: Path | None, text: str) -> Floats:
    """The frames (F, 61) of a line with this audio, without the life of a face, whose chance follows the mouth."""
    line = Line("guard", text, "cold anger", audio=path and path.name, duration=SECONDS)
    performance = Performance((line.character,), profile=Profile(still=0.0))
    performance.handle(line)
    for request in performance.requests():
        performance.deliver(request, Rules().plan([request.prompt])[0])
    for take in performance.unheard():
        performance.hear(take, heard(take.line, path and path.parent, performance.language))
    return np.stack([performance.frame(number)[0].values[0].copy() for number in range(round(SECONDS * FPS))])


def spoken(folder: Path, name: str, text: str, *flags: str) -> Path:
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(folder / name), *flags, text], check=True)
    return folder / name


def read(path: Path) -> Floats:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32)


def written(path: Path, samples: Floats) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(samples, -32000, 32000).astype("<i2").tobytes())
    return path


if __name__ == "__main__":
    sys.exit(main())
