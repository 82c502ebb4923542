from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import trained_study
from trained_study import SEEDS, study_of

from synthgrad.core.training.curves import epochs_to
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.outcomes import gather
from synthgrad.study import jobs, likeness
from synthgrad.study.tables import DamagedTable

CONTRACT = [
    "experiment",
    "method",
    "bits",
    "seed",
    "epoch",
    "step_size",
    "generator_step_size",
    "mse",
    "bit_accuracy",
    "sum_accuracy",
    "heldout_bit_accuracy",
    "heldout_sum_accuracy",
    "tutorial_error",
    "alignment_1",
    "alignment_2",
    "norm_ratio_1",
    "norm_ratio_2",
    "spread_1",
    "spread_2",
    "similarity_1",
    "similarity_2",
    "saturation_1",
    "saturation_2",
    "diverged_at",
    "done_at",
]


SMALL = {
    "vary": {"method": ["backprop", "dni[output]"], "bits": [3], "bias": [True, False]},
    "fix": {"examples": 40, "hidden": [6, 5], "epochs": 12},
    "step_sizes": "given",
}


@pytest.fixture(scope="module")
def study():
    return study_of({"small": SMALL}, records=4)


@pytest.fixture(scope="module")
def cells(study, tmp_path_factory):
    """Paths of the tables of the training jobs."""
    return trained_study.train(study, tmp_path_factory.mktemp("cells"))


def gathered(study, cells):
    """The rows of all cells together, as (runs, outcomes)."""
    pieces = zip(*gather.runs_and_outcomes(study, cells), strict=True)
    return tuple(
        {name: np.concatenate([piece[name] for piece in part]) for name in part[0]}
        for part in pieces
    )


def test_runs_have_the_promised_columns_and_rows(study, cells):
    runs, _ = gathered(study, cells)
    assert set(CONTRACT) <= set(runs)
    assert set(runs) - set(CONTRACT) == {
        "cell",
        "bias",
        "chosen",
        "absolute_error",
        "largest_weight",
        "printed_error",
        "synthetic_error",
    }
    recorded = len(recorded_epochs(12, 4))
    assert len(runs["seed"]) == 4 * 3 * recorded
    rows = set(zip(runs["experiment"], runs["cell"], runs["seed"], runs["epoch"]))
    assert len(rows) == 4 * 3 * recorded


def test_outcomes_follow_from_the_whole_curve(study, cells):
    _, outcomes = gathered(study, cells)
    assert len(outcomes["seed"]) == 4 * 3
    histories = {name: train(cell.setup, range(3)) for name, cell in study.cells.items()}
    for row, (cell, seed) in enumerate(zip(outcomes["cell"], outcomes["seed"])):
        history = histories[cell]
        curve = history.measures["bit_accuracy"][seed]
        chance = history.chance[seed]
        expected = np.mean([(accuracy - chance) / (1 - chance) for accuracy in curve[1:]])
        assert outcomes["accuracy_auc"][row] == pytest.approx(expected)
        assert outcomes["bit_accuracy"][row] == curve[-1]
        assert outcomes["final_slope"][row] == pytest.approx(100 * (curve[-1] - curve[-2]))
        assert np.isnan(outcomes["accuracy_auc_100"][row])  # of 12 epochs
        reached = [epoch for epoch in range(1, 13) if curve[epoch] >= 0.95]
        expected = reached[0] if reached else np.nan
        np.testing.assert_equal(outcomes["epochs_to_95"][row], expected)


def test_generator_step_size_is_empty_without_generators(study, cells):
    runs, _ = gathered(study, cells)
    empty = np.isnan(runs["generator_step_size"])
    np.testing.assert_array_equal(empty, runs["method"] == "backprop")


def test_a_study_that_trains_otherwise_refuses_the_tables(study, cells):
    for other in (replace(study, evaluation_seeds=range(1, 4)), replace(study, records=5)):
        with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
            gathered(other, cells)


@pytest.mark.parametrize("per_job", [1, 2])
@pytest.mark.parametrize("large", [0.0, 1e7, 4e11])
def test_tables_do_not_depend_on_what_shares_a_job(
    study, cells, per_job, large, tmp_path, monkeypatch
):
    monkeypatch.setattr(jobs, "LARGE", large)
    split = replace(study, seeds_per_job=per_job)
    paths = trained_study.train(split, tmp_path)
    parts = 4 * -(-3 // per_job)
    assert len(paths) == {0.0: parts, 4e11: 1}.get(large, len(paths))
    for columns, expected in zip(gathered(split, paths), gathered(study, cells), strict=True):
        assert columns.keys() == expected.keys()
        for name, column in columns.items():
            np.testing.assert_array_equal(column, expected[name])


def test_the_table_of_another_job_is_refused(study, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "LARGE", 0.0)
    alone = replace(study)
    one, other, *_ = trained_study.train(alone, tmp_path).values()
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        gathered(alone, dict.fromkeys(alone.jobs, other) | {next(iter(alone.jobs)): one})


def test_diverged_runs_are_rows_like_any_other(tmp_path):
    diverging = SMALL | {
        "vary": {"generator_step_size": [50.0]},
        "fix": {"method": "dni[output]", "bits": 3, "examples": 400, "hidden": [6, 5]},
    }
    study = study_of({"small": diverging}, defaults={"epochs": 12})
    _, outcomes = gathered(study, trained_study.train(study, tmp_path))
    assert (outcomes["diverged_at"] >= 1).all()
    assert np.isfinite(outcomes["accuracy_auc"]).all()
    assert (epochs_to(np.zeros((1, 3)), 0.95) != 1).all()


def test_an_experiment_has_as_many_seeds_as_it_says_of_a_cell_that_another_has_too(tmp_path):
    again = SMALL | {"vary": {"bits": [3], "method": ["backprop"]}, "seeds": 2}
    study = study_of({"few": again, "all": SMALL | {"vary": {"bits": [3]}}}, records=4)
    (cell,) = study.cells.values()
    assert study.seeds_of_cells == {cell.name: range(3)}
    assert [seeds for units in study.jobs.values() for _, seeds in units] == [range(3)]
    outcomes = pd.DataFrame(gathered(study, trained_study.train(study, tmp_path))[1])
    every, few = (rows.drop(columns="experiment") for _, rows in outcomes.groupby("experiment"))
    assert (every["seed"].tolist(), few["seed"].tolist()) == ([0, 1, 2], [0, 1])
    pd.testing.assert_frame_equal(every[:2].reset_index(drop=True), few.reset_index(drop=True))


def given_study(folder, experiment, per_job):
    """A study of this experiment alone on the seeds 0, 1, 2; the paths of its tables; and the
    history of each cell."""
    seeds = SEEDS | {"per_job": per_job}
    study = study_of({"small": {"step_sizes": "given"} | experiment}, seeds=seeds)
    histories = {name: train(cell.setup, range(3)) for name, cell in study.cells.items()}
    return study, trained_study.train(study, folder), histories


def test_a_lazy_arm_and_its_frozen_control_are_measured_at_the_same_epoch(tmp_path):
    experiment = {
        "vary": {"method": ["frozen", "dni[label]"], "update_probability": [1.0, 0.1]},
        "fix": {"bits": 4, "examples": 40, "hidden": [6], "epochs": 40, "step_size": 1.0},
    }
    study, paths, histories = given_study(tmp_path, experiment, 3)
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    for cell, rows in outcomes.groupby("cell"):
        history = histories[cell]
        # By hand: 0.05 * 40 = 2 epochs' worth of updates.
        epoch = {1.0: 2, 0.1: 20}[history.setup.update_probability]
        expected = history.measures["bit_accuracy"][:, epoch]
        assert rows["accuracy_at_equal_updates"].tolist() == expected.tolist()


@pytest.mark.parametrize("per_job", [3, 2])
def test_differing_bits_are_those_of_a_nudge_and_of_another_seed(tmp_path, per_job):
    experiment = {
        "vary": {"method": ["backprop", "dni[label]"], "nudged": [False, True]},
        # Steps so large that a nudge soon shows.
        "fix": {"bits": 4, "examples": 40, "hidden": [6], "epochs": 200, "step_size": 5.0},
    }
    study, paths, histories = given_study(tmp_path, experiment, per_job)
    outcomes = pd.DataFrame(gathered(study, paths)[1]).set_index(["method", "nudged", "seed"])
    for method in ("backprop", "dni[label]"):
        still, nudged = (
            histories[cell.name].answers
            for _, cell in study.experiments["small"]
            if cell.setup.method == method
        )
        for seed in range(3):
            row = outcomes.loc[(method, "true", seed)]
            assert row["differing_bits"] == (nudged[seed] != still[seed]).mean()
            row = outcomes.loc[(method, "false", seed)]
            assert row["differing_bits"] == (still[seed] != still[(seed + 1) % 3]).mean()
        assert (outcomes.loc[(method, "true"), "differing_bits"] > 0).any()


def test_networks_that_diverged_or_have_no_nudged_twin_have_no_differing_bits(tmp_path):
    experiment = {
        "vary": {"generator_step_size": [0.01, 1e30], "nudged": [False, True]},
        "fix": {"method": "dni[label]", "bits": 3, "examples": 40, "hidden": [6], "epochs": 6},
    }
    study, paths, _ = given_study(tmp_path, experiment, 3)
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    diverged = outcomes["diverged_at"].notna()
    assert diverged.any()
    assert (outcomes["differing_bits"].isna() == diverged).all()
    experiment["vary"]["nudged"] = [False]
    outcomes = pd.DataFrame(gathered(*given_study(tmp_path, experiment, 3)[:2])[1])
    assert outcomes["differing_bits"].isna().all()


@pytest.mark.parametrize("per_job", [3, 2])
def test_likeness_is_to_backprop_of_the_next_seed(tmp_path, per_job):
    experiment = {
        "vary": {"method": ["dni[label]", "backprop"], "hidden": [[5], [6, 5]]},
        "fix": {
            "task": "digits",
            "examples": 60,
            "heldout_examples": 20,
            "epochs": 2,
            "batch_size": 20,
        },
    }
    study, paths, histories = given_study(tmp_path, experiment, per_job)
    hidden = {}
    for history in histories.values():
        if len(history.setup.hidden) == 2:
            hidden[history.setup.method] = history.representations[1]
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    deep = outcomes[outcomes["hidden"] == "6-5"].set_index(["method", "seed"])
    apart = {m: [likeness.dissimilarity(h) for h in each] for m, each in hidden.items()}
    for seed in range(3):
        other = apart["backprop"][(seed + 1) % 3]
        for method in ("dni[label]", "backprop"):
            expected = likeness.alike(apart[method][seed], other)
            assert deep.loc[(method, seed), "likeness_2"] == expected
    assert outcomes.loc[outcomes["hidden"] == "5", "likeness_2"].isna().all()
    assert (outcomes["bits"] == 0).all()
