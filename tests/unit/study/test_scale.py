"""Studies much larger than ours: planned, split and gathered in bounded memory."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
import trained_study

from synthgrad.core.setup import Setup
from synthgrad.outcomes import gather
from synthgrad.study import jobs, memory, tables
from synthgrad.study.cells import stacked
from synthgrad.study.cost import replica_epoch
from synthgrad.study.experiments import job_parameters
from synthgrad.study.tables import read_table, write_table, writing

EPOCHS = 40


def study_of(cells, seeds, per_job):
    """A study of so many cells that differ in nothing but their step size."""
    experiment = {
        "vary": {"step_size": [0.001 * n for n in range(1, cells + 1)]},
        "step_sizes": "given",
    }
    return trained_study.study_of(
        {"large": experiment},
        seeds={
            "evaluation": {"first": 0, "count": seeds},
            "tuning": {"first": 100_000, "count": 3},
            "per_job": per_job,
        },
        defaults={"bits": 4, "examples": 40, "hidden": [6, 5], "epochs": EPOCHS},
    )


@pytest.mark.parametrize("per_job", [1, 7, 50, 999, 1000, 5000])
def test_parts_hold_every_seed_of_every_cell_once(per_job):
    study = study_of(50, 1000, per_job)
    units = [unit for units in study.jobs.values() for unit in units]
    assert len(units) == 50 * -(-1000 // per_job)
    found = {}
    for cell, seeds in units:
        assert 1 <= len(seeds) <= per_job
        found.setdefault(cell.name, []).extend(seeds)
    assert found == {name: list(range(1000)) for name in study.cells}


def made_up_runs(cell, seeds):
    """Columns as of a trained cell, without training."""
    rng = np.random.RandomState(seeds[0])
    points = EPOCHS + 1
    epoch = np.tile(np.arange(points), len(seeds))
    columns = {
        "seed": np.repeat(seeds, points),
        "epoch": epoch,
        "recorded": epoch % 8 == 0,
    }
    names = ["step_size", "generator_step_size", *gather.ENDS, *gather.FINAL_MEASURES]
    names += [*gather.layer_columns(2), *gather.EXTRA_MEASURES]
    columns |= {name: rng.rand(len(epoch)) for name in names}
    labels = {"cell": cell.name, "chosen": "given"}
    labels = {name: np.full(len(epoch), text, dtype=object) for name, text in labels.items()}
    return labels | columns | {"chance": np.full(len(epoch), 0.5)}


def peak_of_gathering(cells, folder):
    """Most bytes that NumPy and Python hold at once, and Arrow after a cell."""
    study = study_of(cells, 60, 20)
    paths = {}
    for job, units in study.jobs.items():
        paths[job] = folder / f"{job}.parquet"
        columns = stacked([made_up_runs(*unit) for unit in units])
        write_table(columns, "cell", paths[job], job_parameters(study, job))
    before, arrow = pa.total_allocated_bytes(), 0
    tracemalloc.start()
    try:
        with (
            writing("runs", folder / "runs") as add_runs,
            writing("outcomes", folder / "outcomes") as add_outcomes,
            writing("curves", folder / "curves") as add_curves,
        ):
            for runs, outcomes in gather.runs_and_outcomes(study, paths):
                add_runs(runs)
                add_outcomes(outcomes)
                arrow = max(arrow, pa.total_allocated_bytes() - before)
            for curves in gather.curves(study, paths):
                add_curves(curves)
                arrow = max(arrow, pa.total_allocated_bytes() - before)
        return tracemalloc.get_traced_memory()[1] + arrow
    finally:
        tracemalloc.stop()


def test_gathering_needs_no_more_memory_for_more_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "GROUP", 1000)
    (cell,) = study_of(1, 60, 20).cells.values()
    # What three parts of a cell are: a job has so much, however many cells there are.
    monkeypatch.setattr(jobs, "LARGE", 60 * EPOCHS * replica_epoch(cell.setup))
    few, many = (peak_of_gathering(cells, tmp_path / str(cells)) for cells in (4, 40))
    assert read_table(tmp_path / "40" / "outcomes", "outcomes").num_rows == 40 * 60
    assert read_table(tmp_path / "40" / "curves", "curves").num_rows == 40 * 60 * (EPOCHS + 1)
    # Ten times as many; only the list of what lies where in the file grows.
    assert many < 1.5 * few


@pytest.mark.parametrize(
    ("larger", "replicas"),
    [
        (Setup(epochs=100_000), 30),
        (Setup(examples=1_000_000), 30),
        (Setup(heldout_examples=1_000_000), 30),
        (Setup(hidden=(5000, 5000)), 30),
        (Setup(method="dni[output]", hidden=(5000, 5000)), 30),
        (Setup(), 100_000),
    ],
)
def test_a_larger_job_is_known_to_need_more_memory(larger, replicas):
    usual = memory.megabytes(Setup(), 30)
    assert memory.IMPORTED < usual < 1000
    assert memory.megabytes(larger, replicas) > 2 * usual


def test_what_no_machine_can_hold_names_what_takes_it():
    memory.check(Setup(), 30)
    with pytest.raises(ValueError, match=r"hidden is \[1000000, 1000000\].*at most 64000 MB"):
        memory.check(Setup(hidden=(1_000_000, 1_000_000)), 1)
