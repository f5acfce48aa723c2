import gc
import weakref

from streamer.collector import sweep, tamed


class Knot:
    """Holds on to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


def test_the_collector_is_ours_for_a_while_and_as_before_after() -> None:
    assert gc.isenabled()
    with tamed():
        assert not gc.isenabled() and gc.get_freeze_count() > 1000
    assert gc.isenabled() and gc.get_freeze_count() == 0


def test_knots_are_freed_by_the_sweeps() -> None:
    with tamed():
        young, old = weakref.ref(Knot()), Knot()
        sweep(1)
        assert young() is None
        sweep(2), sweep(3)
        known = weakref.ref(old)
        del old
        sweep(4)
        assert known() is not None  # it had grown old
        sweep(60), sweep(36000)
        assert known() is None
