"""Which vowels of a word are stressed, judged by the network of PyPI's g2p_en (Apache-2.0).

The dictionary of pocketsphinx has no stress. The network is made to speak the dictionary's phones, with the main stress
on each vowel in turn, and the likeliest way counts, so that its own misreadings do no harm.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from streamer.face.sounds import CONSONANTS, VOWELS

# The numbering of its checkpoint: reserved signs, then the alphabet.
_ENDED, _FIRST_LETTER = 2, 3
_BEGUN, _FIRST_PHONE = 2, 4
_SPOKEN: Final = sorted([*(vowel + digit for vowel in VOWELS for digit in "012"), *CONSONANTS, "UW"])
_NUMBER: Final = {phone: _FIRST_PHONE + i for i, phone in enumerate(_SPOKEN)}
_TOGETHER: Final = 2048  # words

# Common words that the network stresses wrongly, by ear; it is too fond of first syllables.
_HEARD: Final = {
    word: tuple(map(int, digits))
    for digits, words in {
        "01": "forgot without instead within alright goodbye perhaps discuss extreme because before about away again "
        "believe become begin between enough above along around across against agree alone alive amaze apart appear "
        "arrive asleep attack attempt avoid aware behind below beside beyond concern confuse connect control "
        "correct create decide defeat defend deny depend deserve desire destroy disgust enjoy escape except excuse "
        "exist expect explain express forget forgive goodnight hello himself herself myself yourself itself "
        "upon until unless today tonight pretend protect prepare produce provide remind "
        "remain remove repeat report request respect return reveal revenge surprise survive suppose unique upset "
        "advice although indeed alas hooray hurray",
        "201": "understand understood guarantee",
        "2010": "understanding absolutely underrated",
        "010": "however whenever already existence united forgotten whatever wherever remember forever together "
        "tomorrow another attention important consider imagine delicious eleven december september november october "
        "surrender forgiveness remembered",
        "0100": "anxiety",
    }.items()
    for word in words.split()
}

Stress = tuple[int, ...]  # 1 main, 2 second, 0 none; one for each vowel
Logs = np.ndarray[tuple[int], np.dtype[np.float32]]


def checkpoint() -> Path:
    """The weights in the installed g2p_en, which need not be imported; raises FileNotFoundError."""
    found = importlib.util.find_spec("g2p_en")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("g2p_en is not installed: pip install --no-deps g2p_en, or name its checkpoint20.npz")
    return Path(found.submodule_search_locations[0]) / "checkpoint20.npz"


class Judge:
    """The two halves of g2p_en: one reads letters, the other speaks."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as stored:
            arrays = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}
        self._letters, self._phones = arrays["enc_emb"], arrays["dec_emb"]
        self._reading, self._speaking = _cell(arrays, "enc"), _cell(arrays, "dec")
        self._out = arrays["fc_w"], arrays["fc_b"]

    @torch.no_grad()
    def judge(self, words: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[int, Stress]]:
        """Yields the number of each word and the stress of its vowels; exactly one of them is 1."""
        letters = ["".join(filter(str.isalpha, word)) for word, _ in words]

        def shape(i: int) -> tuple[int, int, int]:
            return len(letters[i]), len(words[i][1]), sum(phone in VOWELS for phone in words[i][1])

        for (_, _, vowels), group in groupby(sorted(range(len(words)), key=shape), key=shape):
            alike = list(group)
            for first in range(0, len(alike), _TOGETHER):
                part = alike[first : first + _TOGETHER]
                if vowels < 2:
                    yield from ((i, (1,) * vowels) for i in part)
                    continue
                state = self._read([letters[i] for i in part])
                spoken = [self._speak([words[i][1] for i in part], state, main) for main in range(vowels)]
                for i, *ways in zip(part, *spoken, strict=True):
                    heard = _HEARD.get(words[i][0], ())
                    yield i, heard if len(heard) == vowels else max(ways)[1]

    def _read(self, words: list[str]) -> Tensor:
        state = torch.zeros(len(words), self._reading.hidden_size)
        for i in range(len(words[0])):
            state = self._reading(self._letters[[_FIRST_LETTER + ord(word[i]) - ord("a") for word in words]], state)
        ended: Tensor = self._reading(self._letters[[_ENDED] * len(words)], state)
        return ended

    def _speak(self, said: list[tuple[str, ...]], state: Tensor, main: int) -> list[tuple[float, Stress]]:
        """How likely words are with the main stress on one of their vowels, and the stress of their others."""
        likely = [0.0] * len(said)
        stress: list[Stress] = [()] * len(said)
        spoken = [_BEGUN] * len(said)
        for i in range(len(said[0])):
            state = self._speaking(self._phones[spoken], state)
            logs = torch.log_softmax(state @ self._out[0].T + self._out[1], dim=1).numpy()
            for k, phones in enumerate(said):
                digit = _digit(phones[i], logs[k], len(stress[k]) == main)
                spoken[k] = _NUMBER[phones[i] + digit]
                stress[k] += (int(digit),) if digit else ()
                likely[k] += float(logs[k, spoken[k]])
        return list(zip(likely, stress, strict=True))


def _digit(phone: str, logs: Logs, is_main: bool) -> str:
    """The stress of a phone: 1 where it has to be, else the likelier of 0 and 2; none of a consonant."""
    if phone not in VOWELS:
        return ""
    if is_main:
        return "1"
    return "2" if logs[_NUMBER[phone + "2"]] > logs[_NUMBER[phone + "0"]] else "0"


def _cell(arrays: dict[str, Tensor], half: str) -> nn.GRUCell:
    size, width = arrays[f"{half}_w_hh"].shape[1], arrays[f"{half}_w_ih"].shape[1]
    cell = nn.GRUCell(width, size)
    names = {"weight_ih": "w_ih", "weight_hh": "w_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}
    cell.load_state_dict({ours: arrays[f"{half}_{theirs}"] for ours, theirs in names.items()})
    return cell
