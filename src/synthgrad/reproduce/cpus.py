"""What other CPUs make of the same study, tried by forcing their kernels on this one.

OpenBLAS, NumPy and Numba choose code for the CPU they run on, and different
code rounds differently. `measure` trains every method and published program for
a few hundred steps with the kernels of several CPUs, each in a process of its
own, and tells how far they are from those chosen here. `pin_kernels` fixes the
choice instead.

Where the emulator QEMU is installed (on Debian the package qemu-user), a whole
other CPU is tried, too, with the kernels of NumPy alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from synthgrad.core.setup import CONDITIONS, UNDECOUPLED

STEPS = 300
"""Training steps of every run."""

SEEDS = 3

TRIED = (
    *UNDECOUPLED,
    "dni[output]",
    "dni[label]",
    "dni[batchnorm]",
    "dni[output+label]",
    f"dni[{'+'.join(CONDITIONS)}]",
)
"""The methods that are trained, besides the published programs."""

FORCED = {
    "as chosen": {},
    "AVX2 (Haswell)": {"OPENBLAS_CORETYPE": "Haswell"},
    "AVX2 (Zen)": {"OPENBLAS_CORETYPE": "Zen"},
    "AVX (Sandybridge)": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "SSE4.2 (Nehalem)": {"OPENBLAS_CORETYPE": "Nehalem"},
    "SSE3 (Prescott)": {"OPENBLAS_CORETYPE": "Prescott"},
    "NumPy without AVX2": {"NPY_DISABLE_CPU_FEATURES": "X86_V3"},
    "all without AVX2": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3",
        "NUMBA_CPU_NAME": "nehalem",
        "NUMBA_CPU_FEATURES": "",
    },
}
"""Environments by name; a CPU may be told to do less than it can, but not more."""

EMULATOR = "qemu-x86_64"

EMULATED = "Haswell"
"""CPU that is emulated: the oldest with AVX2."""


def portable_kernels():
    """Environment in which the kernels are those of the x86-64-v3 baseline: AVX2, no AVX-512."""
    from numpy._core._multiarray_umath import __cpu_dispatch__

    wider = [name for name in __cpu_dispatch__ if name.startswith(("AVX512", "X86_V4"))]
    return {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": " ".join(wider),
        "NUMBA_CPU_NAME": "x86-64-v3",
        "NUMBA_CPU_FEATURES": "",
    }


def pin_kernels():
    """Let all processes that this one starts use the portable kernels."""
    os.environ.update(portable_kernels())


def setups():
    """What is trained, by name: the published programs and every method."""
    from synthgrad.core.setup import Setup
    from synthgrad.core.tutorial import EDITIONS

    found = {name: edition.setup for name, edition in EDITIONS.items()}
    small = Setup(bits=8, examples=100, hidden=(64, 32))
    found |= {method: replace(small, method=method) for method in TRIED}
    return {
        name: replace(setup, epochs=max(1, STEPS // setup.batches)) for name, setup in found.items()
    }


def write_runs(path, kernels="compiled"):
    """Train everything with the kernels of this process and write all measures of all seeds.

    kernels : "compiled", or "numpy" for those that nothing need be compiled for
    """
    import numpy as np
    import pandas as pd

    from synthgrad.core.kernels import compiled, reference
    from synthgrad.core.training.loop import train
    from synthgrad.study.cells import cell_columns

    frames, chosen = [], setups()
    functions = {"compiled": compiled, "numpy": reference}[kernels]
    if kernels == "numpy":
        # With whole data sets as minibatches an emulator would take hours.
        chosen = {name: setup for name, setup in chosen.items() if setup.batch_size <= 100}
    for setup in chosen.values():  # the first time Numba compiles
        train(replace(setup, epochs=1), np.arange(SEEDS), kernels=functions)
    started = time.process_time()
    for name, setup in chosen.items():
        history = train(setup, np.arange(SEEDS), kernels=functions)
        frames.append(pd.DataFrame(cell_columns(history)).assign(run=name))
    seconds = time.process_time() - started
    pd.concat(frames).assign(seconds=seconds).to_pickle(path)


def runs_with(forced, emulated=None):
    """The frame of `write_runs` from a process with these variables in its environment.

    emulated : the CPU for the emulator, if the process is to run on that
    """
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs"
        code = (
            "import sys; from synthgrad.reproduce.cpus import write_runs; write_runs(*sys.argv[1:])"
        )
        command = [sys.executable, "-c", code, str(path)]
        if emulated:
            command = [EMULATOR, "-cpu", emulated, *command, "numpy"]
        variables = os.environ | {"OPENBLAS_NUM_THREADS": "1"} | forced
        # The emulator warns of what it leaves out of the CPU.
        subprocess.run(
            command, env=variables, check=True, stderr=subprocess.DEVNULL if emulated else None
        )
        return pd.read_pickle(path)


def compare(runs, reference):
    """A row for each run: its largest relative difference from the reference, and its kind."""
    from synthgrad.reproduce.closeness import compare_cells

    rows = []
    for name, frame in runs.groupby("run", sort=False):
        other = reference[reference["run"] == name]
        columns = ["run", "seconds"]
        own, other = frame.drop(columns=columns), other.drop(columns=columns)
        compared = compare_cells("", name, own, other)
        rows.append({"run": name, "outcome": compared.outcome, "largest": compared.largest})
    return rows


def measure():
    """Try all kernels, one after the other.

    Yields
    ------
    kernels : str
    rows : list of dict, of the table that tells how far each run is from that with the
        kernels chosen here, and how many seconds all of them took
    """
    tried = {name: (forced, None) for name, forced in FORCED.items()}
    tried["portable"] = portable_kernels(), None
    if shutil.which(EMULATOR):
        tried[f"emulated CPU ({EMULATED})"] = {}, EMULATED
    reference = None
    for name, arguments in tried.items():
        runs = runs_with(*arguments)
        reference = runs if reference is None else reference
        seconds = runs["seconds"].iloc[0]
        yield (
            name,
            [{"kernels": name, "seconds": seconds} | row for row in compare(runs, reference)],
        )
