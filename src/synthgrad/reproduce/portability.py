"""Are the numbers the same elsewhere, to the last bit? A small study and its digest.

The study reaches into chaos, where one different rounding would change everything
after it, and goes through every operation of the kernels, every method, a search
and the answers of networks. `DIGEST` is what it came to where it was first run;
every other CPU has to give the same.

`measure` runs it in processes that are told to do without what this CPU can do,
and in an emulator of another CPU where one is set up (`make portability`). Without
any fused multiply-add training takes some two thousand times as long, so that only
the `SHORT` parts are run in that way.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from synthgrad.reproduce.exact import as_integers

DIGEST = "660e6f93ce6086d8d8dd1844a790929523dde086611b7a5fa9f242b338cd130c"
"""Of the small study, all parts together."""

SEEDS = (0, 1)

SEARCH = "search of step sizes"
STREAMS = "random streams"
"""The parts that are not runs: a search, and what is drawn, which NumPy decides."""

SHORT = ("noise", "local-loss", SEARCH)
"""The parts that are run even where they take two thousand times as long. Some draws of the random
streams differ there (`core.streams`); these parts have none of them."""

ARM64 = Path(".venv-arm64")
"""Where `make portability` sets up Debian for aarch64, whose Python it finds at `PYTHON`."""

PYTHON = "/environment/bin/python"

WITHOUT_FMA = "no fused multiply-add"
"""The place where neither the kernels nor the C library have the instruction."""

NO_FMA_IN_GLIBC = "glibc.cpu.hwcaps=-FMA,-FMA4,-FMA_Usable,-FMA4_Usable"
"""Makes glibc, whatever its version, take the functions that it has for CPUs without it."""


def small_study():
    """The setups of the runs, by name; two seeds each, and of a published program its one."""
    from synthgrad.core.setup import Setup
    from synthgrad.core.tutorial import EDITIONS

    digits = {"task": "digits", "examples": 300, "heldout_examples": 100, "hidden": (20, 12)}
    short = {"bits": 3, "examples": 40, "heldout_examples": 10, "hidden": (6, 5), "epochs": 40}
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
        "noise": Setup("noise", **short, step_size=2.0),
        "local-loss": Setup("local-loss", **short, step_size=2.0, generator_step_size=0.5),
    }


def digest_of_run(name):
    """SHA-256 over all measures of a run of the small study, at every epoch; of a short one over
    the answers, too."""
    from synthgrad.core.training.loop import train

    setup = small_study()[name]
    history = train(setup, [1] if setup.draws == "published" else SEEDS)
    arrays = [history.measures[measure] for measure in sorted(history.measures)]
    answers = [history.answers] if name in SHORT else []
    return _digest([*arrays, history.diverged_at, *history.representations, *answers])


def digest_of_search():
    """SHA-256 over the points that a small search tries and their scores, and over its choice."""
    from synthgrad.core.setup import Setup
    from synthgrad.search.choice import choose
    from synthgrad.search.ranking import points_in, standings
    from synthgrad.search.spaces import Space
    from synthgrad.search.stages import Budget, coarse_stage, final_stage

    short = {"bits": 3, "examples": 40, "heldout_examples": 10, "hidden": (6, 5), "epochs": 12}
    setup, budget = Setup("dni[output]", **short), Budget(8, shorter=2, finalists=2, seeds=2)
    coarse = coarse_stage(setup, Space((-1, 0), (-3, -2)), budget, SEEDS[0])
    final = final_stage(setup, coarse, budget, SEEDS)
    best = choose(standings(final), points_in(coarse))
    columns = [stage[name] for stage in (coarse, final) for name in sorted(stage)]
    return _digest([*columns, np.array([best.step_size, best.generator_step_size])])


def digest_of_streams():
    """SHA-256 over a million draws of each kind that the core makes."""
    from synthgrad.core.streams import paired_draws

    stream, count = paired_draws(0).data, 1_000_000
    drawn = stream.randn(count), stream.rand(count), stream.permutation(count).astype(float)
    return _digest(drawn)


def parts():
    """The names of all parts: runs, search and streams."""
    return (*small_study(), SEARCH, STREAMS)


def digests(names):
    """The digests of parts of the small study, a dict by name."""
    others = {SEARCH: digest_of_search, STREAMS: digest_of_streams}
    return {name: others[name]() if name in others else digest_of_run(name) for name in names}


def together(found):
    """One digest over those of all parts."""
    return hashlib.sha256("".join(found[name] for name in sorted(found)).encode()).hexdigest()


def _digest(arrays):
    content = hashlib.sha256()
    for array in arrays:
        content.update(repr(array.shape).encode() + as_integers(array).tobytes())
    return content.hexdigest()


class Place(NamedTuple):
    """Where parts of the small study are run.

    variables : of the environment, in which a process is told what to do without
    names : of the parts
    command : the Python
    """

    variables: dict
    names: tuple
    command: tuple = (sys.executable,)


def places():
    """Processes on this CPU, by what they are told, and the other CPU that is emulated here."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    found = {"this CPU": Place({}, parts())}
    wider = " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])
    if wider:
        told = {"NPY_DISABLE_CPU_FEATURES": wider}
        found["NumPy with nothing beyond its baseline"] = Place(told, parts())
    if os.uname().machine == "x86_64":
        found["OpenBLAS for Nehalem"] = Place({"OPENBLAS_CORETYPE": "Nehalem"}, parts())
        avx2 = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}
        found["kernels for AVX2"] = Place(avx2, parts())
        older = {"NUMBA_CPU_NAME": "x86-64-v2", "NUMBA_CPU_FEATURES": ""}
        found["fused multiply-add by the C library"] = Place(older, parts())
        found[WITHOUT_FMA] = Place(older | {"GLIBC_TUNABLES": NO_FMA_IN_GLIBC}, SHORT)
    if is_arm64_set_up():
        found["aarch64, emulated"] = Place({}, parts(), ("chroot", str(ARM64), PYTHON))
    return found


def is_arm64_set_up():
    """Whether `make portability` has brought an emulated aarch64 up to date."""
    return (ARM64 / "installed").exists()


def run_at(place):
    """The digests from a process of its own, and the seconds that it took once kernels were
    compiled.

    Raises
    ------
    subprocess.CalledProcessError
        If it ended with another status than 0.
    """
    code = f"from synthgrad.reproduce.portability import report; report({place.names!r})"
    done = subprocess.run(
        [*place.command, "-c", code],
        env=os.environ | place.variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    *lines, seconds = done.stdout.splitlines()
    return dict(line.split("\t") for line in lines), float(seconds)


def report(names):
    """Print the digests of parts, a line each, and the seconds that they took."""
    from synthgrad.core.kernels.engine.library import load

    load()
    started = time.perf_counter()
    for name, digest in digests(names).items():
        print(f"{name}\t{digest}")
    print(time.perf_counter() - started)


def measure():
    """Run the small study everywhere that can be tried from here.

    Yields
    ------
    list of dict
        A row for each part: where it was run, its name and digest, whether that
        is the one made on this CPU as it is, and the seconds of all parts there.
    """
    first = None
    for name, place in places().items():
        found, seconds = run_at(place)
        first = first or found
        yield [
            {
                "place": name,
                "run": part,
                "digest": digest,
                "identical": digest == first[part],
                "seconds": seconds,
            }
            for part, digest in found.items()
        ]
