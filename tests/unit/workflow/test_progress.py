import io
import os
import time
from pathlib import Path

import pytest

from synthgrad.core.network.sizes import multiplications
from synthgrad.core.setup import Setup
from synthgrad.study.experiments import Cell, Study, job_name
from synthgrad.workflow import progress

TUNED = Cell(Setup(method="dni[output]", bits=4, examples=50, epochs=10), tuned=True)
GIVEN = Cell(Setup(bits=4, examples=100, epochs=20), tuned=False)


@pytest.fixture
def study():
    return Study(
        preset="small",
        evaluation_seeds=range(30),
        tuning_seeds=range(1000, 1002),
        seeds_per_job=None,
        records=3,
        resamples=100,
        bootstrap_seed=0,
        rungs=((0.2, 1, 4), (0.5, 2, 1)),
        grids={"addition": ((0.1, 1.0), (0.001, 0.01, 0.1))},
        experiments={"x": [({}, TUNED), ({}, GIVEN)], "y": [({}, GIVEN)]},
    )


def put(path, at):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at, at))


def test_multiplications_of_a_step_by_hand():
    # Inputs 6, hidden 5 and 4, outputs 3. Backprop: forward, update, and down but for the lowest.
    layers = [2 * 6 * 5, 3 * 5 * 4, 3 * 4 * 3]
    small = {"bits": 3, "hidden": (5, 4)}
    assert multiplications(Setup(**small)) == layers
    # The control goes forward everywhere and updates the last layer.
    assert multiplications(Setup(method="frozen", **small)) == [6 * 5, 5 * 4, 2 * 4 * 3]
    # Generators see output and label.
    method = "dni[output+label]"
    generators = [2 * (5 + 3) * 5, 2 * (4 + 3) * 4, 0]
    expected = [a + b for a, b in zip(layers, generators)]
    assert multiplications(Setup(method=method, **small)) == expected
    hidden = [2 * (5 + 3) * 7 + 3 * 7 * 5, 2 * (4 + 3) * 7 + 3 * 7 * 4, 0]
    expected = [a + b for a, b in zip(layers, hidden)]
    assert multiplications(Setup(method=method, generator_hidden=7, **small)) == expected


def test_a_shared_cell_is_one_job_and_a_sweep_is_its_own(study):
    work = progress.jobs(study, "results")
    assert list(work) == [
        Path("results", "tuning", f"{job_name(TUNED.name)}.parquet"),
        Path("results", "cells", f"{job_name(TUNED.name)}.parquet"),
        Path("results", "cells", f"{job_name(GIVEN.name)}.parquet"),
    ]
    sweep, cell, _ = work.values()
    # 6 points screened for 2 of 10 epochs, 4 kept for 5 epochs of 2 seeds; against 30 seeds.
    assert sweep / cell == pytest.approx((6 * 2 + 4 * 2 * 5) / (30 * 10))


def test_time_left_goes_by_the_work_done_in_this_run(study, tmp_path):
    work = progress.jobs(study, tmp_path)
    sweep, cell, given = work
    assert progress.line(study, tmp_path, 1000, 1100) == "0 of 3 jobs, 0 of 2 cells"
    # Done before this run began: it says nothing about the pace.
    put(sweep, 900)
    assert progress.line(study, tmp_path, 1000, 1100) == "1 of 3 jobs, 0 of 2 cells"
    put(cell, 1090)
    left = 100 * work[given] / work[cell]
    shown = f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"
    assert progress.line(study, tmp_path, 1000, 1100) == f"2 of 3 jobs, 1 of 2 cells, {shown}"
    put(given, 1200)
    assert progress.line(study, tmp_path, 1000, 1200) == "3 of 3 jobs, 2 of 2 cells"


def test_what_comes_before_training_is_not_its_pace(study, tmp_path, monkeypatch):
    work = progress.jobs(study, tmp_path)
    sweep, cell, given = work
    log = tmp_path / "logs" / "tuning" / f"{sweep.stem}.log"
    now, written = [1000], {1300: [log], 1600: [sweep], 1700: [cell, given]}

    def look_later(seconds):
        now[0] += 100
        for path in written.get(now[0], []):
            put(path, now[0])

    monkeypatch.setattr(progress.time, "time", lambda: now[0])
    monkeypatch.setattr(progress.time, "sleep", look_later)
    told = io.StringIO()
    progress._tell(study, tmp_path, told, 100)
    # Training began after the look at 1200, and took 400 seconds for the sweep.
    left = 400 * (work[cell] + work[given]) / work[sweep]
    first = told.getvalue().splitlines()[0]
    assert first == f"synthgrad: 1 of 3 jobs, 0 of 2 cells, about {left / 60:.0f} min left"


def test_what_is_done_is_told_until_nothing_is_left(study, tmp_path):
    told = io.StringIO()
    sweep, cell, given = progress.jobs(study, tmp_path)
    put(sweep, 900)
    thread = progress.keep_telling(study, tmp_path, told, every=0.01)
    assert thread.daemon
    # Nothing new, nothing said.
    thread.join(0.2)
    assert told.getvalue() == ""
    put(cell, time.time())
    put(given, time.time())
    thread.join(60)
    assert not thread.is_alive()
    assert told.getvalue().splitlines()[-1] == "synthgrad: 3 of 3 jobs, 2 of 2 cells"
