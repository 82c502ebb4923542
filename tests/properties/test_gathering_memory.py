"""A study of many cells is gathered in the memory that one of a few takes."""

import tracemalloc

import numpy as np
import pyarrow as pa
import trained_study

from synthgrad.outcomes import gather
from synthgrad.study import jobs, tables
from synthgrad.study.cells import stacked
from synthgrad.study.cost import replica_epoch
from synthgrad.study.experiments import job_parameters
from synthgrad.study.tables import read_table, write_table, writing

EPOCHS = 40


def study_of(cells):
    """A study of so many cells that differ in nothing but their step size."""
    experiment = {
        "vary": {"step_size": [0.001 * n for n in range(1, cells + 1)]},
        "step_sizes": "given",
    }
    evaluation = {"first": 0, "count": 60}
    tuning = {"first": 100_000, "count": 3}
    return trained_study.study_of(
        {"large": experiment},
        seeds={"evaluation": evaluation, "tuning": tuning, "per_job": 20},
        defaults={"bits": 4, "examples": 40, "hidden": [6, 5], "epochs": EPOCHS},
    )


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
    study = study_of(cells)
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
    (cell,) = study_of(1).cells.values()
    # What three parts of a cell are: a job has so much, however many cells there are.
    monkeypatch.setattr(jobs, "LARGE", 60 * EPOCHS * replica_epoch(cell.setup))
    few, many = (peak_of_gathering(cells, tmp_path / str(cells)) for cells in (2, 20))
    assert read_table(tmp_path / "20" / "outcomes", "outcomes").num_rows == 20 * 60
    assert read_table(tmp_path / "20" / "curves", "curves").num_rows == 20 * 60 * (EPOCHS + 1)
    # Ten times as many; only the list of what lies where in the file grows.
    assert many < 1.5 * few
