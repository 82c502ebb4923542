"""Choosing step sizes: the same grid and the same budget for every method.

The points of the grid go through rungs: in each the points that are left are
trained longer, or on more seeds, and the best of them go on. The last rung
decides. It is the successive halving of Jamieson & Talwalkar (2016), with rungs
chosen by the config.

Points are ranked by their mean score. That of a run is its `accuracy_auc`, which
is the primary outcome of the study; where a part of the examples is held out
for validation, it is the accuracy on that part after the last epoch, since what
is reported then is the accuracy on the test set. Points at which a run diverged
come after all at which none did, whatever they scored before: a setting that is
lost once is no setting to recommend. Of equals, the point with the smaller step
size comes first, then that with the smaller generator step size.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from synthgrad.core.training.curves import accuracy_auc
from synthgrad.core.training.loop import train

DECADES = (0.001, 0.01, 0.1, 1.0)
"""Step sizes to try where no others are given."""


class Rung(NamedTuple):
    """How far points are trained, on how many of the tuning seeds, and how many go on."""

    epochs: int
    seeds: int
    keep: int


class Standing(NamedTuple):
    """Whether a run of a point diverged, and the point's mean score."""

    diverged: bool
    score: float


@dataclass(frozen=True)
class Choice:
    """Chosen step sizes, their mean score on the tuning seeds, and the settings
    (of ``step_size``, ``generator_step_size``) that lie on an edge of the grid."""

    step_size: float
    generator_step_size: float
    score: float
    edges: tuple[str, ...]

    def applied_to(self, setup):
        """The setup with these step sizes."""
        return replace(
            setup, step_size=self.step_size, generator_step_size=self.generator_step_size
        )


def tune(
    setup,
    seeds,
    step_sizes=DECADES,
    generator_step_sizes=DECADES,
    rungs=None,
    progress=lambda replicas: None,
):
    """Choose step sizes for a setup, whose own do not count.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int
        Others than those that results are reported of.
    step_sizes, generator_step_sizes : sequences of float
        The grid is all pairs of them; without generators, the first alone.
    rungs : list of Rung, default every point on all seeds for all epochs
    progress : as in `train`

    Returns
    -------
    Choice

    Examples
    --------
    >>> from synthgrad import Setup
    >>> setup = Setup(bits=3, hidden=(16,), examples=100, epochs=20)
    >>> choice = tune(setup, seeds=[100, 101], step_sizes=[0.01, 1.0])
    >>> choice.applied_to(setup).step_size, choice.edges
    (1.0, ('step_size',))
    """
    grid = grid_of(setup, step_sizes, generator_step_sizes)
    rungs = rungs or [Rung(setup.epochs, len(seeds), keep=1)]
    last = climb(setup, seeds, grid, rungs, progress)[-1]
    return choose(grid, standings(last, is_validated(setup)))


def grid_of(setup, step_sizes, generator_step_sizes):
    """The (step size, generator step size) pairs to try for a setup, in order."""
    return list(product(step_sizes, generator_step_sizes if setup.has_generators else (0.0,)))


def climb(setup, seeds, grid, rungs, progress=lambda replicas: None):
    """Train the points of a grid, each as far up the rungs as it gets.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int
    grid : list of (step size, generator step size)
    rungs : list of Rung
    progress : as in `train`

    Returns
    -------
    list of History
        One for each rung of `climbed`.
    """
    histories = []
    for rung in climbed(grid, rungs):
        longer = replace(setup, epochs=rung.epochs)
        history = sweep(longer, seeds[: rung.seeds], grid, progress)
        histories.append(history)
        grid = ranked(standings(history, is_validated(setup)))[: rung.keep]
    return histories


def climbed(grid, rungs):
    """The rungs that sort something out, and the last: a small grid skips the others."""
    *lower, last = rungs
    return [*(rung for rung in lower if rung.keep < len(grid)), last]


def replica_epochs(grid, rungs):
    """How many epochs of replicas `climb` trains."""
    total, points = 0, len(grid)
    for rung in climbed(grid, rungs):
        total += points * rung.seeds * rung.epochs
        points = min(points, rung.keep)
    return total


def sweep(setup, seeds, points, progress=lambda replicas: None):
    """Train every point on every seed.

    Returns
    -------
    History
        One replica a point and seed, the seeds of a point side by side.
    """
    step_size, generator_step_size = np.repeat(points, len(seeds), axis=0).T
    return train(
        setup,
        np.tile(seeds, len(points)),
        step_size=step_size,
        generator_step_size=generator_step_size,
        record=[setup.epochs],
        progress=progress,
    )


def is_validated(setup):
    """Whether the runs of a setup are scored on a validation set."""
    return setup.heldout_part == "validation"


def scores(history, validated=False):
    """The score of each replica of a history: `accuracy_auc` or, if validated, the last
    accuracy on the examples held out."""
    if validated:
        return history.measures["heldout_bit_accuracy"][:, -1]
    return accuracy_auc(history.measures["bit_accuracy"][:, 1:], history.chance)


def standings(history, validated=False):
    """The Standing of each point of a sweep."""
    score = scores(history, validated)
    return standings_of(history.step_size, history.generator_step_size, score, history.diverged_at)


def standings_of(step_size, generator_step_size, score, diverged_at):
    """The same from the (replicas,) columns of a sweep."""
    points = list(zip(step_size.tolist(), generator_step_size.tolist(), strict=True))
    found = {}
    for point in dict.fromkeys(points):
        own = [other == point for other in points]
        diverged = not np.isnan(diverged_at[own]).all()
        found[point] = Standing(diverged, float(score[own].mean()))
    return found


def ranked(standing):
    """Points from the best to the worst, given the Standing of each."""
    return sorted(
        standing, key=lambda point: (standing[point].diverged, -standing[point].score, point)
    )


def choose(grid, standing):
    """The best point.

    Parameters
    ----------
    grid : list of all points that were tried
    standing : dict from the points of the last rung to their Standing

    Returns
    -------
    Choice
    """
    best = ranked(standing)[0]
    edges = tuple(
        name
        for name, values, value in zip(
            ("step_size", "generator_step_size"), zip(*grid, strict=True), best, strict=True
        )
        if len(set(values)) > 1 and value in (min(values), max(values))
    )
    return Choice(*best, standing[best].score, edges)
