"""Python's garbage collector beside a stream: small collections between frames instead of a long one in the middle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MIDDLE_EVERY: Final = 60  # ticks
_FULL_EVERY: Final = 36000  # ticks, ten minutes: what is frozen is left out, so that it is short


@contextmanager
def tamed() -> Iterator[None]:
    """Takes the collector into our own hands; what exists by now is taken for permanent."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def sweep(tick: int) -> None:
    """Collects what the frames just made, and now and then what lived longer."""
    gc.collect(2 if tick % _FULL_EVERY == 0 else 1 if tick % _MIDDLE_EVERY == 0 else 0)
