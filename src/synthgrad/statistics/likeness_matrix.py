"""How alike the networks of every two methods are, where the study has the digits.

Among the outcomes, `likeness_k` holds each method beside backprop alone; this is the
whole matrix, from the same tables of the cells.
"""

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from synthgrad.core.naming import setting_text
from synthgrad.core.setup import field_names
from synthgrad.outcomes.twins import dissimilarities
from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.streams import stream
from synthgrad.study.cells import Trained
from synthgrad.study.likeness import likeness

EXPERIMENT = "digits"
COLUMNS = ("hidden", "layer", "method", "other", "n", "likeness", "ci_low", "ci_high")


def likeness_matrix(study, paths):
    """Mean likeness of every two methods, all else equal, and its interval over seeds.

    Parameters
    ----------
    study : Study
    paths : dict
        From the name of a training job to the path of its table.

    Returns
    -------
    DataFrame
        A row a number of hidden layers, layer and pair of methods, which is there once, the
        methods in the order of the config. Each network of the first is held beside that of the
        next seed of the second (`likeness`). Without a value where
        no seed has one, as in networks that diverged.
    """
    rows, trained = [], Trained(study, paths)
    cells = [cell for _, cell in study.experiments.get(EXPERIMENT, [])]
    for by_method in _all_else_equal(cells).values():
        found = {
            method: dissimilarities(
                trained(cell, study.seeds(EXPERIMENT))[cell.as_chosen], cell.setup
            )
            for method, cell in by_method.items()
        }
        hidden = setting_text(next(iter(by_method.values())).setup.hidden)
        for pair in combinations_with_replacement(found, 2):
            layers = zip(*(found[method] for method in pair), strict=True)
            for layer, of_pair in enumerate(layers, start=1):
                labels = (hidden, layer, *pair)
                estimate = _estimate(study, labels, likeness(*of_pair))
                rows.append((*labels, *estimate))
    return pd.DataFrame(rows, columns=COLUMNS)


def _all_else_equal(cells):
    """Cells that differ in their method alone: a dict by method for each group of them."""
    groups = {}
    for cell in cells:
        others = tuple(getattr(cell.setup, name) for name in field_names() if name != "method")
        groups.setdefault(others, {})[cell.setup.method] = cell
    return groups


def _estimate(study, labels, values):
    """Number of values, their mean and its interval."""
    values = values[np.isfinite(values)]
    if not len(values):
        return 0, np.nan, np.nan, np.nan
    rng = stream(study.bootstrap_seed, "resemblance", *labels)
    interval = mean_interval(values, rng, study.resamples)
    return len(values), interval.estimate, interval.low, interval.high
