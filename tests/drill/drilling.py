"""The small study of the fault drill: run undisturbed, run in the background, and resumed.

`make drill` sets `DRILL_ROUNDS`, how often each fault is tried. Without it the drill is short: the
first fault or two of each kind, once.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from temporary_study import LIMIT, environment, run

from synthgrad.study.tables import file_checksum

CONFIG = Path(__file__).with_name("drill.yaml")
RESULTS = "results/drill"
SNAKEMAKE = ["snakemake", "data", "--configfile", "config/drill.yaml"]
TRAINING_JOBS = 6
OTHER_JOBS = 7

SHORT = "DRILL_ROUNDS" not in os.environ
ROUNDS = 1 if SHORT else int(os.environ["DRILL_ROUNDS"])

PATIENCE = 600
"""Seconds after which something that should happen within a few will not."""

not_in_short = pytest.mark.skipif(SHORT, reason="takes long; `make drill` has it")


def checksums(folder):
    """Checksum of every table of the study, final or of one training job, by its path."""
    results = folder / RESULTS
    kinds = ("parquet", "parquet.sha256", "csv")
    paths = [path for kind in kinds for path in results.rglob(f"[!.]*.{kind}")]
    return {str(path.relative_to(results)): file_checksum(path) for path in paths}


def training_tables(folder):
    """Paths of the tables of the jobs that search or train, as far as they are done."""
    return sorted((folder / RESULTS).glob("*/[!.]*.parquet"))


def complete(folder):
    """Run the study to its end."""
    done = run(folder, SNAKEMAKE)
    assert done.returncode == 0, done.stderr[-4000:]


def rounds(faults, short):
    """Parameters of a test: the faults of a table, by name, with a generator for each round.

    short : how many of them a short drill has
    """
    names = list(faults)[: short if SHORT else None]
    return pytest.mark.parametrize(
        ("fault", "rng"),
        [
            pytest.param(faults[name], random.Random(key), id=key)
            for name in names
            for key in [f"{name}, round {number}" for number in range(ROUNDS)]
        ],
    )


@contextmanager
def running(folder):
    """A run of the study in a process group of its own, nothing of which outlives the block."""
    with (folder / "run.log").open("w") as log:
        process = subprocess.Popen(
            SNAKEMAKE,
            cwd=folder,
            env=environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
            # A shell starts what it puts in the background with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)


def wait_until(condition):
    """Wait for a condition to hold, and give what it gives."""
    deadline = time.monotonic() + PATIENCE
    while not (held := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return held


def resume(folder):
    """Take the documented way back: what `make resume` does, up to the tables."""
    recipe = ["make", "--dry-run", "--no-print-directory", "--old-file=setup", "resume"]
    lines = run(folder, [*recipe, "PRESET=drill"]).stdout.splitlines()
    assert [line.rstrip() for line in lines] == [
        "python -m snakemake --unlock --configfile config/drill.yaml",
        "python -m snakemake --configfile config/drill.yaml",
    ]
    unlocked = run(folder, lines[0].split())
    assert unlocked.returncode == 0, unlocked.stderr[-4000:]
    complete(folder)


@contextmanager
def mounted(folder, options):
    """A small file system of its own at a folder, where the system lets us have one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
