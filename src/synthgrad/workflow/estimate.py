"""How long a study will take here, told before it starts, from a measurement of a second."""

import sys
import time
from dataclasses import replace

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.study.cost import replica_epoch

MEASURED = Setup("dni[output]", bits=8, hidden=(128, 64), heldout_examples=0)
"""A network of the headline."""

SECONDS = 1.0
"""How long it is measured at least."""

BESIDE = 1.25
"""Time with all measures and with starting jobs, in times of training alone."""

LONG = 300
"""Seconds from which on it is worth a word how to take less."""


def announce(work, cores, stream=sys.stderr):
    """Tell how long so much work takes on so many cores; nothing where there is none.

    It may be less: what runs that are done early save is not known before.
    """
    if not work:
        return
    seconds = BESIDE * work / pace(cores)
    text = f"about {duration(seconds)} on {cores} cores"
    if seconds > LONG:
        text += (
            "; more cores take less (snakemake --cores N), as does a cluster "
            "(snakemake --workflow-profile workflow/profiles/slurm); once stopped, it goes on with "
            "make resume"
        )
    stream.write(f"synthgrad: {text}\n")


def pace(cores):
    """Work in a second, on so many cores at once."""
    train(replace(MEASURED, epochs=1), range(cores), threads=cores)  # loads what is loaded once
    epochs, took = 0, 0.0
    while took < SECONDS:
        epochs = max(100, 2 * epochs)
        began = time.perf_counter()
        train(replace(MEASURED, epochs=epochs), range(cores), record=[], threads=cores)
        took = time.perf_counter() - began
    return cores * epochs * replica_epoch(MEASURED) / took


def duration(seconds):
    """A time in words: seconds, from a minute and a half on minutes."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
