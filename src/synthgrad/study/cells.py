"""The table of one job: the history of a cell, or the sweep that chooses its step sizes."""

import numpy as np

from synthgrad.study import tuning
from synthgrad.study.representations import dissimilarity
from synthgrad.study.tables import read_table


def cell_columns(history):
    """A history as columns (`History.columns`).

    Two have, as bytes, what a network leaves at the last epoch. `dissimilarity_k`, where there are
    probes: the distances between what layer k makes of each two of them
    (`representations.dissimilarity`). `answers`: the bits of its answers, eight a byte; none where
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


def tuning_columns(histories, validated=False):
    """The rungs of a tuning as columns: one row a rung, point of the grid and seed.

    `score` is what points are ranked by (`tuning.scores`).
    """
    parts = [
        {
            "rung": np.full(len(history.seeds), number),
            "epochs": np.full(len(history.seeds), history.epochs[-1]),
            "seed": history.seeds,
            "step_size": history.step_size,
            "generator_step_size": history.generator_step_size,
            "score": tuning.scores(history, validated),
            "accuracy_auc": tuning.scores(history),
            "bit_accuracy": history.measures["bit_accuracy"][:, -1],
            "diverged_at": history.diverged_at,
        }
        for number, history in enumerate(histories, start=1)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def choose_from(path, parameters):
    """The tuning.Choice that a tuning table with these parameters leads to."""
    table = read_table(path, "tuning", parameters)
    column = {name: table[name].to_numpy() for name in table.column_names}
    grid = list(zip(column["step_size"], column["generator_step_size"], strict=True))
    last = column["rung"] == column["rung"].max()
    names = ("step_size", "generator_step_size", "score", "diverged_at")
    return tuning.choose(grid, tuning.standings_of(*(column[name][last] for name in names)))
