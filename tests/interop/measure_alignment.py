"""python -m tests.interop.measure_alignment: how far the words of aligned speech are from where espeak-ng said them.

Needs facecue[audio] and Debian's libespeak-ng1. Three routes, as the driver takes them: the audio aligned with the
words; the text's own timing fitted onto the voiced parts, where alignment fails; and the text's own timing stretched to
the length of the audio, where a game gives nothing but its duration.
"""

import re
import sys
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from streamer.face.alignment import Word, align, spread
from streamer.face.audio import Audio, resample, voiced
from streamer.face.phones import phones
from streamer.face.reading import read
from streamer.face.sounds import SILENCE, Sound
from streamer.face.speech import pronounced
from streamer.face.timing import stretched
from tests.espeak import library, speak

VOICES: Final = (("en-us", 160), ("en-us+f3", 190), ("en-gb", 140))  # and words a minute
SENTENCES: Final = """
Stay behind me and keep your head down.
The bridge is gone, so we take the river.
I told you never to come back here.
Bring me the letter before the sun goes down.
Who opened the gate while I was sleeping?
There were seven of them, and only one of us.
My father built this house with his own hands.
Put the sword down, slowly, and step away from the door.
You look tired; sit with us by the fire.
What a beautiful morning for a fight!
The merchant wants forty coins for that old horse.
If you hear the bell, run.
Nobody leaves the village until the thief is found.
I have waited ten years to say this to your face.
Please, my brother is hurt, and the road is dark.
The captain drinks too much, but he knows the sea.
Keep the money, I only want my ring.
Down in the mines you learn to trust the dark.
Where did you find a map like this?
We never had enough bread in the winter.
Watch the windows, and shout when you see a light.
The queen will hear of this before supper.
He lied about the letter, and he lied about the gold.
Wake up, the ship is on fire!
A good blade costs more than your farm.
I remember you; you sang at my wedding.
Close the book, some names should not be spoken.
Those mountains have eaten better men than you.
Our cook puts pepper in everything, even the pudding.
The wolves came back last night, three of them.
Take the left path, then follow the water.
Give me one reason to believe you.
This is the last bottle from the old cellar.
Your mother would be proud of you today.
They buried the treasure under the chapel floor.
Hold the rope, and do not look below you.
Every door in this castle has two keys.
I am not afraid of ghosts, only of people.
The king is dead, long live the king.
Small feet, heavy boots, and a limp: it was the cobbler.
Why would anyone paint a ship black?
She plays the violin when it rains.
Get some sleep, we ride at first light.
The doctor said it was only a fever.
Behind the waterfall there is a cave.
You were supposed to watch the horses!
Trust is a bridge that burns very fast.
My knee hurts, it will snow before evening.
Good evening, and welcome to the theater.
Goodbye, old friend, and thank you for the songs.
""".strip().splitlines()


def main() -> int:
    if library() is None:
        print("libespeak-ng.so.1 is missing: apt-get install espeak-ng")
        return 1
    for voice, pace in VOICES:
        aligned: list[float] = []
        fitted: list[float] = []
        by_text: list[float] = []
        failed, spent, spoken = 0, 0.0, 0.0
        for sentence in SENTENCES:
            speech = speak(sentence, voice, pace)
            audio = Audio(resample(speech.samples / np.float32(2**15), speech.rate))
            places = [match.start() for match in re.finditer(r"[a-z]+", sentence.lower())]
            words = [(word.text, phones(word.text)) for word in read(sentence)]
            begun = time.perf_counter()
            sounds = align(audio, words)
            spent, spoken = spent + time.perf_counter() - begun, spoken + audio.seconds
            text = pronounced(sentence)
            by_text += errors(stretched(text, audio.seconds), words, places, speech.onsets)
            fitted += errors(spread(text, voiced(audio)), words, places, speech.onsets)
            if sounds is None:
                failed += 1
            else:
                aligned += errors(sounds, words, places, speech.onsets)
        print(f"{voice} {pace} words/min: {failed} of {len(SENTENCES)} failed, {spent / spoken:.3f} of real time")
        print(f"  aligned {summary(aligned)}")
        print(f"  fitted  {summary(fitted)}")
        print(f"  by text {summary(by_text)}")
    return 0


def errors(
    sounds: tuple[Sound, ...], words: list[Word], places: list[int], onsets: dict[int, float]
) -> Iterator[float]:
    """Seconds between each word's first sound and espeak-ng's event for it; it has none for some little words."""
    begins = iter(sound.begin for sound in sounds if sound.phone != SILENCE)
    for (_, spoken), place in zip(words, places, strict=True):
        begin, *_ = [next(begins) for _ in spoken]
        if place in onsets:
            yield begin - onsets[place]


def summary(given: list[float]) -> str:
    away = 1000 * np.abs(given)
    return (
        f"{len(away)} words: median {np.median(away):.0f} ms, mean {away.mean():.0f}, "
        f"p90 {np.percentile(away, 90):.0f}, worst {away.max():.0f}, bias {1000 * np.median(given):+.0f}"
    )


if __name__ == "__main__":
    sys.exit(main())
