"""Studies much larger than ours: planned and split, and the memory of their jobs."""

import pytest
import trained_study

from synthgrad.core.setup import Setup
from synthgrad.study import memory


def study_of(cells, seeds, per_job):
    """A study of so many cells that differ in nothing but their step size."""
    experiment = {
        "vary": {"step_size": [0.001 * n for n in range(1, cells + 1)]},
        "step_sizes": "given",
    }
    evaluation = {"first": 0, "count": seeds}
    tuning = {"first": 100_000, "count": 3}
    return trained_study.study_of(
        {"large": experiment},
        seeds={"evaluation": evaluation, "tuning": tuning, "per_job": per_job},
        defaults={"bits": 4, "examples": 40, "hidden": [6, 5], "epochs": 40},
    )


@pytest.mark.parametrize("per_job", [1, 7, 50, 999, 1000, 5000])
def test_parts_hold_every_seed_of_every_cell_once(per_job):
    study = study_of(10, 1000, per_job)
    units = [unit for units in study.jobs.values() for unit in units]
    assert len(units) == 10 * -(-1000 // per_job)
    found = {}
    for cell, seeds in units:
        assert 1 <= len(seeds) <= per_job
        found.setdefault(cell.name, []).extend(seeds)
    assert found == {name: list(range(1000)) for name in study.cells}


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
