"""The scripts to learn from, at a small size."""

import runpy

import matplotlib.image
import numpy as np
import pytest
from package import ROOT


@pytest.fixture
def side_by_side():
    return runpy.run_path(str(ROOT / "examples" / "side_by_side.py"))["main"]


def test_side_by_side_draws_both_methods(side_by_side, tmp_path):
    path = tmp_path / "small.png"
    side_by_side(path, bits=3, hidden=(6, 5), epochs=4, seeds=(0,))
    picture = matplotlib.image.imread(path)[..., :3]
    # The colours of the first two lines, blue for backprop and orange for dni[output+label].
    for colour in ((0x1F, 0x77, 0xB4), (0xFF, 0x7F, 0x0E)):
        near = np.abs(picture - np.array(colour) / 255).max(axis=-1) < 0.02
        assert near.sum() > 50


def test_side_by_side_gives_the_same_picture_again(side_by_side, tmp_path):
    for name in ("first.png", "second.png"):
        side_by_side(tmp_path / name, bits=3, hidden=(6, 5), epochs=2, seeds=(0,))
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
