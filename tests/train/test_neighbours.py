"""What other lines say of a line."""

import numpy as np
import pytest

from streamer.brain.units import UNITS
from streamer.cli import UserError
from train.batches import Item, collate
from train.data import Face, Sheet, Taught
from train.model import DESCRIBED, FaceModel, Settings
from train.neighbours import RIDGE, _leaned, kernel, left_out
from train.shorten import shortened

TINY = Settings(vocabulary=50, width=24, layers=4, heads=4, inner=32, positions=64)


def test_each_point_is_answered_by_all_the_others() -> None:
    draw = np.random.default_rng(0)
    points, values = draw.normal(size=(12, 5)).astype(np.float32), draw.normal(size=(12, 2, 3)).astype(np.float32)
    said = left_out(points, values)
    mean = values.reshape(12, 6).mean(0)  # of all, the point's own among them
    for i in range(12):
        others = np.delete(np.arange(12), i)
        known = kernel(points[others], points[others]) + RIDGE * np.eye(11, dtype=np.float32)
        weights = np.linalg.solve(known, values[others].reshape(11, 6) - mean)
        wanted = kernel(points[i : i + 1], points[others]) @ weights + mean
        assert np.allclose(said[i].ravel(), wanted[0], atol=1e-4)


def test_a_keyframe_is_taught_its_share_of_what_the_others_do_at_its_time() -> None:
    own = np.zeros(len(UNITS), np.float32)
    own[0] = 0.8
    face = Face("a brow", own, at=0.5)
    said = np.zeros((6, 2, len(UNITS)), np.float32)
    said[:, 0, 1], said[:, 1, 1] = np.linspace(0, 1, 6), 1.5
    (taught,) = _leaned(Sheet("a1", "Halt!", "", "", (face,)), said, 0.25).faces
    assert taught.taught is not None and taught.units is own
    assert taught.taught.units[:2] == pytest.approx([0.6, 0.125])
    assert taught.taught.active[:2] == pytest.approx([0.75, 0.25])


def test_a_batch_teaches_the_face_itself_unless_told_otherwise() -> None:
    units = np.linspace(0, 1, len(UNITS), dtype=np.float32)
    plain, leaning = Face("x", units), Face("y", units, taught=Taught(units / 2, units * 0 + 0.5))
    batch = collate([Item([1], [3], [DESCRIBED], (plain,)), Item([1], [3], [DESCRIBED], (leaning,))])
    assert np.array_equal(batch.shown[0, 0], units) and set(batch.active[0, 0].tolist()) == {0.0, 1.0}
    assert np.array_equal(batch.shown[1, 0], units / 2) and set(batch.active[1, 0].tolist()) == {0.5}
    assert np.array_equal(batch.units[1, 0], units)


def test_a_shortened_network_is_the_long_one_without_the_layers_left_out() -> None:
    long = FaceModel(TINY).state_dict()
    short = shortened(long, [0, 2, 3])
    network = FaceModel(Settings(vocabulary=50, width=24, layers=3, heads=4, inner=32, positions=64))
    network.load_state_dict(short)
    assert short["encoder.layers.1.wide.weight"] is long["encoder.layers.2.wide.weight"]
    assert short["encoder.mix"].shape == (4,)


@pytest.mark.parametrize("kept", [[0, 4], [2, 1], [1, 1], [-1, 2]])
def test_layers_that_are_not_there_are_refused(kept: list[int]) -> None:
    with pytest.raises(UserError, match="expected some of 0..3 in their order"):
        shortened(FaceModel(TINY).state_dict(), kept)
