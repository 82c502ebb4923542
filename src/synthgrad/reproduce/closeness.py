"""How close the runs of a cell are with the kernels of two CPUs: one relative difference."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6
"""Relative difference that other CPU kernels or versions can explain."""

IDENTICAL, CLOSE, DIFFERENT = "bit-identical", "within tolerance", "different"

KEYS = ["seed", "epoch"]


@dataclass(frozen=True)
class Comparison:
    """A cell of a run beside the published one.

    outcome : `IDENTICAL`, `CLOSE` or `DIFFERENT`
    rows : seeds times epochs that were compared
    largest : largest relative difference of a measure
    detail : which measures differ, or ""
    """

    experiment: str
    cell: str
    outcome: str
    rows: int
    largest: float
    detail: str


def compare_cells(experiment, cell, own, published, keys=KEYS):
    """Compare two frames of one cell on the rows they share, by default of runs."""
    own, published = own.set_index(keys), published.set_index(keys)
    shared = own.index.intersection(published.index)
    numbers = own.select_dtypes("number").columns.intersection(published.columns)
    one = own.loc[shared, numbers].to_numpy(dtype=float)
    other = published.loc[shared, numbers].to_numpy(dtype=float)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if same.all():
        return Comparison(experiment, cell, IDENTICAL, len(shared), 0.0, "")
    scale = np.maximum(np.abs(one), np.abs(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(same, 0.0, np.abs(one - other) / scale)
    relative[np.isnan(relative)] = np.inf
    largest = float(relative.max())
    outcome = CLOSE if largest <= TOLERANCE else DIFFERENT
    differing = numbers[(relative > (TOLERANCE if outcome == DIFFERENT else 0)).any(axis=0)]
    return Comparison(experiment, cell, outcome, len(shared), largest, ", ".join(differing[:4]))
