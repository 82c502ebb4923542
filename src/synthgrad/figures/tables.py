"""What the figures are drawn from: the tables of a study, and means over seeds with intervals."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.streams import stream
from synthgrad.study.tables import read_csv, read_table
from synthgrad.study.tuning import ABOVE_0, as_chosen, as_learning


@dataclass(frozen=True)
class Tables:
    """The tables of a study, and what its intervals are drawn with.

    Those that a figure alone is drawn from are None where they are not there.
    """

    runs: pd.DataFrame
    outcomes: pd.DataFrame
    sweeps: pd.DataFrame
    summary: pd.DataFrame
    claims: pd.DataFrame
    resamples: int
    seed: int
    robustness: pd.DataFrame | None = None
    representations: pd.DataFrame | None = None
    representable: pd.DataFrame | None = None
    decoupling: pd.DataFrame | None = None
    decoupling_answer: pd.DataFrame | None = None
    decoupling_simulated: pd.DataFrame | None = None

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
    folder = Path(folder)
    return Tables(
        runs=read_table(folder / "runs.parquet", "runs").to_pandas(),
        outcomes=read_table(folder / "outcomes.parquet", "outcomes").to_pandas(),
        sweeps=read_table(folder / "sweeps.parquet", "sweeps").to_pandas(),
        summary=read_csv(folder / "summary.csv"),
        claims=read_csv(folder / "claims.csv"),
        resamples=resamples,
        seed=seed,
        **{
            field.name: read_csv(path)
            for field in fields(Tables)
            if field.default is None and (path := folder / f"{field.name}.csv").exists()
        },
    )
