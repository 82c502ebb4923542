"""What every job of the workflow has in common: its environment, one BLAS thread and a log file.

The jobs themselves are functions of plain arguments; the scripts of the
workflow only hand them theirs.
"""

import os
import shlex
import sys
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from threadpoolctl import threadpool_limits

from synthgrad.core import kernels
from synthgrad.study.training import TRAINED

OWN = {
    "PYTHONPATH": str(Path(__file__).parents[2]),  # which a conda environment of a job's own lacks
    "PYTHONUTF8": "1",
    "MPLBACKEND": "agg",
    "MATPLOTLIBRC": os.devnull,
}
"""Variables of the environment that all jobs have."""


NOT_OWN = ("BASH_ENV", "ENV", "CDPATH", "NUMBA_DISABLE_JIT", kernels.NAME)
"""Variables that no job has, apart from those of Python: they change what a shell does, or which
kernels train."""


def prepare_environment():
    """Let the jobs of this process run this package with its compiled kernels, without the user's
    settings of the shell, of Python and of Matplotlib."""
    for name in [*os.environ]:
        if name.startswith("PYTHON") or name in NOT_OWN:
            del os.environ[name]
    os.environ.update(OWN)
    # Snakemake puts it into the commands of jobs as it is (snakemake/snakemake#2645).
    sys.executable = shlex.quote(sys.executable)


@contextmanager
def job(log):
    """Run with one BLAS thread, with all that is printed going to the file `log`.

    More threads would change the last bits of a result, and jobs run side by
    side anyway.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    with (
        Path(log).open("w", encoding="utf-8", buffering=1) as file,
        redirect_stdout(file),
        redirect_stderr(file),
        threadpool_limits(1),
    ):
        yield


@contextmanager
def training_job(log):
    """The same, telling at the end how long something was trained."""
    with job(log), training():
        yield


@contextmanager
def training(cores=1):
    """Tell at the end how long something was trained or timed, on so many cores."""
    began = time.perf_counter()
    yield
    sys.stdout.write(f"{TRAINED} {cores * (time.perf_counter() - began):.3f} s\n")


class Progress:
    """Counts replica-epochs and prints now and then how far a job is.

    An instance is the `progress` callable of `train`.
    """

    EVERY = 5.0

    def __init__(self, total):
        self.total = total
        self.done = 0
        self.started = self.printed = time.monotonic()

    def __call__(self, replicas):
        self.done += replicas
        now = time.monotonic()
        if now - self.printed >= self.EVERY or self.done == self.total:
            self.printed = now
            left = (now - self.started) / self.done * (self.total - self.done)
            sys.stdout.write(f"{self.done} of {self.total} epochs of replicas, {left:.0f} s left\n")
