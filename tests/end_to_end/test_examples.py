"""What one learns from runs: the scripts, the notebook, and the Python code in the documents."""

import runpy
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from documents import blocks
from matplotlib.figure import Figure
from package import ROOT

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.core.training.measures import total_sum

PYTHON = [block for block in blocks() if block.language == "python"]


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


@pytest.mark.parametrize("sees_label", [False, True])
def test_synthetic_gradients_by_hand_are_those_of_the_engine(sees_label):
    by_hand = runpy.run_path(str(ROOT / "examples" / "dni_by_hand.py"))
    setup = Setup(
        "dni[output+label]" if sees_label else "dni[output]",
        bits=6,
        hidden=(64, 32),
        epochs=100,
        step_size=0.1,
        generator_step_size=0.003,
        draws="published",
    )

    def error(layers, targets):
        return total_sum(abs(layers[-1].output - targets), layers[0].linear.kernels)

    expected = train(setup, [1], record=[], tallies={"error": error}).measures["error"]
    errors = by_hand["train"](sees_label, iterations=100)
    np.testing.assert_allclose(errors, expected[0, 1:], rtol=1e-12)


def test_the_script_by_hand_prints_an_error_that_falls_where_generators_see_the_label():
    script = [sys.executable, str(ROOT / "examples" / "dni_by_hand.py")]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    _, *rows = [line.split() for line in printed.splitlines()]
    blind, sighted = (np.array([float(row[k]) for row in rows]) for k in (1, 2))
    assert sighted[-1] < 0.1 * sighted[0]
    assert sighted[-1] < 0.1 * blind[-1]


def test_the_notebook_runs(capsys):
    left = runpy.run_path(str(ROOT / "examples" / "notebook.py"))
    assert isinstance(left["figure"], Figure)
    assert "dni[output+label] - backprop, share of bits right" in capsys.readouterr().out


def test_the_example_in_the_readme_runs(capsys):
    (block,) = [each for each in blocks() if each.document == "README.md" and each in PYTHON]
    left = {}
    exec(block.text, left)
    assert "bit_accuracy" in capsys.readouterr().out
    assert left["figure"].axes


RECIPES = [block for block in PYTHON if block.document == "docs/extending.md" and not block.path]


@pytest.mark.parametrize("block", RECIPES)
def test_what_a_recipe_adds_learns(block):
    """In a process of its own, for it changes what methods and conditions there are."""
    command = [sys.executable, "-c", block.text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    accuracy = [float(line.split()[1]) for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert accuracy[-1] > accuracy[0] + 0.1
