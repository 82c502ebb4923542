"""The tables of the jobs: the histories of cells, and the searches for their step sizes."""

from functools import lru_cache

import numpy as np

from synthgrad.study.experiments import job_parameters, search_parameters
from synthgrad.study.likeness import dissimilarity
from synthgrad.study.tables import read_columns


def cell_columns(history):
    """A history as columns (`History.columns`).

    Two have, as bytes, what a network leaves at the last epoch. `dissimilarity_k`, where there are
    probes: the distances between what layer k makes of each two of them
    (`likeness.dissimilarity`). `answers`: the bits of its answers, eight a byte; none where
    there are no questions, or from a replica that diverged.
    """
    left = {
        f"dissimilarity_{k}": [dissimilarity(each).tobytes() for each in hidden]
        for k, hidden in enumerate(history.representations, start=1)
    }
    answered = zip(history.answers, np.isnan(history.diverged_at), strict=True)
    left["answers"] = [
        np.packbits(bits).tobytes() if is_there else b"" for bits, is_there in answered
    ]
    columns = history.columns()
    for name, values in left.items():
        column = np.full(history.measures["bit_accuracy"].shape, None, dtype=object)
        column[:, -1] = values
        columns[name] = column.ravel()
    return columns


def stacked(parts):
    """The columns of all parts, one after another; None or NaN where a part has no such column."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: np.concatenate([_column(name, part, parts) for part in parts]) for name in names}


def _column(name, part, parts):
    if name in part:
        return part[name]
    is_text = next(other[name].dtype.hasobject for other in parts if name in other)
    rows = len(part["seed"])
    return np.full(rows, None, dtype=object) if is_text else np.full(rows, np.nan)


class _Tables:
    """The tables of jobs of one kind; the last few that were read stay in memory."""

    def __init__(self, kind, paths, parameters):
        self.read = lru_cache(maxsize=4)(
            lambda job: read_columns(paths[job], kind, parameters(job))
        )

    def rows(self, job, **wanted):
        """The rows of a job that have these values, as columns.

        Raises
        ------
        DamagedTable
            If the table cannot be vouched for, or is of other settings.
        """
        columns = self.read(job)
        kept = np.logical_and.reduce([columns[key] == value for key, value in wanted.items()])
        return {name: column[kept] for name, column in columns.items()}


class Searched:
    """What search jobs have found: a function from a `Search` to the columns of its table.

    Parameters
    ----------
    study : Study
    paths : dict from the name of a search job to the path of its table
    """

    def __init__(self, study, paths):
        self.tables = _Tables("tuning", paths, lambda job: search_parameters(study, job))
        self.job_of = study.job_of_search

    def __call__(self, search):
        """The columns of a search, a row a stage, point and seed."""
        return self.tables.rows(self.job_of[search.name], search=search.name)


class Trained:
    """What training jobs have left behind.

    Parameters
    ----------
    study : Study
    paths : dict from the name of a training job to the path of its table
    """

    def __init__(self, study, paths):
        self.tables = _Tables("cell", paths, lambda job: job_parameters(study, job))
        self.jobs_of = {}
        for job, units in study.jobs.items():
            for name in dict.fromkeys(cell.name for cell, _ in units):
                self.jobs_of.setdefault(name, []).append(job)

    def __call__(self, cell, seeds):
        """The columns of a cell's runs on these seeds, by how step sizes were chosen."""
        parts = [self.tables.rows(job, cell=cell.name) for job in self.jobs_of[cell.name]]
        columns = stacked(parts)
        wanted = np.isin(columns["seed"], seeds)
        return {
            label: {
                name: each[wanted & (columns["chosen"] == label)] for name, each in columns.items()
            }
            for label in dict.fromkeys(columns["chosen"])
        }
