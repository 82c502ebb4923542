import os
import subprocess
import sys

import pandas as pd
import pytest

from synthgrad.cli import main as cli
from synthgrad.core.tutorial import EDITIONS
from synthgrad.reproduce import closeness, cpus


def test_every_method_and_program_is_tried_for_some_hundred_steps():
    setups = cpus.setups()

    assert set(setups) == {*EDITIONS, *cpus.TRIED}
    for setup in setups.values():
        assert setup.epochs * setup.batches >= 300


def test_at_least_four_other_kernels_are_forced():
    cores = {forced.get("OPENBLAS_CORETYPE") for forced in cpus.FORCED.values()}
    assert len(cores - {None}) >= 4
    assert cpus.FORCED["as chosen"] == {}


def test_pinned_kernels_are_those_that_processes_then_use(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    cpus.pin_kernels()
    code = (
        "import numpy, threadpoolctl\n"
        "from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__\n"
        "from numba.core import config\n"
        "print(threadpoolctl.threadpool_info()[0]['architecture'], config.CPU_NAME,"
        " any(__cpu_features__[name] for name in __cpu_dispatch__"
        " if name.startswith(('AVX512', 'X86_V4'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    if "x86" not in os.uname().machine:
        pytest.skip("kernels of x86-64 alone can be pinned")
    assert done.stdout.split() == ["Haswell", "x86-64-v3", "False"]


def test_portable_kernels_take_no_way_of_a_wider_cpu():
    code = "from synthgrad.core.kernels import products; print(products.AVX512, products.LANES)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | cpus.portable_kernels(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "4"]


@pytest.mark.parametrize(
    ("factor", "outcome"),
    [(1.0, closeness.IDENTICAL), (1 + 1e-12, closeness.CLOSE), (1.01, closeness.DIFFERENT)],
)
def test_runs_are_compared_with_the_documented_tolerance(factor, outcome):
    runs = pd.DataFrame(
        {"run": "a", "seed": [0, 0], "epoch": [0, 1], "mse": [0.5, 0.25], "seconds": 1.0}
    )
    other = runs.assign(mse=runs["mse"] * factor, seconds=2.0)
    (row,) = cpus.compare(runs, other)
    assert row["run"] == "a"
    assert row["outcome"] == outcome
    assert (row["largest"] > closeness.TOLERANCE) == (outcome == closeness.DIFFERENT)


@pytest.fixture
def portability_command(tmp_path, capsys, monkeypatch):
    """Function that runs the command with made-up runs for each kernel: status, output, errors."""

    def run(runs_with):
        monkeypatch.setattr(cpus, "runs_with", runs_with)
        with pytest.raises(SystemExit) as exit_:
            cli.main(["portability", str(tmp_path / "out")])
        return exit_.value.code, *capsys.readouterr()

    return run


def test_the_command_writes_how_far_every_kernel_is_from_those_chosen(
    portability_command, tmp_path
):
    def runs_with(forced, emulated=None):
        far = 1.5 if forced.get("OPENBLAS_CORETYPE") == "Prescott" else 1.0
        row = {"run": ["a", "a"], "seed": 0, "epoch": [0, 1], "mse": [0.5, 0.25 * far]}
        return pd.DataFrame(row | {"seconds": 2.0})

    status, said, _ = portability_command(runs_with)
    assert status == 0
    table = pd.read_csv(tmp_path / "out" / "portability.csv").set_index("kernels")
    assert {"as chosen", "portable", *cpus.FORCED} <= set(table.index)
    other = table["largest"] > 0
    assert table.index[other].tolist() == ["SSE3 (Prescott)"]
    assert table.loc["SSE3 (Prescott)", "outcome"] == closeness.DIFFERENT
    assert said.count(" s, largest difference ") == len(table)


def test_kernels_that_fail_are_one_line(portability_command, tmp_path):
    def runs_with(forced, emulated=None):
        raise subprocess.CalledProcessError(1, ["python"])

    status, _, error = portability_command(runs_with)
    assert status == 1
    assert error == "synthgrad: error: training with other kernels ended with status 1\n"
    assert not (tmp_path / "out").exists()
