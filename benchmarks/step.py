"""A training step side by side: the tutorial's loop, our engine, PyTorch and JAX.

First all contestants train the same networks for 200 steps and must end with
the same weights, or nothing is reported. Then each takes its turn at training
for a while, again and again, and what comes out is processor time per training
step of one replica, beside the time that the step's matrix products alone take
at the fastest rate this core is seen to reach.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks import presenting
from benchmarks.contestants import CONTESTANTS, METHODS, load
from benchmarks.measuring import Peak, Stopwatch, flops_per_step, take_turns
from synthgrad.core.setup import Setup

RESULTS = Path("results/benchmark")

CELLS = tuple(
    Setup(method=method, bits=bits, hidden=hidden, heldout_examples=0)
    for bits, hidden in ((8, (64, 32)), (12, (128, 64)))
    for method in METHODS
)

CHECKED_STEPS = 200
TOLERANCE = 1e-9
REFERENCE = "plain loop"


class Effort(NamedTuple):
    """How much is measured."""

    repeats: int = 9
    seconds: float = 0.25
    trial_repeats: int = 2
    trial_seconds: float = 0.05


FULL = Effort()


class Disagreement(Exception):
    """A contestant does not train the same network."""


def main():
    """Measure everything and write `step.csv`, `step.md` and the figure, or refuse."""
    try:
        table, peak = benchmark(CELLS, list(CONTESTANTS))
    except Disagreement as refusal:
        sys.exit(f"Nothing is reported: {refusal}.")
    presenting.write_step(table, peak, RESULTS)
    print((RESULTS / "step.md").read_text(encoding="utf-8"))


def benchmark(cells, names, effort=FULL):
    """Check and time the contestants.

    Parameters
    ----------
    cells : sequence of Setup
    names : names of contestants, or (name, class) pairs
    effort : Effort

    Returns
    -------
    table : DataFrame
        One row per cell, contestant and repeat.
    peak : Peak
        Measured in the same turns.

    Raises
    ------
    Disagreement
        If any contestant's weights are not those of the plain loop.
    """
    classes = dict((name, load(name)) if isinstance(name, str) else name for name in names)
    peak = Peak()
    rows = []
    for setup in cells:
        print(f"{setup.bits} bits, {setup.method} ...", file=sys.stderr, flush=True)
        rows += benchmark_cell(setup, classes, effort, peak)
    table = pd.DataFrame(rows)
    table["bound"] = [peak.microseconds(flops) for flops in table["flops"]]
    return table, peak


def benchmark_cell(setup, classes, effort, peak):
    """Rows of one cell, each contestant at the stack size that suits it best."""
    reference = weights_of_reference(setup, classes)
    chosen = {
        name: choose_stack(setup, name, contestant, reference, effort)
        for name, contestant in classes.items()
    }
    watches = {name: stopwatch for name, (_, _, stopwatch) in chosen.items()}
    take_turns([peak.measure, *(watch.measure for watch in watches.values())], effort.repeats)
    for name, watch in watches.items():
        if not all(np.isfinite(part).all() for part in watch.contestant.weights()):
            raise Disagreement(f"{name} left the finite numbers at {describe(setup)}")
    return [
        {
            "bits": setup.bits,
            "hidden": "/".join(map(str, setup.hidden)),
            "method": setup.method,
            "batch_size": setup.batch_size,
            "contestant": name,
            "replicas": replicas,
            "repeat": repeat,
            "microseconds": watches[name].microseconds[repeat],
            "wall_microseconds": watches[name].wall[repeat],
            "compile_seconds": watches[name].contestant.compile_seconds,
            "difference": difference,
            "flops": flops_per_step(setup),
        }
        for name, (replicas, difference, _) in chosen.items()
        for repeat in range(effort.repeats)
    ]


def weights_of_reference(setup, classes):
    """Weights of the plain loop, for as many seeds as any contestant trains at a time."""
    seeds = max(max(contestant.stacks(setup)) for contestant in classes.values())
    return weights_after_check(load(REFERENCE)(setup, range(seeds)), setup)


def weights_after_check(contestant, setup):
    contestant.run(-(-CHECKED_STEPS // setup.batches))
    return [part.copy() for part in contestant.weights()]


def choose_stack(setup, name, contestant, reference, effort):
    """The best number of replicas: (replicas, largest difference, its stopwatch).

    Every candidate is checked against the reference before it is timed.
    """
    difference, watches = 0.0, {}
    for replicas in contestant.stacks(setup):
        built = contestant(setup, range(replicas))
        found = largest_difference(weights_after_check(built, setup), reference)
        if not found <= TOLERANCE:
            raise Disagreement(
                f"at {describe(setup)} the weights of {name}, {replicas} side by side, differ "
                f"from those of the {REFERENCE} by {found:.1e} after {CHECKED_STEPS} steps; "
                f"allowed is {TOLERANCE:.0e}"
            )
        difference = max(difference, found)
        watches[replicas] = Stopwatch(built, setup, replicas, effort.trial_seconds)
    if len(watches) > 1:
        take_turns([watch.measure for watch in watches.values()], effort.trial_repeats)
    best = min(watches, key=lambda replicas: min(watches[replicas].microseconds, default=0))
    built = watches[best].contestant
    return best, difference, Stopwatch(built, setup, best, effort.seconds)


def largest_difference(weights, reference):
    """Largest difference of a weight, relative to the largest weight of its array.

    weights, reference: lists of (replicas, ...) arrays, the reference with at
    least as many replicas. Not a number where either is not finite; infinite
    where the arrays do not match.
    """
    if [part.shape[1:] for part in weights] != [part.shape[1:] for part in reference]:
        return np.inf
    differences = []
    for part, expected in zip(weights, reference, strict=True):
        expected = expected[: len(part)]
        scale = np.abs(expected).max() or 1.0
        differences.append(np.abs(part - expected).max() / scale)
    return float(np.max(differences))


def describe(setup):
    return f"{setup.bits} bits, {'/'.join(map(str, setup.hidden))}, {setup.method}"
