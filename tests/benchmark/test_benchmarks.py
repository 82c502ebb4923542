"""The contestants of the benchmark train one and the same network, or nothing is reported."""

import re
import sys

import numpy as np
import pytest
from package import ROOT

sys.path.insert(0, str(ROOT))

from benchmarks import command, growth, jobs, measuring, presenting, step
from benchmarks.contestants import CONTESTANTS, METHODS, load
from benchmarks.contestants.engine import Engine
from benchmarks.contestants.plain_loop import PlainLoop
from synthgrad.core.setup import Setup
from synthgrad.core.training import stack

QUICK = step.Effort(repeats=2, seconds=1e-3, trial_repeats=1, trial_seconds=1e-3)
PACKAGES = {"PyTorch": "torch", "JAX": "jax"}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(stack, "STACK_BYTES", 5000)
    monkeypatch.setattr(measuring.Peak, "SIZE", 256)


def tiny(**changed):
    small = {
        "method": "dni[output]",
        "bits": 3,
        "hidden": (6, 5, 4),
        "examples": 20,
        "batch_size": 4,
        "heldout_examples": 0,
        "step_size": 0.3,
        "generator_step_size": 0.05,
        "weight_scale": 1.0,
        "generator_scale": 0.5,
    }
    return Setup(**{**small, **changed})


class Wrong(Engine):
    """Trains one epoch too many."""

    def run(self, epochs):
        super().run(epochs + 1)


class Infinite(Engine):
    """Breaks after the check, in the course of the timing."""

    calls = 0

    def run(self, epochs):
        super().run(epochs)
        self.calls += 1
        if self.calls == 2:
            self.layers[0].linear.weights[0] = np.nan


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTESTANTS)
def test_contestants_end_with_the_weights_of_the_plain_loop(name, method):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"{name} is in the benchmark's own environment")
    setup = tiny(method=method)
    contestant, reference = (one(setup, range(3)) for one in (load(name), PlainLoop))
    before = [part.copy() for part in contestant.weights()]
    for one in (contestant, reference):
        one.run(2)
        one.run(1)
    after = contestant.weights()
    assert step.largest_difference(after, reference.weights()) < 1e-12
    assert all(part.dtype == np.float64 for part in after)
    assert len(after) == (4 if method == "backprop" else 4 + 2 * 3)
    for part, initial in zip(after, before, strict=True):
        assert len(part) == 3
        assert all(np.any(part[seed] != initial[seed]) for seed in range(3))


def test_a_wrong_contestant_is_refused():
    with pytest.raises(step.Disagreement, match=r"weights of wrong, \d+ side by side, differ"):
        step.benchmark([tiny()], ["plain loop", ("wrong", Wrong)], QUICK)


def test_a_contestant_that_leaves_the_finite_numbers_is_refused():
    with pytest.raises(step.Disagreement, match="broken left the finite numbers"):
        step.benchmark([tiny()], [("broken", Infinite)], QUICK)


def test_nothing_is_written_on_refusal(tmp_path, monkeypatch):
    monkeypatch.setattr(step, "RESULTS", tmp_path / "benchmark")
    monkeypatch.setattr(step, "CELLS", (tiny(),))
    monkeypatch.setattr(step, "CONTESTANTS", (("wrong", Wrong),))
    with pytest.raises(SystemExit, match=r"Nothing is reported: .*allowed is 1e-09"):
        step.main()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[1.0, 2.0]], 0.0),
        ([[1.0, 2.5]], 0.25),
        ([[1.0, np.nan]], np.nan),
        ([[1.0]], np.inf),
        ([[1.0, 2.0], [1.0, 2.0]], np.inf),
    ],
)
def test_difference_is_relative_to_the_largest_weight(weights, expected):
    reference = [np.array([[[1.0, 2.0]], [[9.0, 9.0]]])]
    found = step.largest_difference([np.array([[part]]) for part in weights], reference)
    np.testing.assert_equal(found, expected)
    assert (found <= step.TOLERANCE) == (expected == 0)


def test_a_report_has_a_row_for_each_contestant_and_one_for_the_bound(tmp_path):
    table, peak = step.benchmark([tiny(), tiny(bits=4)], ["plain loop", "engine"], QUICK)
    presenting.write_step(table, peak, tmp_path)
    names = {"step.csv", "step-repeats.csv", "step.md", "step.pdf", "step.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    rows = re.findall(
        r"^\| (\d) .*\| (plain loop|engine|bound) ", (tmp_path / "step.md").read_text(), re.M
    )
    assert rows == [(bits, name) for bits in "34" for name in ("plain loop", "engine", "bound")]
    summary = presenting.summarise(table)
    engine = summary[summary["contestant"] == "engine"]
    assert (engine["times_engine"] == 1).all()
    assert (summary["bound"] > 0).all()
    assert (summary["repeats"] == QUICK.repeats).all()


def test_growth_has_a_sentence_for_each_factor(tmp_path):
    factors = {"replicas": (1, 2), "width": (4, 8), "bits": (3, 4), "examples": (20, 30)}
    table = growth.measure(factors, effort=growth.Effort(repeats=1, seconds=1e-4))
    said = growth.markdown(table)
    assert re.findall(r"^- \*\*(\w+)\*\*", said, re.M) == ["Replicas", "Width", "Bits", "Examples"]
    presenting.save(growth.draw(table), tmp_path / "growth")
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".png"}


def test_two_jobs_at_once_are_held_against_one_after_the_other():
    table = jobs.measure(tiny(epochs=2), jobs.Effort(repeats=1, replicas=2))
    assert list(table["jobs"]) == [1, 2]
    assert (table["seconds"] > 0).all()
    assert table["peak_bytes"].between(2e7, 1e9).all()
    table["seconds"] = [10.0, 11.0]
    rows = re.findall(
        r"^\| +(\d) \| .* \| +([\d.]+) \| +\d+ \|$", jobs.markdown(table, tiny()), re.M
    )
    assert rows == [("1", "1.00"), ("2", "0.55")]


def test_operations_are_those_of_the_matrix_products():
    # Layers of 4*2, 2*3 and 3*2 weights; generators of 2*2 and 3*3, with labels of 4*2 and 5*3.
    sizes = {"bits": 2, "hidden": (2, 3), "batch_size": 5}
    passes = 2 * (8 + 6 + 6) + (6 + 6)
    expected = {
        "backprop": passes,
        "dni[output]": passes + 2 * 13,
        "dni[output+label]": passes + 2 * 23,
    }
    for method, products in expected.items():
        assert measuring.flops_per_step(tiny(method=method, **sizes)) == 2 * 5 * products


@pytest.mark.slow
def test_the_command_is_held_against_the_loop():
    effort = command.Effort(repeats=1, seeds=2, epochs=2, loop_seeds=1)
    cells = [setup for setup in step.CELLS if setup.bits == 8][:2]
    table = command.measure(cells, effort)
    assert list(table["way"]) == 2 * ["command", "command, --json", "plain loop"]
    assert (table["seconds"] > 0).all()
    table["seconds"] = 2 * [1.0, 2.0, 5.0]
    row = r"^\| 8 .* 64/32 .* \| +1.00 \| +2.00 \| +5.00 \| +5.0 \| +2.5 \|$"
    assert len(re.findall(row, command.markdown(table), re.M)) == 2
