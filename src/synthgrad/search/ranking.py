"""Which points are better: standings, ranks and edges."""

from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import sum_in_order
from synthgrad.core.training.curves import accuracy_auc
from synthgrad.search.spaces import STEP_SIZES, Point


class Standing(NamedTuple):
    """Whether a run of a point diverged, and the point's mean score."""

    diverged: bool
    score: float


def is_validated(setup):
    """Whether the runs of a setup are scored on a validation set."""
    return setup.heldout_part == "validation"


def scores(history, validated=False):
    """The score of each replica of a history.

    It is `accuracy_auc`, the primary outcome of the study or, if validated, the last accuracy on
    the examples held out, since what is reported then is the accuracy on the test set.
    """
    if validated:
        return history.measures["heldout_bit_accuracy"][:, -1]
    return accuracy_auc(history.measures["bit_accuracy"][:, 1:], history.chance)


def points_in(columns):
    """The point of each row of such columns."""
    return list(map(Point, *(columns[name].tolist() for name in STEP_SIZES)))


def standings(columns):
    """The `Standing` of each point, given the (runs,) columns `step_size`, `generator_step_size`,
    `score` and `diverged_at` of what was trained."""
    points = points_in(columns)
    found = {}
    for point in dict.fromkeys(points):
        own = [other == point for other in points]
        scored = columns["score"][own]
        diverged = not np.isnan(columns["diverged_at"][own]).all()
        found[point] = Standing(diverged, float(sum_in_order(scored) / len(scored)))
    return found


def ranked(standing):
    """Points from the best to the worst.

    One at which a run diverged comes after all at which none did: a setting that is lost once is
    no setting to recommend. Of equals, the smaller step size comes first, then the smaller
    generator step size.
    """
    return sorted(
        standing, key=lambda point: (standing[point].diverged, -standing[point].score, point)
    )


def edges(point, tried):
    """Which step sizes of a point are the smallest or the largest among the points tried; 0, below
    which there is nothing, is no edge."""
    found = []
    for name, value, values in zip(
        STEP_SIZES, point, map(set, zip(*tried, strict=True)), strict=True
    ):
        if len(values) > 1 and value in {min(values), max(values)} - {0.0}:
            found.append(name)
    return tuple(found)
