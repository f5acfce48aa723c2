"""Float32 ONNX to int8: matrix products per output channel, the word table per word."""

import logging
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

WORDS: Final = "model.encoder.words.weight"


def quantize(source: Path, target: Path) -> None:
    """Quantises weights of MatMul (activations at run time), then the embedding of words."""
    logging.disable(logging.WARNING)  # it advises a step that changes nothing here
    try:
        quantize_dynamic(
            str(source), str(target), op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8,
        )  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
    model = onnx.load(str(target))
    _shrink_words(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def _shrink_words(graph: onnx.GraphProto) -> None:
    """words[ids] becomes int8[ids] * scale[ids]: 4 bytes a weight become 1, and the file fits."""
    table = next(i for i in graph.initializer if i.name == WORDS)
    (position, gather), *others = [(i, node) for i, node in enumerate(graph.node) if table.name in node.input]
    if others or gather.op_type != "Gather":
        raise ValueError(f"{table.name} is not a plain embedding")
    weights = numpy_helper.to_array(table)
    scale = np.maximum(np.abs(weights).max(1, keepdims=True), 1e-8).astype(np.float32) / 127
    small = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    ids, out = gather.input[1], gather.output[0]
    nodes = [
        helper.make_node("Gather", ["words_int8", ids], ["words_picked"], axis=0),
        helper.make_node("Cast", ["words_picked"], ["words_float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", ["words_scale", ids], ["words_scales"], axis=0),
        helper.make_node("Mul", ["words_float", "words_scales"], [out]),
    ]
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(small, "words_int8"), numpy_helper.from_array(scale, "words_scale")]
    )
    graph.node.remove(gather)
    for offset, node in enumerate(nodes):
        graph.node.insert(position + offset, node)
