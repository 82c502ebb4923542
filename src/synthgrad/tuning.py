"""Choosing step sizes: the same grid and the same budget for every method.

Each point of the grid is trained on the tuning seeds, all points of a cell in
one stack. The point with the best mean `accuracy_auc` is chosen; of equals,
the one with the smaller step size, then the smaller generator step size.
"""

from dataclasses import dataclass

import numpy as np

from . import measures
from .training import train


@dataclass(frozen=True)
class Choice:
    """Chosen step sizes, their mean score on the tuning seeds, and the settings
    (of ``step_size``, ``generator_step_size``) that lie on an edge of the grid."""

    step_size: float
    generator_step_size: float
    score: float
    edges: tuple[str, ...]


def sweep(setup, seeds, grid, progress=lambda replicas: None):
    """Train every point of the grid on every seed.

    Returns
    -------
    training.History
        One replica a point and seed, the seeds of a point side by side.
    """
    step_size, generator_step_size = np.repeat(grid, len(seeds), axis=0).T
    return train(
        setup,
        np.tile(seeds, len(grid)),
        step_size=step_size,
        generator_step_size=generator_step_size,
        record=[setup.epochs],
        progress=progress,
    )


def scores(history):
    """`accuracy_auc` of each replica of a history."""
    return measures.accuracy_auc(history.measures["bit_accuracy"][:, 1:], history.chance)


def choose(step_size, generator_step_size, score):
    """The best point of a sweep.

    Parameters
    ----------
    step_size, generator_step_size, score : (replicas,) arrays

    Returns
    -------
    Choice
    """
    points = sorted(set(zip(step_size.tolist(), generator_step_size.tolist())))
    means = [
        score[(step_size == step) & (generator_step_size == generator)].mean()
        for step, generator in points
    ]
    # argmax takes the first of equals, and the points are in ascending order.
    best = int(np.argmax(means))
    tried = {"step_size": step_size, "generator_step_size": generator_step_size}
    edges = tuple(
        name
        for (name, values), value in zip(tried.items(), points[best], strict=True)
        if len(set(values)) > 1 and value in (values.min(), values.max())
    )
    return Choice(*points[best], float(means[best]), edges)
