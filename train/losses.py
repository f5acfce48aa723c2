"""What the network is taught: which acts are active, how strong they are, and that the whole face looks right."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from streamer.brain.units import TO_JUDGED
from train.batches import ACTIVE, Batch
from train.model import Faces


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts."""

    activity: float = 10.0
    strength: float = 2.0
    face: float = 2.0
    line: float = 0.5  # of the whole face where it follows from a line, which leaves more open than a description
    contrast: float = 0.3
    count: float = 0.15
    at: float = 0.5
    onset: float = 0.1
    plain: float = 0.0  # squared error of the whole face: what a plain regression is taught


def losses(faces: Faces, batch: Batch, mean: Tensor, w: Weights) -> dict[str, Tensor]:
    """The weighted parts; their sum is the loss."""
    there = batch.there
    active = (batch.units > ACTIVE).float()
    many = there.sum()
    logits = faces.activity.float()
    activity = F.binary_cross_entropy_with_logits(logits, batch.active, reduction="none").mean(-1)
    strength = F.smooth_l1_loss(faces.strength.float(), batch.units, reduction="none", beta=0.1)
    shown = active * there[..., None]
    line = ~batch.described
    sure = torch.where(line, w.line, 1.0)
    shown_units = torch.sigmoid(logits) * faces.strength.float()
    timed = there * line[:, None]
    parts = {
        "activity": w.activity * (activity * there).sum() / many,
        "strength": w.strength * (strength * shown).sum() / shown.sum().clamp(min=1),
        "face": w.face * (sure * (1 - correlation(shown_units, batch.shown, there, mean))).mean(),
        "at": w.at
        * (F.smooth_l1_loss(faces.at.float(), batch.at, reduction="none", beta=0.1) * timed).sum()
        / timed.sum().clamp(min=1),
        "onset": w.onset
        * (F.cross_entropy(faces.onset.float().transpose(1, 2), batch.onset, reduction="none") * timed).sum()
        / timed.sum().clamp(min=1),
    }
    if batch.described.sum() > 1:  # lines stalled on the development side while it was there
        d = batch.described
        parts["contrast"] = w.contrast * contrast(shown_units[d], batch.units[d], there[d], mean) * d.float().mean()
    if w.plain:
        parts["plain"] = w.plain * ((shown_units - batch.units).square().mean(-1) * there).sum() / many
    if line.any():
        parts["count"] = w.count * F.cross_entropy(faces.number.float()[line], there[line].sum(1).long() - 1)
    return parts


def held(faces: Faces, old: Faces, batch: Batch, w: Weights) -> dict[str, Tensor]:
    """How far answers have gone from those of an older network, in the same weights as `losses`."""
    there = batch.there
    line = ~batch.described
    timed = there * line[:, None]
    then = torch.sigmoid(old.activity.float())
    activity = F.binary_cross_entropy_with_logits(faces.activity.float(), then, reduction="none")
    activity = (activity - F.binary_cross_entropy(then, then, reduction="none")).mean(-1)
    strength = F.smooth_l1_loss(faces.strength.float(), old.strength.float(), reduction="none", beta=0.1) * then
    at = F.smooth_l1_loss(faces.at.float(), old.at.float(), reduction="none", beta=0.1)
    parts = {
        "held activity": w.activity * (activity * there).sum() / there.sum(),
        "held strength": w.strength * (strength * there[..., None]).sum() / (then * there[..., None]).sum(),
        "held at": w.at * (at * timed).sum() / timed.sum().clamp(min=1),
        "held onset": w.onset * (_gone(faces.onset, old.onset) * timed).sum() / timed.sum().clamp(min=1),
    }
    if line.any():
        parts["held count"] = w.count * _gone(faces.number[line], old.number[line]).mean()
    return parts


def _gone(logits: Tensor, old: Tensor) -> Tensor:
    """The divergence of choices from those before, in nats."""
    now, then = (F.log_softmax(of.float(), -1) for of in (logits, old))
    return (then.exp() * (then - now)).sum(-1)


def correlation(units: Tensor, true: Tensor, there: Tensor, mean: Tensor) -> Tensor:
    """Per item, the correlation of its keyframes' judged channels after the mean face is taken off (B,)."""
    to_judged = torch.from_numpy(TO_JUDGED)
    x, y = ((u - mean) @ to_judged for u in (units, true))
    weight = there[..., None].expand_as(x)
    total = weight.sum((1, 2), keepdim=True)
    x = (x - (x * weight).sum((1, 2), keepdim=True) / total) * weight
    y = (y - (y * weight).sum((1, 2), keepdim=True) / total) * weight
    dot = (x * y).sum((1, 2))
    return dot / (x.square().sum((1, 2)) * y.square().sum((1, 2)) + 1e-6).sqrt()


def contrast(units: Tensor, true: Tensor, there: Tensor, mean: Tensor, heat: float = 0.1) -> Tensor:
    """How hard it is to pick each item's true face, its keyframes averaged, out of the batch by the predicted one."""
    to_judged = torch.from_numpy(TO_JUDGED)
    share = (there / there.sum(1, keepdim=True))[..., None]
    x, y = (F.normalize(((u * share).sum(1) - mean) @ to_judged, dim=-1) for u in (units, true))
    return F.cross_entropy(x @ y.T / heat, torch.arange(len(x)))
