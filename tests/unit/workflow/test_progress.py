import io
import os
import time
from pathlib import Path

import pytest

from synthgrad.core.network.sizes import multiplications
from synthgrad.core.setup import Setup
from synthgrad.search.spaces import Space
from synthgrad.search.stages import Budget
from synthgrad.study import jobs
from synthgrad.study.cost import replica_epoch
from synthgrad.study.experiments import Cell, Study, Tuning
from synthgrad.workflow import estimate, progress

TUNED = Cell(Setup(method="noise", bits=4, examples=50, epochs=10), Tuning("side"))
GIVEN = Cell(Setup(bits=4, examples=100, epochs=20))


@pytest.fixture
def study(monkeypatch):
    monkeypatch.setattr(jobs, "LARGE", 0.0)
    return Study(
        preset="small",
        evaluation_seeds=range(30),
        tuning_seeds=range(1000, 1002),
        seeds_per_job=None,
        records=3,
        resamples=100,
        bootstrap_seed=0,
        budgets={"side": Budget(points=6, shorter=5, finalists=3, seeds=2)},
        spaces={"addition": {"plain": Space((-1, 1))}},
        experiments={"x": [({}, TUNED), ({}, GIVEN)], "y": [({}, GIVEN)]},
        counts={"x": 30, "y": 10},
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


SEARCH, CELL, OTHER = "searches/x-searches-01", "cells/x-01", "cells/x-02"


def test_a_shared_cell_is_one_job_and_a_search_is_its_own(study):
    work = progress.jobs(study, "results")
    assert list(work) == [Path("results", f"{name}.parquet") for name in (SEARCH, CELL, OTHER)]
    search, cell, _ = work.values()
    # 6 points for 2 of 10 epochs, 3 kept for all of them on 2 seeds; against 30 seeds.
    assert search / cell == pytest.approx((6 * 2 + 3 * 2 * 10) / (30 * 10))


def test_searches_that_are_published_are_no_work(study):
    work = progress.jobs(study, "results", searched=True)
    assert [path.parent.name for path in work] == ["cells", "cells"]


def test_time_left_goes_by_the_work_done_in_this_run(study, tmp_path):
    work = progress.jobs(study, tmp_path)
    search, cell, given = work
    assert progress.line(work, 1000, 1100) == "0 of 3 jobs"
    # Done before this run began: it says nothing about the pace.
    put(search, 900)
    assert progress.line(work, 1000, 1100) == "1 of 3 jobs"
    put(cell, 1090)
    left = estimate.duration(100 * work[given] / work[cell])
    assert progress.line(work, 1000, 1100) == f"2 of 3 jobs, about {left} left"
    put(given, 1200)
    assert progress.line(work, 1000, 1200) == "3 of 3 jobs"


def test_what_comes_before_training_is_not_its_pace(study, tmp_path, monkeypatch):
    work = progress.jobs(study, tmp_path)
    search, cell, given = work
    log = tmp_path / "logs" / f"{SEARCH}.log"
    now, written = [1000], {1300: [log], 1600: [search], 1700: [cell, given]}

    def look_later(seconds):
        now[0] += 100
        for path in written.get(now[0], []):
            put(path, now[0])

    monkeypatch.setattr(progress.time, "time", lambda: now[0])
    monkeypatch.setattr(progress.time, "sleep", look_later)
    told = io.StringIO()
    progress._tell(work, tmp_path, told, 100)
    # Training began after the look at 1200, and took 400 seconds for the search.
    left = estimate.duration(400 * (work[cell] + work[given]) / work[search])
    first = told.getvalue().splitlines()[0]
    assert first == f"synthgrad: 1 of 3 jobs, about {left} left"


def test_what_is_done_is_told_until_nothing_is_left(study, tmp_path):
    told = io.StringIO()
    search, cell, given = progress.jobs(study, tmp_path)
    put(search, 900)
    thread = progress.keep_telling(study, tmp_path, stream=told, every=0.01)
    assert thread.daemon
    # Nothing new, nothing said.
    thread.join(0.2)
    assert told.getvalue() == ""
    put(cell, time.time())
    put(given, time.time())
    thread.join(60)
    assert not thread.is_alive()
    assert told.getvalue().splitlines()[-1] == "synthgrad: 3 of 3 jobs"


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (0, ""),
        (89, "synthgrad: about 89 s on 4 cores\n"),
        (300, "synthgrad: about 5 min on 4 cores\n"),
        (6000, "synthgrad: about 100 min on 4 cores; more cores take less (snakemake"),
    ],
)
def test_how_long_a_study_will_take_is_told_at_its_start(work, said, monkeypatch):
    monkeypatch.setattr(estimate, "pace", lambda cores: 1.0)
    told = io.StringIO()
    estimate.announce(work / estimate.BESIDE, 4, told)
    assert told.getvalue().startswith(said)
    assert bool(told.getvalue()) == bool(said)


def test_what_is_told_at_the_start_is_of_what_is_left(study, tmp_path, monkeypatch):
    work, told = progress.jobs(study, tmp_path), []
    monkeypatch.setattr(estimate, "announce", lambda left, cores, stream: told.append(left))
    for path in work:
        progress.keep_telling(study, tmp_path, cores=2, stream=io.StringIO(), every=600)
        put(path, 900)
    assert told == pytest.approx([sum(list(work.values())[done:]) for done in range(3)])


def test_the_pace_is_the_work_of_a_second_on_all_cores(monkeypatch):
    """By hand: where 400 epochs take a second, and so much the first time, on any cores."""
    clock = [0.0]

    def train(setup, seeds, record=None, threads=None):
        assert len(seeds) == threads == 3
        clock[0] += setup.epochs / 400

    monkeypatch.setattr(estimate, "train", train)
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: clock[0])
    assert estimate.pace(3) == 3 * 400 * replica_epoch(estimate.MEASURED)
