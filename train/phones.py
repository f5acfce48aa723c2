"""Teaches a small network to read English words aloud, letter by letter.

Every letter says none, one or two phones and sees the letters around it, so that a word is read at once and not phone
after phone. The pronouncing dictionary is first aligned with its own spelling. Run as `python -m train.phones DICT`.
"""

import argparse
import json
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from streamer.face.phones import FILE, LETTERS, LONGEST, Chunk, load, marked, pronounce
from streamer.face.sounds import VOWELS
from train.stress import Judge, checkpoint

HELD_OUT: Final = 20  # one word in so many judges
MOST: Final = 2  # phones of a letter
ROUNDS: Final = 3  # of alignment
SAMPLE: Final = 15_000  # words that the alignment is learned from
RARE: Final = 15  # chunks said less often are not learned
COMMON: Final = 3_000  # words whose phones are shipped
LESS_COMMON: Final = 12_000  # words of which those that the network misreads are shipped too
BATCH: Final = 256
_UNKNOWN: Final = -100  # cross_entropy ignores it
_UNSEEN: Final = 9.0  # the cost of a letter saying what it never said before
_PAD: Final = len(LETTERS)
# Little words that carry no stress in a sentence, though a dictionary that lists them alone gives them some.
_WEAK: Final = frozenset(
    "a an the and or but nor of to in on at for from by with as than is am are was were be been do does did have has "
    "had will would can could shall should may must that it its it's he she we they you i me him her us them my your "
    "his our their if so i'm you're he's she's we're they're i'll you'll we'll i've you've we've i'd you'd".split()
)
# What the dictionary lacks: the names of letters as streamer/face/reading.py writes them, and cries.
_ADDED: Final = {
    "'em": "AH0 M",
    "'til": "T IH1 L",
    "'cause": "K AH0 Z",
    "'bout": "B AW1 T",
    "eff": "EH1 F",
    "aitch": "EY1 CH",
    "ar": "AA1 R",
    "ay": "EY1",
    "bee": "B IY1",
    "dee": "D IY1",
    "ee": "IY1",
    "gee": "JH IY1",
    "jay": "JH EY1",
    "kay": "K EY1",
    "ell": "EH1 L",
    "em": "EH1 M",
    "en": "EH1 N",
    "pee": "P IY1",
    "cue": "K Y UW1",
    "ess": "EH1 S",
    "tee": "T IY1",
    "ex": "EH1 K S",
    "vee": "V IY1",
    "zee": "Z IY1",
    "yoo": "Y UW1",
    "doubleyou": "D AH1 B AH0 L Y UW0",
    "miz": "M IH1 Z",
    "hmm": "HH M",
    "hm": "HH M",
    "mm": "M",
    "shh": "SH",
    "psst": "P S T",
    "pfft": "P F T",
    "tsk": "T S K",
    "brr": "B ER1",
    "grr": "G ER1",
    "zz": "Z",
    "ugh": "AH1 G",
    "argh": "AA1 R G",
    "aah": "AA1",
    "aww": "AO1",
    "eek": "IY1 K",
    "ew": "Y UW1",
    "gah": "G AA1",
    "meh": "M EH1",
}


@dataclass(slots=True)
class Entry:
    """A word of the dictionary: its pronunciations, the first one's stress, and what each letter says of the first."""

    word: str
    said: list[Chunk]
    stress: tuple[int, ...] = ()
    letters: list[Chunk] = field(default_factory=list)  # empty: the letters are too few for the phones


class Speller(nn.Module):
    """Letters to what each of them says and how strongly; streamer/face/phones.py computes the same."""

    def __init__(self, chunks: int, width: int, layers: int, reach: int = 9) -> None:
        super().__init__()
        self.letters = nn.Parameter(torch.randn(reach, len(LETTERS), width) * 0.3)
        self.layers = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(layers))
        self.chunk = nn.Linear(width, chunks)
        self.stress = nn.Linear(width, 3)
        self.drop = nn.Dropout(0.05)

    def forward(self, letters: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of chunks and of stress for words padded with _PAD."""
        reach, _, width = self.letters.shape
        there = (letters != _PAD).float()[..., None]
        tables = torch.cat([self.letters, torch.zeros(reach, 1, width)], dim=1)
        wide = F.pad(letters, (reach // 2, reach // 2), value=_PAD)
        taps = [F.embedding(wide[:, k : k + letters.shape[1]], tables[k]) for k in range(reach)]
        x = F.relu(torch.stack(taps).sum(0)) * there
        for layer in self.layers:
            around = F.pad(x, (0, 0, 1, 1))
            x = (x + self.drop(F.relu(layer(torch.cat([around[:, :-2], x, around[:, 2:]], dim=-1))))) * there
        return self.chunk(x), self.stress(x)


def read(path: Path) -> list[Entry]:
    """The words of letters in a dictionary with all their pronunciations."""
    entries: dict[str, Entry] = {}
    for line in path.read_text("utf-8").splitlines():
        word, *phones = line.split()
        word = re.sub(r"\(\d+\)$", "", word)
        if re.fullmatch(r"[a-z']*[a-z][a-z']*", word) and len(word) <= LONGEST:
            entries.setdefault(word, Entry(word, [])).said.append(tuple(phones))
    return list(entries.values())


Costs = Mapping[tuple[str, Chunk], float]


def align(word: str, phones: Chunk, costs: Costs) -> list[Chunk]:
    """What each letter of a word says, at the least cost; empty where the letters are too few."""
    rows: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # phones said so far: the cost, and those of the letter
    for i, letter in enumerate(word):
        row: dict[int, tuple[float, int]] = {}
        least = len(phones) - MOST * (len(word) - i - 1)
        for begin, (before, _) in rows[-1].items():
            for end in range(max(begin, least), min(begin + MOST, len(phones)) + 1):
                cost = before + costs.get((letter, phones[begin:end]), _UNSEEN * max(end - begin, 1))
                if end not in row or cost < row[end][0]:
                    row[end] = cost, end - begin
        rows.append(row)
    return _traced(phones, rows)


def _traced(phones: Chunk, rows: Sequence[Mapping[int, tuple[float, int]]]) -> list[Chunk]:
    end = len(phones)
    if end not in rows[-1]:
        return []
    said: list[Chunk] = []
    for row in reversed(rows[1:]):
        many = row[end][1]
        said.append(phones[end - many : end])
        end -= many
    return said[::-1]


def first_costs(words: Iterable[tuple[str, Chunk]]) -> Costs:
    """A beginning: vowels are spelled with vowels, and one letter says one phone."""
    costs: dict[tuple[str, Chunk], float] = {(letter, ()): 2.0 for letter in LETTERS}
    for _, phones in words:
        for letter in LETTERS:
            for phone in set(phones):
                fits = (phone in VOWELS) == (letter in "aeiouy")
                costs[letter, (phone,)] = 1.0 if fits else 4.0
    return costs


def costs_of(alignments: Iterable[tuple[str, list[Chunk]]]) -> Costs:
    """How unlikely each letter is to say each chunk, as a negative logarithm."""
    pairs = Counter(pair for word, said in alignments for pair in zip(word, said, strict=False))
    letters: Counter[str] = Counter()
    for (letter, _), many in pairs.items():
        letters[letter] += many
    return {pair: -math.log(many / letters[pair[0]]) for pair, many in pairs.items()}


def learn_costs(words: Sequence[tuple[str, Chunk]]) -> Costs:
    """The costs that explain the spelling of words best, by aligning and counting in turn."""
    costs = first_costs(words)
    for _ in range(ROUNDS):
        costs = costs_of((word, align(word, phones, costs)) for word, phones in words)
    return costs


def prepare(entries: Sequence[Entry], judge: Judge, chance: random.Random) -> None:
    """Gives every entry its stress and what its letters say."""
    words = [(entry.word, entry.said[0]) for entry in entries]
    for i, stress in tqdm(judge.judge(words), total=len(words), desc="stress", mininterval=5):
        entries[i].stress = stress
    costs = learn_costs(chance.sample(words, min(SAMPLE, len(words))))
    for entry in tqdm(entries, desc="align", mininterval=5):
        entry.letters = align(entry.word, entry.said[0], costs)


def letter_stress(entry: Entry) -> list[int]:
    """The stress of each letter that says a vowel, else _UNKNOWN; of two vowels the first counts."""
    left = list(entry.stress)
    marks = []
    for chunk in entry.letters:
        vowels = sum(phone in VOWELS for phone in chunk)
        marks.append(left[0] if vowels else _UNKNOWN)
        del left[:vowels]
    return marks


Row = tuple[list[int], list[int], list[int]]  # letters, chunks, stress


def rows_of(entries: Iterable[Entry], chunks: Sequence[Chunk]) -> list[Row]:
    """Entries as numbers; those that say a rare chunk are left out."""
    number = {chunk: i for i, chunk in enumerate(chunks)}
    return [
        ([LETTERS.index(c) for c in entry.word], [number[c] for c in entry.letters], letter_stress(entry))
        for entry in entries
        if entry.letters and all(chunk in number for chunk in entry.letters)
    ]


def batches(rows: Sequence[Row], chance: random.Random) -> list[list[Row]]:
    """Rows of about the same length together, in random order."""
    order = sorted(rows, key=lambda row: len(row[0]) + chance.random())
    groups = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    return groups


def padded(rows: Sequence[Sequence[int]], filling: int) -> Tensor:
    """Rows of different lengths as one tensor."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filling] * (longest - len(row))] for row in rows])


def train(model: Speller, rows: Sequence[Row], epochs: int, chance: random.Random) -> None:
    """The loop: what letters say, and a third as much how they are stressed."""
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    steps = epochs * math.ceil(len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps, pct_start=0.15)
    bar = tqdm(total=steps, desc="phones", mininterval=5, dynamic_ncols=True)
    model.train()
    for epoch in range(epochs):
        for group in batches(rows, chance):
            chunk, stress = model(padded([row[0] for row in group], _PAD))
            loss = F.cross_entropy(chunk.transpose(1, 2), padded([row[1] for row in group], _UNKNOWN))
            loss = loss + F.cross_entropy(stress.transpose(1, 2), padded([row[2] for row in group], _UNKNOWN)) / 3
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            bar.update()
        bar.set_postfix(epoch=epoch, loss=f"{float(loss.detach()):.3f}")
    bar.close()


def distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Phones to change, add or leave out between two pronunciations."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return row[-1]


def figures(file: Path, held: Sequence[Entry]) -> dict[str, float]:
    """How the network of a file, as it is run, reads held-out words; stress is judged where the vowels agree."""
    network = load(file)
    wrong = wrong_of_any = phones = right = right_of_any = stressed = well_stressed = 0
    for entry in held:
        said = pronounce(network, entry.word)
        plain = tuple(phone.rstrip("012") for phone in said)
        away = [distance(plain, one) for one in entry.said]
        wrong, wrong_of_any, phones = wrong + away[0], wrong_of_any + min(away), phones + len(entry.said[0])
        right, right_of_any = right + (away[0] == 0), right_of_any + (min(away) == 0)
        digits = [int(phone[-1]) for phone in said if phone[-1].isdigit()]
        if len(digits) == len(entry.stress) > 1:
            stressed += 1
            well_stressed += digits.index(1) == entry.stress.index(1)
    return {
        "phone_error_rate": round(wrong / phones, 4),
        "word_accuracy": round(right / len(held), 4),
        "phone_error_rate_of_any_variant": round(wrong_of_any / phones, 4),
        "word_accuracy_of_any_variant": round(right_of_any / len(held), 4),
        "main_stress_as_taught": round(well_stressed / stressed, 4),
        "held_out": len(held),
    }


def common_words(texts: Iterable[Path], known: Mapping[str, Entry]) -> list[str]:
    """The words of the dictionary by how often texts say them."""
    counts: Counter[str] = Counter()
    for path in texts:
        counts.update(re.findall(r"[a-z]+(?:'[a-z]+)*", path.read_text("utf-8").lower().replace("’", "'")))
    return [word for word, _ in counts.most_common() if word in known]


def listed(file: Path, words: Sequence[str], known: Mapping[str, Entry]) -> dict[str, str]:
    """The phones of common words, and of less common ones that the network of a file misreads."""
    network = load(file)
    less = (w for w in words[COMMON:LESS_COMMON] if pronounce(network, w) != spoken(known[w]))
    return {word: " ".join(spoken(known[word])) for word in [*words[:COMMON], *less]} | _ADDED


def spoken(entry: Entry) -> tuple[str, ...]:
    """The first pronunciation with the digits of its stress."""
    if entry.word in _WEAK:
        return tuple(phone + "0" * (phone in VOWELS) for phone in entry.said[0])
    chunks = [(phone,) for phone in entry.said[0]]
    scores = np.zeros((len(chunks), 3), np.float32)
    vowels = (i for i, (phone,) in enumerate(chunks) if phone in VOWELS)
    for i, digit in zip(vowels, entry.stress, strict=True):
        scores[i, digit] = 1
    return marked(chunks, scores)


def save(file: Path, model: Speller, about: Mapping[str, object]) -> None:
    """Writes what streamer/face/phones.py loads."""
    layers = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
    arrays = {
        "letters": model.letters,
        "layers": torch.stack([layer.weight.T for layer in layers]),
        "biases": torch.stack([layer.bias for layer in layers]),
        "chunk": model.chunk.weight.T,
        "chunk_bias": model.chunk.bias,
        "stress": model.stress.weight.T,
        "stress_bias": model.stress.bias,
    }
    halves = {name: array.detach().numpy().astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(file, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **halves)  # type: ignore[arg-type]


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.phones", description=__doc__)
    parser.add_argument("dictionary", type=Path, help="cmudict-en-us.dict of PyPI's pocketsphinx")
    parser.add_argument("--stress", type=Path, help="checkpoint20.npz (default: of the installed g2p_en)")
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="texts that say which words are common")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(1)
    chance = random.Random(asked.seed)
    entries = read(asked.dictionary)
    prepare(entries, Judge(asked.stress or checkpoint()), chance)
    random.Random(0).shuffle(entries)  # the split does not follow the seed
    held, taught = entries[::HELD_OUT], [entry for i, entry in enumerate(entries) if i % HELD_OUT]

    counts = Counter(chunk for entry in taught for chunk in entry.letters)
    chunks = sorted(chunk for chunk, many in counts.items() if many >= RARE)
    model = Speller(len(chunks), asked.width, asked.layers)
    train(model, rows_of(taught, chunks), asked.epochs, chance)

    about: dict[str, object] = {
        "words": "the pronouncing dictionary of PyPI's pocketsphinx, (c) Carnegie Mellon University, BSD",
        "stress": "judged by the network of PyPI's g2p_en, Apache-2.0",
        "seed": asked.seed,
        "chunks": [" ".join(chunk) for chunk in chunks],
        "common": {},
    }
    save(asked.output, model, about)
    known = {entry.word: entry for entry in entries}
    about["figures"] = figures(asked.output, held)
    about["common"] = common = listed(asked.output, common_words(asked.texts, known), known)
    save(asked.output, model, about)
    print(json.dumps(about["figures"]))
    print(f"{asked.output}: {asked.output.stat().st_size / 1e6:.2f} MB, {len(common)} words listed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
