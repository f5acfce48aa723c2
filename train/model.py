"""The network: a MiniLM encoder, and a decoder that reads one face per slot from the encoder's tokens.

A slot is a place in a line: the second of three keyframes is slot 4. A description has a slot of its own. The decoder
asks the tokens once to find when the face happens, then, knowing when, asks again what each region of the face does.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from streamer.brain.units import UNITS

MOST = 4  # keyframes of a line
SLOTS = MOST * (MOST + 1) // 2 + 1
DESCRIBED = SLOTS - 1  # the slot of a description
FIELDS = 4
EMOTIONS = 28 + 9  # the labels of GoEmotions and of XED with its neutral lines
LATEST = 1.25  # the latest `at`; the earliest is -0.25
CERTAIN = 20.0  # a logit beyond doubt


# The parts of a face that read the text each for itself, by the acts they own: sides and amounts must find their act.
REGIONS: tuple[tuple[str, ...], ...] = (
    ("Brow",), ("Eye",), ("Look",), ("Cheek", "Nose"), ("Jaw", "Tongue", "MouthClose"),
    ("MouthSmile", "MouthFrown", "MouthDimple", "MouthStretch"),
    ("MouthPress", "MouthUpper", "MouthLower", "MouthPucker", "MouthFunnel", "MouthRoll", "MouthShrug", "MouthLeft",
     "MouthRight"),
    ("Head",),
)  # fmt: skip


def slots_of(count: int) -> list[int]:
    """The slots of a line with that many keyframes."""
    start = count * (count - 1) // 2
    return list(range(start, start + count))


@dataclass(frozen=True)
class Settings:
    """The shape of the network; the defaults are MiniLM-L6's."""

    vocabulary: int = 30522
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    readings: int = 2  # decoder layers
    dropout: float = 0.1
    frozen: bool = False  # the encoder's layers stay as they were loaded
    plain: bool = False  # one number an act instead of activity and strength, to see what the two are worth


class Faces(NamedTuple):
    """What the network says, before thresholds: logits of activity, strengths in 0..1, times and onsets per slot."""

    number: Tensor  # (B, 4) logits of 1..4 keyframes
    at: Tensor  # (B, Q)
    onset: Tensor  # (B, Q, 3) logits
    activity: Tensor  # (B, Q, 54) logits
    strength: Tensor  # (B, Q, 54)


class Attention(nn.Module):
    """Multi-head attention, written out so that it exports plainly."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        q, k, v = (self._split(f(y)) for f, y in ((self.query, x), (self.key, memory), (self.value, memory)))
        weights = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1])) + bias
        mixed = self.dropout(weights.softmax(-1)) @ v
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


class Layer(nn.Module):
    """Attention and a feed-forward network, each followed by a normalisation, as in BERT."""

    def __init__(self, s: Settings, inner: int) -> None:
        super().__init__()
        self.attention = Attention(s.width, s.heads, s.dropout)
        self.attention_norm = nn.LayerNorm(s.width, eps=1e-12)
        self.wide = nn.Linear(s.width, inner)
        self.narrow = nn.Linear(inner, s.width)
        self.norm = nn.LayerNorm(s.width, eps=1e-12)
        self.dropout = nn.Dropout(s.dropout)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        x = self.attention_norm(x + self.dropout(self.attention(x, memory, bias)))
        out: Tensor = self.norm(x + self.dropout(self.narrow(F.gelu(self.wide(x)))))
        return out


class Encoder(nn.Module):
    """MiniLM; all its layers are mixed, because the words of a description sit low and the mood of a line high."""

    def __init__(self, s: Settings) -> None:
        super().__init__()
        self.words = nn.Embedding(s.vocabulary, s.width)
        self.places = nn.Embedding(s.positions, s.width)
        self.fields = nn.Embedding(FIELDS, s.width)
        self.norm = nn.LayerNorm(s.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(s, s.inner) for _ in range(s.layers))
        self.mix = nn.Parameter(torch.zeros(s.layers + 1))
        self.dropout = nn.Dropout(s.dropout)
        self.frozen = s.frozen

    def forward(self, ids: Tensor, fields: Tensor, bias: Tensor) -> Tensor:
        places = self.places.weight[: ids.shape[1]]
        field = self.fields(fields)
        x = self.dropout(self.norm(self.words(ids) + places + field))
        share = self.mix.softmax(0)
        mixed = share[0] * x
        for i, layer in enumerate(self.layers):
            x = self._read(layer, x, bias)
            mixed = mixed + share[i + 1] * x
        out: Tensor = mixed + field if self.frozen else mixed
        return out

    def _read(self, layer: nn.Module, x: Tensor, bias: Tensor) -> Tensor:
        if not self.frozen:
            return layer(x, x, bias)  # type: ignore[no-any-return]
        with torch.no_grad():
            return layer(x, x, bias)  # type: ignore[no-any-return]


class FaceModel(nn.Module):
    """Text to faces."""

    def __init__(self, s: Settings) -> None:
        super().__init__()
        self.settings = s
        self.encoder = Encoder(s)
        self.memory_norm = nn.LayerNorm(s.width)
        self.slots = nn.Embedding(SLOTS, s.width)
        self.readings = nn.ModuleList(Layer(s, 2 * s.width) for _ in range(s.readings))
        self.time = nn.Linear(s.width, 1)
        self.timed = nn.Sequential(nn.Linear(8, s.width), nn.GELU(), nn.Linear(s.width, s.width))
        self.count = nn.Linear(s.width, MOST)
        self.onset = nn.Linear(s.width, 3)
        self.activity = nn.Linear(s.width, len(UNITS))
        self.strength = nn.Linear(s.width, len(UNITS))
        self.regions = nn.Embedding(len(REGIONS), s.width)
        self.owns: Tensor
        self.register_buffer("owns", torch.tensor(_owners()), persistent=False)  # (R, 54)
        self.places: Tensor
        self.register_buffer("places", torch.tensor(_places()), persistent=False)  # (4, 11)
        self.emotion = nn.Linear(s.width, EMOTIONS)  # pre-training only
        self.dropout = nn.Dropout(s.dropout)

    def encode(self, ids: Tensor, fields: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens' memory and the attention bias that hides the padding."""
        bias = (ids == 0).to(torch.float32)[:, None, None, :] * -1e4
        return self.memory_norm(self.encoder(ids, fields, bias)), bias

    def forward(self, ids: Tensor, fields: Tensor, slots: Tensor, at: Tensor | None = None) -> Faces:
        """Faces for the asked slots (B, Q); `at`, in training, tells the true times.

        A slot of -1, -2 ... asks for the first, the second ... keyframe of as many as the network says there are.
        """
        memory, bias = self.encode(ids, fields)
        number = self.count(memory[:, 0])
        own = self.places[number.argmax(-1)].gather(1, (-1 - slots).clamp(0))
        x = self.dropout(self.slots(torch.where(slots < 0, own, slots)))
        x = self.readings[0](x, memory, bias)
        found = torch.sigmoid(self.time(x)).squeeze(-1) * (2 * LATEST - 1.0) - (LATEST - 1.0)
        x = x + self.timed(_waves(found.detach() if at is None else at))
        asked = x.shape
        x = (x[:, :, None] + self.regions.weight).flatten(1, 2)  # (B, Q * R, width)
        for reading in self.readings[1:]:
            x = reading(x, memory, bias)
        x = x.reshape(asked[0], asked[1], len(REGIONS), asked[2])
        activity, strength = ((head(x) * self.owns).sum(2) for head in (self.activity, self.strength))
        if self.settings.plain:
            activity = torch.full_like(activity, CERTAIN)
        return Faces(number, found, self.onset(x.mean(2)), activity, torch.sigmoid(strength))

    def feel(self, ids: Tensor, fields: Tensor) -> Tensor:
        """Logits of the pre-training's emotions, read where a line's only face would be (B, 37)."""
        memory, bias = self.encode(ids, fields)
        x = self.dropout(self.slots.weight[:1].expand(len(ids), 1, -1))
        for reading in self.readings:
            x = reading(x, memory, bias)
        out: Tensor = self.emotion(x[:, 0])
        return out


def _places() -> list[list[int]]:
    """For each number of keyframes the slots of the first, the second ...; past the last one the last again."""
    return [[slots_of(n)[min(k, n - 1)] for k in range(SLOTS)] for n in range(1, MOST + 1)]


def _owners() -> list[list[float]]:
    return [[float(unit.startswith(region)) for unit in UNITS] for region in REGIONS]


def _waves(at: Tensor) -> Tensor:
    """A time as sines and cosines of four frequencies."""
    angles = torch.stack([at * (math.pi / 2) * f for f in (0.5, 1.0, 2.0, 4.0)], -1)
    return torch.cat([angles.sin(), angles.cos()], -1)


_NAMES = {
    "attention.self.query": "attention.query",
    "attention.self.key": "attention.key",
    "attention.self.value": "attention.value",
    "attention.output.dense": "attention.out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "wide",
    "output.dense": "narrow",
    "output.LayerNorm": "norm",
}


def load_minilm(model: FaceModel, weights: Path) -> None:
    """Fills the encoder from a BERT-like safetensors file; its first token type becomes part of every field."""
    from safetensors.torch import load_file

    bert = load_file(str(weights))
    own = model.encoder.state_dict()
    own["words.weight"] = bert["embeddings.word_embeddings.weight"].clone()
    own["places.weight"] = bert["embeddings.position_embeddings.weight"].clone()
    own["fields.weight"] = bert["embeddings.token_type_embeddings.weight"][:1].repeat(FIELDS, 1)
    own["norm.weight"], own["norm.bias"] = (
        bert["embeddings.LayerNorm.weight"],
        bert["embeddings.LayerNorm.bias"],
    )
    for i in range(model.settings.layers):
        for theirs, ours in _NAMES.items():
            for part in ("weight", "bias"):
                own[f"layers.{i}.{ours}.{part}"] = bert[f"encoder.layer.{i}.{theirs}.{part}"]
    model.encoder.load_state_dict(own)
