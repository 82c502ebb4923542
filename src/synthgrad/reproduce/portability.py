"""Are the numbers the same elsewhere, to the last bit? A small study and its digest.

The study reaches into chaos, where one different rounding would change everything
after it, and goes through every operation of the kernels. `DIGEST` is what it
came to where it was first run; every other CPU has to give the same.

`measure` runs it in processes that are told to do without what this CPU can do,
and in an emulator of another CPU where one is set up (`make portability`).
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from synthgrad.reproduce.exact import as_integers

DIGEST = "87eb631692589455b3f9a5a03ad37f6f5249cbb6309f82b1d4ecdc4947044d05"
"""Of the small study, all runs together."""

SEEDS = (0, 1)

STREAMS = "random streams"
"""The part of the digest that is not of training: what is drawn, which NumPy decides."""

ARM64 = Path(".venv-arm64")
"""Where `make portability` sets up Debian for aarch64, whose Python it finds at `PYTHON`."""

PYTHON = "/environment/bin/python"


def small_study():
    """The setups of the runs, by name; two seeds each, and of a published program its one."""
    from synthgrad.core.setup import Setup
    from synthgrad.core.tutorial import EDITIONS

    digits = {"task": "digits", "examples": 300, "heldout_examples": 100, "hidden": (20, 12)}
    return {
        "vanilla-12bit": EDITIONS["vanilla-12bit"].setup,
        "backprop, 4 bits": Setup(bits=4, hidden=(64, 32), step_size=1.0),
        "feedback-alignment, 4 bits": Setup("feedback-alignment", bits=4, hidden=(64, 32)),
        "dni[output+label]": Setup("dni[output+label]", hidden=(64, 32), epochs=40),
        "digits, softmax and tanh": Setup(
            "dni[output+label+batchnorm]",
            **digits,
            loss="cross-entropy",
            activation="tanh",
            forward_batchnorm=True,
            update_probability=0.5,
            bias=True,
            epochs=60,
        ),
        "relu and generators of two layers": Setup(
            "dni[input+output]",
            bits=5,
            hidden=(30, 21, 9),
            activation="relu",
            generator_hidden=13,
            generator_step="normalised",
            step_size=0.002,
            generator_step_size=0.01,
            shuffle=True,
            bias=True,
            bias_reduction="mean",
            decouple_last=True,
            epochs=60,
        ),
    }


def digest_of_run(name):
    """SHA-256 over all measures of a run of the small study, at every epoch."""
    from synthgrad.core.training.loop import train

    setup = small_study()[name]
    history = train(setup, [1] if setup.draws == "published" else SEEDS)
    arrays = [history.measures[measure] for measure in sorted(history.measures)]
    return _digest([*arrays, history.diverged_at, *history.representations])


def digest_of_streams():
    """SHA-256 over a million draws of each kind that the core makes."""
    from synthgrad.core.streams import paired_draws

    stream, count = paired_draws(0).data, 1_000_000
    drawn = stream.randn(count), stream.rand(count), stream.permutation(count).astype(float)
    return _digest(drawn)


def digests(progress=lambda name: None):
    """The digest of every run of the small study, and of the random streams.

    Parameters
    ----------
    progress : callable
        Called with the name of each before it is run.

    Returns
    -------
    dict of str to str
    """
    found = {}
    for name in (*small_study(), STREAMS):
        progress(name)
        found[name] = digest_of_streams() if name == STREAMS else digest_of_run(name)
    return found


def together(found):
    """One digest over those of all runs."""
    return hashlib.sha256("".join(found[name] for name in sorted(found)).encode()).hexdigest()


def _digest(arrays):
    content = hashlib.sha256()
    for array in arrays:
        content.update(repr(array.shape).encode() + as_integers(array).tobytes())
    return content.hexdigest()


def environments():
    """What processes on this CPU are told, by name."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    found = {"this CPU": {}}
    wider = " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])
    if wider:
        found["NumPy with nothing beyond its baseline"] = {"NPY_DISABLE_CPU_FEATURES": wider}
    if os.uname().machine == "x86_64":
        found["OpenBLAS for Nehalem"] = {"OPENBLAS_CORETYPE": "Nehalem"}
        found["kernels for AVX2"] = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}
        found["kernels without fused multiply-add"] = {
            "NUMBA_CPU_NAME": "x86-64-v2",
            "NUMBA_CPU_FEATURES": "",
        }
    return found


def run_elsewhere(variables, command=(sys.executable,)):
    """The digests from another process, and the seconds that it took once kernels were compiled.

    Raises
    ------
    subprocess.CalledProcessError
        If it ended with another status than 0.
    """
    code = "from synthgrad.reproduce.portability import report; report()"
    done = subprocess.run(
        [*command, "-c", code],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    *lines, seconds = done.stdout.splitlines()
    return dict(line.split("\t") for line in lines), float(seconds)


def report():
    """Print the digests, a line each, and the seconds that they took."""
    from synthgrad.core.kernels.engine.library import load

    load()
    started = time.perf_counter()
    for name, digest in digests().items():
        print(f"{name}\t{digest}")
    print(time.perf_counter() - started)


def measure():
    """Run the small study everywhere that can be tried from here.

    Yields
    ------
    list of dict
        A row for each run: where it was made, its name and digest, whether that
        is the one made on this CPU as it is, and the seconds of all its runs.
    """
    places = {name: (variables, [sys.executable]) for name, variables in environments().items()}
    if (ARM64 / "complete").exists():
        places["aarch64, emulated"] = {}, ["chroot", str(ARM64), PYTHON]
    first = None
    for place, arguments in places.items():
        found, seconds = run_elsewhere(*arguments)
        first = first or found
        yield [
            {
                "place": place,
                "run": name,
                "digest": digest,
                "identical": digest == first[name],
                "seconds": seconds,
            }
            for name, digest in found.items()
        ]
