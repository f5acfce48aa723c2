"""The choice of a device."""

import logging
from pathlib import Path

import pytest

from streamer.brain.providers import CPU, choose


def test_the_cpu_is_taken_as_asked(tmp_path: Path) -> None:
    assert choose("cpu", tmp_path) == [CPU]


def test_a_missing_gpu_falls_back_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CPU])
    with caplog.at_level(logging.WARNING):
        assert choose("tensorrt", tmp_path) == [CPU]
    assert caplog.messages == ["brain: no TensorrtExecutionProvider in this onnxruntime, using the CPU"]


def test_tensorrt_caches_its_engines_and_has_cuda_and_the_cpu_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["TensorrtExecutionProvider", CPU])
    (name, options), *behind = choose("tensorrt", tmp_path)
    assert name == "TensorrtExecutionProvider" and options["trt_engine_cache_path"] == str(tmp_path)
    assert behind == ["CUDAExecutionProvider", CPU]
