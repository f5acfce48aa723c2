"""python -m train.phones DICT: teaches a small network how English words are pronounced.

Each letter is taught to speak none, one or two phones, seeing the letters around it; the pronouncing dictionary is
first aligned with its own spelling. Words that are common and still read wrongly go into a list of exceptions.
"""

import argparse
import json
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from tqdm import tqdm

from streamer.face.phones import FILE, LETTERS

Chunk = tuple[str, ...]  # what one letter says
Word = tuple[str, Chunk]  # a spelling and its phones

HELD_OUT: Final = 25  # every so many words, in a shuffled order, judges
MOST: Final = 2  # phones of a letter
ROUNDS: Final = 4  # of alignment
RARE: Final = 20  # chunks that occur less often are not learned
EXCEPTIONS: Final = 4000


class Speller(nn.Module):
    """Letters to what each of them says, by convolutions over the word."""

    def __init__(self, chunks: int, width: int = 160, reach: int = 5, layers: int = 3) -> None:
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS) + 1, width)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, reach, padding=reach // 2) for _ in range(layers))
        self.out = nn.Linear(width, chunks)

    def forward(self, letters: Tensor) -> Tensor:
        there = (letters > 0).float()[:, None]
        x = self.letters(letters).transpose(1, 2) * there
        for layer in self.layers:
            x = (x + F.relu(layer(x))) * there
        logits: Tensor = self.out(x.transpose(1, 2))
        return logits


def read(path: Path) -> list[Word]:
    """The dictionary's words with their first pronunciation."""
    words = {}
    for line in path.read_text("utf-8").splitlines():
        word, *phones = line.split()
        if re.fullmatch(r"[a-z']+", word) and word not in words:
            words[word] = tuple(phones)
    return list(words.items())


def aligned(words: Sequence[Word], costs: Mapping[tuple[str, Chunk], float]) -> Iterable[list[Chunk] | None]:
    """What each letter of each word says, at the least cost; None where the letters are too few for the phones."""
    for word, phones in words:
        yield _align(word, phones, costs)


def _align(word: str, phones: Chunk, costs: Mapping[tuple[str, Chunk], float]) -> list[Chunk] | None:
    best: list[dict[int, tuple[float, Chunk]]] = [{0: (0.0, ())}]
    for i, letter in enumerate(word):
        here: dict[int, tuple[float, Chunk]] = {}
        left = (len(word) - i - 1) * MOST
        for j, (cost, _) in best[-1].items():
            for n in range(MOST + 1):
                end = j + n
                if end > len(phones) or len(phones) - end > left:
                    continue
                chunk = phones[j:end]
                total = cost + costs.get((letter, chunk), 12.0 + 2 * n)
                if end not in here or total < here[end][0]:
                    here[end] = total, chunk
        best.append(here)
    if len(phones) not in best[-1]:
        return None
    said: list[Chunk] = []
    end = len(phones)
    for here in reversed(best[1:]):
        said.append(here[end][1])
        end -= len(here[end][1])
    return said[::-1]


def costs_of(words: Sequence[Word], alignments: Iterable[list[Chunk] | None]) -> dict[tuple[str, Chunk], float]:
    """How unlikely each letter is to say each chunk, as a negative logarithm."""
    counts: Counter[tuple[str, Chunk]] = Counter()
    for (word, _), said in zip(words, alignments, strict=True):
        counts.update(zip(word, said or (), strict=False))
    letters: Counter[str] = Counter()
    for (letter, _), many in counts.items():
        letters[letter] += many
    return {pair: -math.log(many / letters[pair[0]]) for pair, many in counts.items()}


def first_costs(words: Sequence[Word]) -> dict[tuple[str, Chunk], float]:
    """A beginning: letters and phones that stand at about the same place of a word go together."""
    counts: Counter[tuple[str, Chunk]] = Counter()
    letters: Counter[str] = Counter()
    for word, phones in words:
        for i, letter in enumerate(word):
            letters[letter] += 1
            counts[letter, phones[i * len(phones) // len(word) : i * len(phones) // len(word) + 1]] += 1
    costs = {pair: -math.log(many / letters[pair[0]]) for pair, many in counts.items()}
    return costs | {(letter, ()): 3.0 for letter in letters}


def batches(rows: Sequence[tuple[Sequence[int], Sequence[int]]], size: int, chance: random.Random) -> list[list[int]]:
    """Rows of about the same length together, in random order."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + chance.random())
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    chance.shuffle(groups)
    return groups


def padded(rows: Sequence[Sequence[int]], filling: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filling] * (longest - len(row))] for row in rows])


def distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Phones to change, add or leave out to come from one pronunciation to the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def train(words: list[Word], epochs: int, seed: int) -> tuple[Speller, list[Chunk]]:
    """The network and the chunks that its outputs stand for."""
    chance = random.Random(seed)
    torch.manual_seed(seed)
    costs = first_costs(words)
    sample = chance.sample(words, min(20000, len(words)))
    for _ in range(ROUNDS):
        costs = costs_of(sample, aligned(sample, costs))
    alignments = list(tqdm(aligned(words, costs), total=len(words), desc="align", mininterval=5))
    counts = Counter(chunk for said in alignments for chunk in said or ())
    chunks = [(), *sorted(c for c, many in counts.items() if many >= RARE and c)]
    number = {chunk: i for i, chunk in enumerate(chunks)}
    rows = [
        ([LETTERS.index(c) + 1 for c in word], [number[chunk] for chunk in said])
        for (word, _), said in zip(words, alignments, strict=True)
        if said is not None and all(chunk in number for chunk in said)
    ]
    model = Speller(len(chunks))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    steps = epochs * math.ceil(len(rows) / 256)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    with tqdm(total=steps, desc="phones", mininterval=5) as bar:
        for _ in range(epochs):
            for group in batches(rows, 256, chance):
                letters, said = (padded([rows[i][k] for i in group], f) for k, f in ((0, 0), (1, -100)))
                loss = F.cross_entropy(model(letters).transpose(1, 2), said)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
                bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}")
    with torch.no_grad():
        for p in model.parameters():  # what is judged is what is shipped
            p.copy_(p.half().float())
    return model, chunks


@torch.no_grad()
def said_by(model: Speller, chunks: Sequence[Chunk], words: Sequence[str]) -> list[Chunk]:
    """How the network pronounces words."""
    model.eval()
    spoken: list[Chunk] = []
    for first in range(0, len(words), 1024):
        part = words[first : first + 1024]
        best = model(padded([[LETTERS.index(c) + 1 for c in word] for word in part], 0)).argmax(-1)
        for word, row in zip(part, best.tolist(), strict=True):
            spoken.append(tuple(phone for i in row[: len(word)] for phone in chunks[i]))
    return spoken


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.phones", description=__doc__)
    parser.add_argument("dictionary", type=Path, help="cmudict-en-us.dict of the package pocketsphinx (BSD)")
    parser.add_argument("--common", type=Path, nargs="*", default=[], help="texts that say which words are common")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    words = read(asked.dictionary)
    random.Random(0).shuffle(words)
    held, taught = words[::HELD_OUT], [w for i, w in enumerate(words) if i % HELD_OUT]
    model, chunks = train(taught, asked.epochs, asked.seed)
    guesses = said_by(model, chunks, [word for word, _ in held])
    wrong = sum(distance(guess, phones) for guess, (_, phones) in zip(guesses, held, strict=True))
    figures = {
        "phone_error_rate": round(wrong / sum(len(phones) for _, phones in held), 4),
        "word_accuracy": round(sum(g == p for g, (_, p) in zip(guesses, held, strict=True)) / len(held), 4),
        "held_out": len(held),
        "taught": len(taught),
    }
    print(json.dumps(figures))
    exceptions = _exceptions(model, chunks, dict(words), asked.common)
    save(model, chunks, exceptions, figures, asked.output)
    return 0


def _exceptions(
    model: Speller, chunks: Sequence[Chunk], words: Mapping[str, Chunk], texts: Sequence[Path]
) -> dict[str, Chunk]:
    """The most common words that the network reads wrongly."""
    counts: Counter[str] = Counter()
    for path in texts:
        counts.update(re.findall(r"[a-z']+", path.read_text("utf-8", errors="replace").lower()))
    common = [word for word, _ in counts.most_common(60000) if word in words]
    guesses = said_by(model, chunks, common)
    wrong = [word for word, guess in zip(common, guesses, strict=True) if guess != words[word]]
    return {word: words[word] for word in wrong[:EXCEPTIONS]}


def save(
    model: Speller, chunks: Sequence[Chunk], exceptions: Mapping[str, Chunk], figures: Mapping[str, float], path: Path
) -> None:
    """Writes what streamer/face/phones.py reads."""
    arrays: dict[str, Any] = {  # Any: savez takes arrays of every kind
        "letters": model.letters.weight.detach().numpy().astype(np.float16),
        "out": model.out.weight.detach().numpy().T.astype(np.float16),
        "out_bias": model.out.bias.detach().numpy().astype(np.float16),
    }
    for i, layer in enumerate(model.layers):
        assert isinstance(layer, nn.Conv1d) and layer.bias is not None
        arrays[f"layer{i}"] = (
            layer.weight.detach().numpy().transpose(2, 1, 0).reshape(-1, layer.out_channels).astype(np.float16)
        )
        arrays[f"bias{i}"] = layer.bias.detach().numpy().astype(np.float16)
    about = {
        "source": "the pronouncing dictionary of pocketsphinx (BSD)",
        "figures": figures,
        "chunks": [" ".join(chunk) for chunk in chunks],
        "exceptions": {word: " ".join(phones) for word, phones in exceptions.items()},
    }
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez_compressed(path, **arrays)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(exceptions)} exceptions")


if __name__ == "__main__":
    sys.exit(main())
