"""The study with the kernels of other CPUs: the same verdicts, and numbers within the tolerance."""

import pandas as pd
import pytest
from package import ROOT
from temporary_study import copy_project, run

from synthgrad.reproduce import cpus, verify

pytestmark = pytest.mark.slow

TINY = ROOT / "tests" / "end_to_end" / "tiny.yaml"
KERNELS = ("AVX2 (Haswell)", "AVX (Sandybridge)", "SSE4.2 (Nehalem)", "all without AVX2")


def results_with(folder, forced):
    """Where the tables of a tiny study are that was run with variables in its environment."""
    copy_project(folder, TINY)
    command = ["snakemake", "data", "--configfile", "config/tiny.yaml"]
    done = run(folder, ["env", *(f"{name}={value}" for name, value in forced.items()), *command])
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "results" / "tiny"


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    return results_with(tmp_path_factory.mktemp("chosen"), {})


@pytest.mark.parametrize("kernels", KERNELS)
def test_kernels_change_no_verdict(chosen, kernels, tmp_path):
    forced = results_with(tmp_path, cpus.FORCED[kernels])
    columns = ["claim", "contrast", "evidence", "verdict"]
    verdicts = [pd.read_csv(path / "claims.csv")[columns] for path in (chosen, forced)]
    pd.testing.assert_frame_equal(*verdicts)
    runs = [pd.read_parquet(path / "runs.parquet") for path in (chosen, forced)]
    for (cell, own), (_, other) in zip(*(frame.groupby("cell") for frame in runs), strict=True):
        outcome = verify.compare_cells("", cell, own, other).outcome
        assert outcome != verify.DIFFERENT, cell


def test_every_method_and_program_is_trained_with_other_kernels():
    runs = cpus.runs_with({"OPENBLAS_CORETYPE": "Haswell"})
    assert set(runs["run"]) == set(cpus.setups())
    assert runs["seed"].nunique() == cpus.SEEDS
