"""protocols/ is bytes and dataclasses: no sockets, no clock, no logging, no randomness."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import protocols

IMPURE = {
    "asyncio", "logging", "random", "secrets", "select", "selectors", "socket", "socketserver", "ssl",
    "subprocess", "threading", "time",
}  # fmt: skip
ALLOWED = (sys.stdlib_module_names - IMPURE) | {"numpy", "protocols"}
CLOCKS = {"now", "today", "utcnow"}  # of datetime, which is welcome otherwise
MODULES = sorted(Path(protocols.__path__[0]).rglob("*.py"))


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield "protocols" if node.level else f"{node.module}"


def impurities(source: str) -> list[str]:
    imported = [name for name in imports(source) if name.split(".")[0] not in ALLOWED or name == "numpy.random"]
    attributes = [node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return imported + [name for name in attributes if name in CLOCKS | {"random"}]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_protocol_imports_only_the_pure_standard_library_and_numpy(path: Path) -> None:
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["import socket", "import os, time", "from logging import getLogger", "import torch",
     "from streamer import app", "def f():\n    import random", "from numpy.random import rand",
     "np.random.rand()", "datetime.now()"],
)  # fmt: skip
def test_an_impurity_is_found_wherever_it_hides(source: str) -> None:
    assert len(impurities(source)) == 1


def test_all_protocols_are_walked() -> None:
    assert {"arkit.py", "livelink.py", "osc.py", "recording.py", "timecodes.py", "vmc.py"} <= {
        path.name for path in MODULES
    }
