"""The forced aligner as a program of its own: a line of JSON with the words and 16 kHz PCM in, the times out as JSON.

A process and not a thread, because pocketsphinx holds Python's lock for as long as it listens (a third of a second for
twenty seconds of speech: twenty frames), takes hundreds of megabytes for a long line, and reads what strangers send.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_BEAM: Final = 1e-200  # wide: the words are known, and one that is pruned fails the line

Times = list[tuple[int, int]]  # of a word's phones: first frame and count, in hundredths of a second


def main() -> int:
    spelled = json.loads(sys.stdin.buffer.readline())
    times = list(listen(spelled, sys.stdin.buffer.read()))
    print(json.dumps(times))
    return 0


def listen(spelled: Mapping[str, str], pcm: bytes) -> Iterator[tuple[str, Times]]:
    """What was heard, word by word, silences too; raises RuntimeError where the words are not in the audio."""
    decoder = _decoder(spelled)
    decoder.set_align_text(" ".join(spelled))
    _hear(decoder, pcm)
    decoder.set_alignment()  # the second pass finds the phones in the words of the first
    _hear(decoder, pcm)
    for word in decoder.get_alignment() or ():  # an entry is dead memory once the iterator goes on
        yield word.name, [(phone.start, phone.duration) for phone in word]


def _decoder(spelled: Mapping[str, str]) -> Any:  # Any: pocketsphinx has no types
    import pocketsphinx

    with tempfile.TemporaryDirectory(prefix="facecue-") as folder:
        dictionary = Path(folder) / "words.dict"
        dictionary.write_text("".join(f"{name} {phones}\n" for name, phones in spelled.items()), encoding="ascii")
        return pocketsphinx.Decoder(
            dict=str(dictionary), lm=None, loglevel="FATAL", beam=_BEAM, wbeam=_BEAM, pbeam=_BEAM, bestpath=False
        )


def _hear(decoder: Any, pcm: bytes) -> None:  # Any: pocketsphinx has no types
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


if __name__ == "__main__":
    sys.exit(main())
