"""Two training jobs at once, each on a core of its own, beside one alone.

A job is a process of its own, from its start to its end, as in the workflow. So
the clock is the one on the wall, and other programs on these cores count too.
"""

import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks import presenting
from benchmarks.machine import CORES
from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.workflow.running import training_job

RESULTS = Path("results/benchmark")

SETUP = Setup(method="dni[output]", bits=12, hidden=(128, 64), epochs=20)


class Effort(NamedTuple):
    """How much is measured."""

    repeats: int = 3
    replicas: int = 30


FULL = Effort()


def main():
    """Measure and write `jobs.csv` and `jobs.md`."""
    if len(CORES) < 2:
        print("Jobs side by side need two cores; this is left out.", file=sys.stderr)
        return
    print("jobs side by side ...", file=sys.stderr, flush=True)
    table = measure(SETUP)
    presenting.write_csv(table, RESULTS / "jobs.csv")
    presenting.write_text(markdown(table, SETUP), RESULTS / "jobs.md")
    print((RESULTS / "jobs.md").read_text(encoding="utf-8"))


def measure(setup, effort=FULL):
    """Run one job and two at once in turn: a DataFrame with a row for each."""
    at_once(1, setup, effort)  # Compiles, if nothing has yet.
    return pd.DataFrame(
        at_once(jobs, setup, effort) | {"repeat": repeat}
        for repeat in range(effort.repeats)
        for jobs in (1, 2)
    )


def at_once(jobs, setup, effort):
    """Seconds until all of so many jobs are done, and what they used."""
    cores = (CORES * 2)[-jobs:]
    began = time.perf_counter()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        used = list(pool.map(partial(job, setup, effort.replicas), cores))
    seconds = time.perf_counter() - began
    processor, memory = zip(*used)
    return {
        "jobs": jobs,
        "seconds": seconds,
        "processor_seconds": sum(processor),
        "peak_bytes": max(memory),
    }


def job(setup, replicas, core):
    """Train in this process; returns its processor time and its peak memory in bytes."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    with training_job(os.devnull):
        train(setup, range(replicas), record=[0, setup.epochs])
    return time.process_time(), peak_memory()


def peak_memory():
    """Bytes that this process has taken at most."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `resource` tells on Linux includes the program that started this one.
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1])
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def markdown(table, setup):
    """The table for reading, with what two at once gain."""
    groups = table.groupby("jobs")
    seconds, memory = groups["seconds"], groups["peak_bytes"].max() / 1e6
    middle = seconds.median()
    rows = [
        (
            jobs,
            f"{middle[jobs]:.1f} ({seconds.min()[jobs]:.1f}-{seconds.max()[jobs]:.1f})",
            f"{middle[jobs] / (jobs * middle[1]):.2f}",
            f"{memory[jobs]:.0f}",
        )
        for jobs in middle.index
    ]
    header = "jobs at once", "seconds (range)", "time / one after the other's", "peak MB of a job"
    share = (table["processor_seconds"] / table["jobs"] / table["seconds"]).median()
    return f"""\
# Training jobs side by side

{setup.method}, {setup.bits} bits, hidden {"/".join(map(str, setup.hidden))}, {setup.epochs} epochs;
wall time from start to end of all jobs, each a process on its own core; medians over
{table["repeat"].nunique()} turns.

{presenting.markdown_table(header, rows, left=0)}

- processor time of a job / wall time: {share:.2f} (near 1 if nothing else wanted the cores)
"""
