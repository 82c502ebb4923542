"""How far a study is and how long it will still take, for the terminal.

What is left is weighed by its multiplications; the pace is that of the jobs
that the present run has finished.
"""

import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from synthgrad.core.network.sizes import multiplications
from synthgrad.study.experiments import tuning_rungs
from synthgrad.study.tuning import replica_epochs
from synthgrad.workflow.training import cell_tables, tuning_tables

EVERY = 10.0
"""Seconds between two looks at what is done."""


def keep_telling(study, results, stream=sys.stderr, every=EVERY):
    """Tell how far a study is as long as this process lives, whenever more is done.

    Returns
    -------
    Thread
    """
    thread = threading.Thread(target=_tell, args=(study, results, stream, every), daemon=True)
    thread.start()
    return thread


def _tell(study, results, stream, every):
    paths = jobs(study, results)
    logs = [Path(results, "logs", *path.with_suffix(".log").parts[-2:]) for path in paths]
    began = started = time.time()
    done = len(_written(paths))
    while done < len(paths):
        time.sleep(every)
        # What comes before training says nothing about its pace.
        if max(_written(logs).values(), default=0) < began:
            started = time.time()
        before, done = done, len(_written(paths))
        if done > before:
            stream.write(f"synthgrad: {line(study, results, started)}\n")


def jobs(study, results):
    """Every training job of a study: the path of its table, and its work."""
    found = {}
    tuned, trained = study.tunings().values(), study.jobs().values()
    for path, cell in zip(tuning_tables(study, results), tuned, strict=True):
        epochs = replica_epochs(study.grid(cell.setup), tuning_rungs(study, cell))
        found[Path(path)] = epochs * _work(cell.setup)
    for path, (cell, seeds) in zip(cell_tables(study, results), trained, strict=True):
        found[Path(path)] = len(seeds) * cell.setup.epochs * _work(cell.setup)
    return found


def _work(setup):
    """Multiplications of an epoch; the constant stands for what does not grow with them."""
    return setup.training_examples * (sum(multiplications(setup)) + 5000)


def line(study, results, started, now=None):
    """A line on how many jobs are done and how long the others may take.

    started : time at which the present run began, in seconds since the epoch
    """
    now = time.time() if now is None else now
    work = jobs(study, results)
    written = _written(work)
    left = sum(work.values()) - sum(work[path] for path in written)
    done_now = sum(work[path] for path, at in written.items() if at >= started)
    tables = zip(study.jobs().values(), cell_tables(study, results), strict=True)
    unfinished = {cell.name for (cell, _), path in tables if Path(path) not in written}
    done = len(study.cells()) - len(unfinished)
    text = f"{len(written)} of {len(work)} jobs, {done} of {len(study.cells())} cells"
    if left and done_now:
        text += f", about {_duration(left / done_now * (now - started))} left"
    return text


def _written(paths):
    """When each of the files that are there was last written."""
    found = {}
    for path in paths:
        # Snakemake may remove a file that is out of date at any time.
        with suppress(FileNotFoundError):
            found[path] = path.stat().st_mtime
    return found


def _duration(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
