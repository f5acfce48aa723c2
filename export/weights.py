"""ONNX to torch: the network of a file that export wrote, float32 or int8, for those who have no run of their own."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from protocols.arkit import Floats
from streamer.brain.decode import Gate
from streamer.brain.model import FORMAT, LARGEST, ModelError
from streamer.brain.units import UNITS
from train.model import FaceModel, Settings

ROOT: Final = "model."  # of the parameters' names in a file
HEAD: Final = 32  # width of an attention head, in files that carry no shape
UNUSED: Final = ("emotion.weight", "emotion.bias")  # pre-training only, so no file has them

_INT8: Final = "_quantized"


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """A file's network, and what the file carries beside it."""

    model: FaceModel
    tokenizer: str
    gates: dict[str, Gate]
    name: str


def read(path: Path) -> Shipped:
    """The network of a file, int8 weights times their scales; raises ModelError."""
    file = _load(path)
    meta = {entry.key: entry.value for entry in file.metadata_props}
    if meta.get("format") != FORMAT or meta.get("units", "").split() != list(UNITS):
        raise ModelError(f"{path} is no model of this version")
    try:
        arrays = dict(_arrays(file.graph))
        model = FaceModel(_shape(meta, arrays))
        model.load_state_dict(_state(model, arrays))
        gates = {kind: Gate(**gate) for kind, gate in json.loads(meta["gates"]).items()}
        return Shipped(model.eval(), meta["tokenizer"], gates, meta["name"])
    except (ValueError, TypeError, KeyError, IndexError, RuntimeError, StopIteration) as error:
        raise ModelError(f"{path} holds no network that can be trained: {_first(error)}") from error


def _load(path: Path) -> onnx.ModelProto:
    try:
        size = path.stat().st_size
        if not 1 <= size <= LARGEST:
            raise ModelError(f"{path} is {size} bytes, expected 1..{LARGEST}")
        return onnx.load_model_from_string(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    except DecodeError as error:
        raise ModelError(f"{path} is no ONNX file") from error


def _arrays(graph: onnx.GraphProto) -> Iterator[tuple[str, Floats]]:
    """The parameters by their torch names; a matrix is named by the bias that is added to its product."""
    stored = {i.name: i for i in graph.initializer}
    for name in stored:
        if name.startswith(ROOT) and stored[name].data_type == onnx.TensorProto.FLOAT and "_scale" not in name:
            yield name.removeprefix(ROOT), _array(stored[name])
    if "words_int8" in stored:
        yield "encoder.words.weight", _array(stored["words_int8"]) * _array(stored["words_scale"])
    readers = {source: node for node in graph.node for source in node.input}  # the last of each, a product has one
    shares = []
    for node in graph.node:
        if node.op_type in ("MatMul", "MatMulInteger") and node.input[1] in stored:
            yield _bias(node, readers, stored) + ".weight", _matrix(node.input[1], stored).T
        elif node.op_type == "Mul" and (one := [i for i in node.input if i in stored and not stored[i].dims]):
            shares.append(float(_array(stored[one[0]])))
    yield "encoder.mix", np.log(np.maximum(np.array(shares, np.float32), 1e-12))  # the softmax of it was folded


def _bias(node: onnx.NodeProto, readers: dict[str, onnx.NodeProto], stored: dict[str, Any]) -> str:
    """The module that a product belongs to: the nodes after it lead to the addition of its bias."""
    while node.op_type != "Add":
        node = readers[node.output[0]]
    name = next(str(i) for i in node.input if i in stored)
    return name.removeprefix(ROOT).removesuffix(".bias")


def _matrix(name: str, stored: dict[str, Any]) -> Floats:
    if not name.endswith(_INT8):
        return _array(stored[name])
    scale, zero = (_array(stored[name.removesuffix(_INT8) + part]) for part in ("_scale", "_zero_point"))
    return (_array(stored[name]) - zero) * scale


def _array(stored: onnx.TensorProto) -> Floats:
    array: NDArray[Any] = numpy_helper.to_array(stored)
    return array.astype(np.float32)


def _shape(meta: dict[str, str], arrays: dict[str, Floats]) -> Settings:
    """The settings of the network: as the file says, in older files as the arrays show."""
    if "shape" in meta:
        return Settings(**json.loads(meta["shape"]))
    vocabulary, width = arrays["encoder.words.weight"].shape
    layers, readings = (
        len({name.split(".")[at] for name in arrays if name.startswith(start)})
        for start, at in (("encoder.layers.", 2), ("readings.", 1))
    )
    inner, positions = len(arrays["encoder.layers.0.wide.bias"]), len(arrays["encoder.places.weight"])
    return Settings(vocabulary, width, layers, math.ceil(width / HEAD), inner, positions, readings)


def _state(model: FaceModel, arrays: dict[str, Floats]) -> dict[str, torch.Tensor]:
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in arrays and name not in UNUSED]
    if missing:
        raise ValueError(f"{len(missing)} parameters are missing, {missing[0]} first")
    given = {name: torch.from_numpy(np.array(arrays[name])) for name in wanted if name in arrays}
    return wanted | given


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[-1][:200] if str(error).strip() else type(error).__name__
