"""Threads that let the frames go first."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SWITCH: Final = 0.0002  # seconds after which a thread gives way to another that waits; the default is 5 ms


def be_nice() -> None:
    """Gives this thread the lowest priority, where a thread can have one of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


@contextmanager
def yielding() -> Iterator[None]:
    """Has the interpreter switch soon to a frame that is due while another thread computes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
