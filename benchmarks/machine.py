"""The core that everything is measured on, and the others."""

import os

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    # XLA sizes its other thread pool by the cores it may use.
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0, 1]
"""All that this process could run on when it started."""


def pin_to_one_core():
    """Keep this process on one core, with one thread in whatever is loaded after."""
    os.environ.update(ONE_THREAD)
    # The last core; the first is where most systems serve interrupts.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
