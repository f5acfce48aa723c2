"""What the model must beat: the mean face, the face of the most similar training text, the rules."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from protocols.arkit import Floats
from streamer.brain.rules import Rules
from streamer.brain.text import Text
from streamer.brain.units import TO_JUDGED
from streamer.cues import Description, Prompt
from streamer.face.likeness import interpolated
from train.batches import Item, collate, mean_face, of_face, of_sheet
from train.data import Face, Sheet, Split
from train.metrics import Scores, curve, score
from train.model import FaceModel
from train.neighbours import standardised, told, vectors

Nearest = Callable[[Sequence[str], Sequence[str]], list[int]]


def table(training: Split, development: Split, text: Text, minilm: FaceModel) -> dict[str, dict[str, Scores]]:
    """Scores of every baseline for described faces and lines."""
    true_faces, true_lines = [_face(f) for f in development.faces], [_line(s) for s in development.sheets]
    mean = mean_face(training)[None] @ TO_JUDGED
    still = np.repeat(mean, len(true_lines[0]), 0)
    rows = {
        "mean face": {
            "described": score([mean] * len(true_faces), true_faces),
            "lines": score([still] * len(true_lines), true_lines),
        }
    }
    for name, embed in (
        ("nearest text, TF-IDF", _tfidf),
        ("nearest text, MiniLM", lambda a, b: _embedded(minilm, text, a, b)),
    ):
        faces = _nearest(*embed(training.faces, development.faces))
        lines = _nearest(*embed(training.sheets, development.sheets))
        rows[name] = {
            "described": score([_face(training.faces[i]) for i in faces], true_faces),
            "lines": score([_line(training.sheets[i]) for i in lines], true_lines),
        }
    rows["kernel ridge, MiniLM"] = {
        "described": score(list(_told(minilm, text, training.faces, development.faces)), true_faces),
        "lines": score(list(_told(minilm, text, training.sheets, development.sheets)), true_lines),
    }
    rows["rules"] = {
        "described": score(
            [_ruled(Prompt("", descriptions=(Description(f.text),))) for f in development.faces], true_faces
        ),
        "lines": score([_ruled(Prompt(s.line, s.emotion, s.background)) for s in development.sheets], true_lines),
    }
    return rows


def _told(
    minilm: FaceModel, text: Text, known: Sequence[Face] | Sequence[Sheet], asked: Sequence[Face] | Sequence[Sheet]
) -> Floats:
    """What kernel ridge regression makes of the asked, after the known."""
    points, theirs = (vectors(minilm, [_item(text, one) for one in items]) for items in (known, asked))
    curves = np.stack([_face(one) if isinstance(one, Face) else _line(one) for one in known])
    return told(standardised(theirs, points), standardised(points), curves)


def _item(text: Text, one: Face | Sheet) -> Item:
    return of_face(text, one) if isinstance(one, Face) else of_sheet(text, one)


def _ruled(prompt: Prompt) -> Floats:
    """What the rules show; a single face for a description."""
    (sheet,) = Rules().plan([prompt])
    values = np.stack([keyframe.values for keyframe in sheet.keyframes])[:, : TO_JUDGED.shape[1]]
    return values[:1] if prompt.descriptions else interpolated([k.at for k in sheet.keyframes], values)


def _face(face: Face) -> Floats:
    return face.units[None] @ TO_JUDGED


def _line(sheet: Sheet) -> Floats:
    return curve([f.at for f in sheet.faces], np.stack([f.units for f in sheet.faces]))


def _words(item: Face | Sheet) -> str:
    return item.text if isinstance(item, Face) else f"{item.emotion} {item.emotion} {item.background} {item.line}"


def _tfidf(known: Sequence[Face | Sheet], asked: Sequence[Face | Sheet]) -> tuple[Floats, Floats]:
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit([_words(item) for item in known])
    a, b = (words.transform([_words(item) for item in items]).astype(np.float32) for items in (known, asked))
    return a, b


@torch.no_grad()
def _embedded(
    model: FaceModel, text: Text, known: Sequence[Face | Sheet], asked: Sequence[Face | Sheet]
) -> tuple[Floats, Floats]:
    model.eval()
    made = []
    for items in (known, asked):
        rows = []
        for item in items:
            batch = collate([_item(text, item)])
            bias = torch.zeros(1, 1, 1, batch.ids.shape[1])
            x = model.encoder.norm(
                model.encoder.words(batch.ids)
                + model.encoder.places.weight[: batch.ids.shape[1]]
                + model.encoder.fields(batch.fields)
            )
            for layer in model.encoder.layers:
                x = layer(x, x, bias)
            rows.append(torch.nn.functional.normalize(x.mean(1), dim=-1)[0].numpy())
        made.append(np.stack(rows))
    return made[0], made[1]


def _nearest(known: Floats, asked: Floats) -> list[int]:
    likeness = asked @ known.T
    return [int(i) for i in np.asarray(likeness.argmax(1)).ravel()]
