"""Where the brain runs: the CPU, or a GPU through ONNX Runtime's providers (the extra facecue[gpu])."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import onnxruntime as ort

from streamer.config import Device

_log = logging.getLogger(__name__)

Provider = str | tuple[str, Mapping[str, str]]
CPU: Final = "CPUExecutionProvider"
_NEEDED: Final[Mapping[Device, str]] = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}


def choose(device: Device, cache: Path) -> list[Provider]:
    """Providers for a device, the CPU behind them; with one logged line, the CPU alone where the device is not there.

    TensorRT keeps its compiled engines in `cache` and computes in half precision.
    """
    if _NEEDED[device] not in ort.get_available_providers():
        _log.warning("brain: no %s in this onnxruntime, using the CPU", _NEEDED[device])
        return [CPU]
    if device == "cpu":
        return [CPU]
    if device == "cuda":
        return [_NEEDED["cuda"], CPU]
    engine = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(cache), "trt_fp16_enable": "1"}
    return [(_NEEDED["tensorrt"], engine), _NEEDED["cuda"], CPU]
