"""The part of the true gradient that a linear generator could represent: means over seeds."""

import pandas as pd

from synthgrad.outcomes.best_linear import FACTOR, BestLinear, best_linear_generators
from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.streams import stream

DIGITS = 6
"""After the point, of values whose last bits depend on the machine."""

GENERATOR = [FACTOR, "trained_by", "layer", "condition"]
LABELS = [*GENERATOR, "epoch"]
BOUNDS = ["", "_low", "_high"]
COLUMNS = [*LABELS, "n", *(name + bound for name in BestLinear._fields for bound in BOUNDS)]


def representable(study, outcomes):
    """Means of the `BestLinear` of each network with 95 % intervals over seeds.

    Parameters
    ----------
    study : Study
    outcomes : DataFrame, its table of outcomes

    Returns
    -------
    DataFrame
        A row an initial scale, method that trained the network, layer, condition and epoch. With no
        epoch, the mean over those after the start, which are evenly spaced in their logarithm.
        Networks that diverge are left out, and layers that have no gradient.
    """
    rows = pd.DataFrame(best_linear_generators(study, outcomes)).dropna()
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    trained = rows[rows["epoch"] > 0].groupby([*GENERATOR, "seed"], sort=False)
    means = trained[list(BestLinear._fields)].mean().reset_index()
    found = []
    for labels, group in pd.concat([rows, means]).groupby(LABELS, sort=False, dropna=False):
        row = dict(zip(LABELS, labels, strict=True)) | {"n": len(group)}
        for name in BestLinear._fields:
            rng = stream(study.bootstrap_seed, "representable", *labels, name)
            interval = mean_interval(group[name], rng, study.resamples)
            values = (interval.estimate, interval.low, interval.high)
            row |= {name + bound: round(value, DIGITS) for bound, value in zip(BOUNDS, values)}
        found.append(row)
    return pd.DataFrame(found, columns=COLUMNS).astype({"epoch": "Int64"})
