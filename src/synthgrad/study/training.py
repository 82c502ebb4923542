"""How a study trains a cell: the same for its jobs and for whoever checks them."""

from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors

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
