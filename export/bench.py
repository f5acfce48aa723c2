"""Latency of the whole way from text to keyframes, by batch size and provider."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streamer.brain.model import Model
from streamer.brain.providers import CPU, Provider
from streamer.cues import Prompt
from train.data import Split

ROUNDS = 300


def bench(path: Path, split: Split, providers: Sequence[Provider] = (CPU,)) -> list[str]:
    """Rows of p50, p95 and p99 in milliseconds for batches of 1, 8 and 32 development lines."""
    prompts = [Prompt(s.line, s.emotion, s.background) for s in split.sheets]
    rows = []
    for size in (1, 8, 32):
        model = Model(path, providers, batch=size)
        taken = []
        for i in range(-10, max(ROUNDS // size, 40)):
            part = [prompts[(i * size + k) % len(prompts)] for k in range(size)]
            began = time.perf_counter()
            model.plan(part)
            if i >= 0:
                taken.append((time.perf_counter() - began) * 1e3)
        p50, p95, p99 = np.percentile(taken, (50, 95, 99))
        rows.append(f"{providers[0]} batch {size}: p50 {p50:.2f} p95 {p95:.2f} p99 {p99:.2f} ms")
    return rows
