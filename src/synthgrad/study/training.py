"""How a study trains a cell: the same for its jobs and for whoever checks them."""

import numpy as np

from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors
from synthgrad.study.cells import cell_columns

TRAINED = "trained for"
"""Begins the line of a log that tells how long a job trained or timed, over all its cores."""


def train_cell(setup, edition, seeds, record, progress=lambda replicas: None):
    """The History of a setup on some seeds.

    Parameters
    ----------
    setup : Setup
        With the step sizes that were chosen for it.
    edition : str or None
        The published program it starts from, whose printed errors are kept.
    seeds : sequence of int
    record : sequence of int
        Epochs at which all measures are taken.
    progress : callable, as in `train`
    """
    tallies = printed_errors(EDITIONS[edition]) if edition else None
    return train(setup, seeds, record=record, tallies=tallies, progress=progress)


def cell_table(cell, chosen, setup, seeds, records, progress=lambda replicas: None):
    """The rows of a cell in the table of a job, as columns.

    `chosen` says how the step sizes in the setup were chosen (`tuning.choices`), `records` at how
    many epochs all measures are taken.
    """
    history = train_cell(
        setup, cell.edition, seeds, recorded_epochs(setup.epochs, records), progress
    )
    columns = cell_columns(history)
    rows = len(columns["seed"])
    labels = {
        "cell": np.full(rows, cell.name, dtype=object),
        "chosen": np.full(rows, chosen, dtype=object),
    }
    if cell.has_level:
        setting = cell.tuning.level[0]
        labels[setting] = np.full(rows, getattr(setup, setting))
    return labels | columns
