"""How far a study is and how long it will still take, for the terminal.

What is left is weighed by its multiplications; the pace is that of the jobs
that the present run has finished.
"""

import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from synthgrad.study.cost import replica_epoch
from synthgrad.workflow import estimate

EVERY = 10.0
"""Seconds between two looks at what is done."""


def keep_telling(study, results, cores=None, searched=False, stream=sys.stderr, every=EVERY):
    """Tell how long a study will take on so many cores, if they are known, and how far it is as
    long as this process lives, whenever more is done.

    `searched` says that its step sizes are there already.

    Returns
    -------
    Thread
    """
    work = jobs(study, results, searched)
    if cores:
        estimate.announce(_left(work), cores, stream)
    thread = threading.Thread(target=_tell, args=(work, results, stream, every), daemon=True)
    thread.start()
    return thread


def _tell(work, results, stream, every):
    logs = [Path(results, "logs", *path.with_suffix(".log").parts[-2:]) for path in work]
    began = started = time.time()
    done = len(_written(work))
    while done < len(work):
        time.sleep(every)
        # What comes before training says nothing about its pace.
        if max(_written(logs).values(), default=0) < began:
            started = time.time()
        before, done = done, len(_written(work))
        if done > before:
            stream.write(f"synthgrad: {line(work, started)}\n")


def jobs(study, results, searched=False):
    """Every job that searches, unless that has been done, or trains: the path of its table, and its
    work."""
    found = {}
    for job, searches in ({} if searched else study.search_jobs).items():
        work = sum(search.replica_epochs() * replica_epoch(search.setup) for search in searches)
        found[Path(results, "searches", f"{job}.parquet")] = work
    for job, units in study.jobs.items():
        work = sum(
            len(seeds) * cell.setup.epochs * replica_epoch(cell.setup) for cell, seeds in units
        )
        found[Path(results, "cells", f"{job}.parquet")] = work
    return found


def line(work, started, now=None):
    """A line on how many jobs are done and how long the others may take.

    work : as from `jobs`
    started : time at which the present run began, in seconds since the epoch
    """
    now = time.time() if now is None else now
    written, left = _written(work), _left(work)
    done_now = sum(work[path] for path, at in written.items() if at >= started)
    text = f"{len(written)} of {len(work)} jobs"
    if left and done_now:
        text += f", about {estimate.duration(left / done_now * (now - started))} left"
    return text


def _left(work):
    return sum(work.values()) - sum(work[path] for path in _written(work))


def _written(paths):
    """When each of the files that are there was last written."""
    found = {}
    for path in paths:
        # Snakemake may remove a file that is out of date at any time.
        with suppress(FileNotFoundError):
            found[path] = path.stat().st_mtime
    return found
