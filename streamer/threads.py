"""Threads that let the frames go first."""

import os
import sys
import threading


def be_nice() -> None:
    """Gives this thread the lowest priority, where a thread can have one of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
