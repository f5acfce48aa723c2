"""Makes tiny.onnx beside this file: a model of a few kB in the format of the shipped one, from fixed random numbers.

python tests/vectors/make_tiny_model.py        needs onnx
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from streamer.brain.decode import DESCRIBED, MOST
from streamer.brain.model import FORMAT
from streamer.brain.units import UNITS

HERE = Path(__file__).parent
WORDS = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "left", "right", "smile", "no", "hello", "halt"]
LETTERS = [c for letter in "abcdefghijklmnopqrstuvwxyz.,!?'" for c in (letter, "##" + letter)]
OPSET = 17
IR_VERSION = 8


def tokenizer() -> str:
    words = {word: i for i, word in enumerate(WORDS + LETTERS)}
    tiny = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    tiny.normalizer = normalizers.BertNormalizer()
    tiny.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tiny.add_special_tokens(["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]"])
    return str(tiny.to_str())


def graph() -> onnx.GraphProto:
    draw = np.random.default_rng(0)
    tables = {
        "words": draw.normal(0, 2, (len(WORDS) + len(LETTERS), len(UNITS))).astype(np.float32),
        "places": draw.normal(0, 1, (DESCRIBED + 1, len(UNITS))).astype(np.float32),
        "times": np.linspace(0, 1, DESCRIBED + 1, dtype=np.float32),
        "onsets": np.eye(3, dtype=np.float32)[np.arange(DESCRIBED + 1) % 3],
        "counts": draw.normal(0, 1, (len(WORDS) + len(LETTERS), MOST)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["words", "ids"], ["picked"]),
        helper.make_node("ReduceMean", ["picked"], ["meant"], axes=[1], keepdims=1),
        helper.make_node("Gather", ["places", "slots"], ["placed"]),
        helper.make_node("Add", ["meant", "placed"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["activity"]),
        helper.make_node("Sigmoid", ["placed"], ["strength"]),
        helper.make_node("Gather", ["times", "slots"], ["at"]),
        helper.make_node("Gather", ["onsets", "slots"], ["onset"]),
        helper.make_node("Gather", ["counts", "ids"], ["counted"]),
        helper.make_node("ReduceMean", ["counted"], ["number"], axes=[1], keepdims=0),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", None]) for name in ("ids", "fields", "slots")
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in ("number", "at", "onset", "activity", "strength")
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in tables.items()]
    return helper.make_graph(nodes, "tiny", inputs, outputs, weights)


def make(**changed: str) -> onnx.ModelProto:
    """The tiny model; keyword arguments replace entries of its metadata."""
    model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    gate = {"spread": 1.2, "gain": 0.9, "mean": [0.1] * len(UNITS)}
    meta = {
        "format": FORMAT, "name": "tiny", "units": " ".join(UNITS), "tokenizer": tokenizer(),
        "gates": json.dumps({"lines": gate, "described": gate}),
    }  # fmt: skip
    helper.set_model_props(model, meta | changed)
    return model


if __name__ == "__main__":
    onnx.save(make(), str(HERE / "tiny.onnx"))
