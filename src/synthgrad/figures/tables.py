"""What the figures are drawn from: the tables of a study, and means over seeds with intervals."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthgrad.figures.listing import own_tables
from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.streams import stream
from synthgrad.study.tables import read_csv, read_table
from synthgrad.study.tuning import ABOVE_0, as_chosen, as_learning

PARQUET, CSV = ("runs", "outcomes", "sweeps"), ("summary", "claims")
"""The tables that every figure is given."""


class Tables:
    """The tables of a study, and what its intervals are drawn with.

    Parameters
    ----------
    resamples, seed : int
    tables : data frames, which are attributes
        `runs`, `outcomes`, `sweeps`, `summary` and `claims`, and those that the modules of some
        figures name; what is not there is no attribute.
    """

    def __init__(self, resamples, seed, **tables):
        self.resamples, self.seed = resamples, seed
        vars(self).update(tables)

    def changed(self, **changes):
        """The same with some of it changed."""
        return Tables(**vars(self) | changes)

    def rows(self, table, experiment, learning=False):
        """The rows of an experiment in one of the tables.

        Where the best step sizes switch an arm's generators off, they are of these or, if
        `learning`, of the best with learning generators.

        Raises
        ------
        ValueError
            If there are none.
        """
        frame = getattr(self, table)
        rows = frame[frame["experiment"] == experiment]
        rows = as_learning(rows) if learning else as_chosen(rows)
        if rows.empty:
            raise ValueError(f"the table of {table} has no experiment {experiment!r} to draw")
        return rows

    def arms(self, table, experiment, keys, learning=False):
        """The rows of each arm of an experiment: a dict by the tuple of its `keys`, from `rows`.

        Raises
        ------
        ValueError
            If more than the keys varies in the experiment.
        """
        arms = dict(list(self.rows(table, experiment, learning).groupby(keys, sort=False)))
        for arm, rows in arms.items():
            cells = rows["cell"].unique()
            if len(cells) > 1:
                raise ValueError(
                    f"experiment {experiment!r} varies more than {', '.join(keys)}: "
                    f"{', '.join(map(str, arm))} has the cells {' and '.join(cells)}"
                )
        return arms

    def estimates(self, experiment, measure, learning=False):
        """The means of a measure and their intervals: the rows of the summary, by cell, of the
        same step sizes as `rows`."""
        rows = self.summary[self.summary["experiment"] == experiment]
        rows = rows[rows["measure"] == measure].set_index("cell")
        if learning:
            # Sorted, the best with learning generators stand behind those whose place they take.
            rows = rows.sort_index().rename(lambda cell: cell.removesuffix(f",{ABOVE_0}"))
            rows = rows[~rows.index.duplicated(keep="last")]
        return rows

    def means(self, arms, measure):
        """The same of a measure that the summary does not have, given the rows of each arm;
        without the arms that have no values."""
        found = {}
        for rows in arms:
            values = rows[measure].dropna()
            if len(values):
                experiment, cell = rows[["experiment", "cell"]].iloc[0]
                interval = self.interval(values, experiment, cell, measure)
                found[cell] = (interval.estimate, interval.low, interval.high)
        return pd.DataFrame.from_dict(found, "index", columns=["mean", "ci_low", "ci_high"])

    def interval(self, values, *names):
        """`mean_interval` of values, from the random stream of these names."""
        rng = stream(self.seed, "figure", *names)
        return mean_interval(values, rng, self.resamples)

    def curve(self, runs, measure, geometric=False):
        """Mean of a measure over the seeds of an arm at each recorded epoch, with its interval.

        Parameters
        ----------
        runs : DataFrame, the arm's rows of the table of runs
        measure : name of one of its columns
            Values that are not finite are left out: before a first one, or
            after divergence.
        geometric : bool, whether to take the geometric mean, of the values above 0

        Returns
        -------
        DataFrame with columns ``epoch, mean, low, high``
        """
        values = runs[measure]
        if geometric:
            values = np.log(values.where(values > 0))
        experiment, cell = runs[["experiment", "cell"]].iloc[0]
        rows = []
        for epoch, of_epoch in values[np.isfinite(values)].groupby(runs["epoch"]):
            interval = self.interval(of_epoch, experiment, cell, measure, epoch)
            estimates = np.array([interval.estimate, interval.low, interval.high])
            rows.append([epoch, *(np.exp(estimates) if geometric else estimates)])
        return pd.DataFrame(rows, columns=["epoch", "mean", "low", "high"], dtype=float)


def load(folder, resamples, seed):
    """The tables of a study in their folder, such as ``results/quick`` or ``published``."""
    paths = {name: Path(folder, f"{name}.csv") for name in own_tables()}
    return Tables(
        resamples,
        seed,
        **{name: read_table(Path(folder, f"{name}.parquet"), name).to_pandas() for name in PARQUET},
        **{name: read_csv(Path(folder, f"{name}.csv")) for name in CSV},
        **{name: read_csv(path) for name, path in paths.items() if path.exists()},
    )
